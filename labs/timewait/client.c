/*
 * client - connect, and close after the server has
 *
 *	./client 10.0.0.2 7000
 *
 * The client reads until read() returns 0: the server has closed. Only then it
 * closes, too. To see the client close first, press ^C: it dies, and the
 * kernel closes for it.
 *
 * Look for: the FIN of the one, then the FIN of the other; on which side the
 * connection is gone, and on which it stays in TIME-WAIT.
 *
 * See read(2), close(2), tcp(7).
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
	char buf[64];
	ssize_t n;
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: client ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n == -1)
		err(1, "read");
	close(fd);
	return 0;
}
