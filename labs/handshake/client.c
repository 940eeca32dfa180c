/*
 * client - connect, say hello, and stay
 *
 *	./client 10.0.0.2 7000
 *
 * connect() asks the kernel for a connection. The kernel sends a SYN, and the
 * process sleeps in connect() until the answer is there: SYN,ACK (it returns
 * 0), RST (ECONNREFUSED), or nothing for long enough (ETIMEDOUT). The client
 * never calls bind(): connect() gives the socket an address and a free port.
 *
 * Look for: which segment ends connect(), and with what; whether anybody had
 * to call accept() for it.
 *
 * See connect(2), tcp(7): tcp_syn_retries; RFC 9293, 3.5.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	char line[64];
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: client ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");
	if (write(fd, "hello", 5) != 5)
		err(1, "write");

	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
	return 0;
}
