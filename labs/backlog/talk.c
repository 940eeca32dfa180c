/*
 * talk - make one connection and send what is typed
 *
 *	./talk 10.0.0.2 7000
 *
 * That write() returns says that the bytes are in this side's kernel, in the
 * socket's send queue. Whether the other side has them, or so much as has the
 * connection, it does not say.
 *
 * Look for: Send-Q in `ss -t`, which counts what has not been acknowledged.
 *
 * See write(2), tcp(7).
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
	char line[256];
	ssize_t n;
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: talk ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		if (write(fd, line, n) == -1)
			err(1, "write");
	if (n == -1)
		err(1, "read");
	return 0;
}
