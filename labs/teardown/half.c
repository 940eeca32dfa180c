/*
 * half - a client that finishes sending, and goes on reading
 *
 *	./half 10.0.0.2 7000
 *
 * The end of the input (^D) makes it call shutdown(SHUT_WR). The kernel sends
 * the same FIN as for close(). But the descriptor stays open, so the other
 * direction can still be read, and the kernel knows that somebody is there
 * who may want to.
 *
 * Look for: FIN-WAIT-2, which after a shutdown() has no time limit; data that
 * arrives after our FIN; read() = 0 only when the peer's FIN has come, too.
 *
 * See shutdown(2), tcp(7): tcp_fin_timeout.
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
		errx(2, "usage: half ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	if (read(STDIN_FILENO, buf, sizeof(buf)) == -1)
		err(1, "read");
	if (shutdown(fd, SHUT_WR) == -1)
		err(1, "shutdown");

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n == -1)
		err(1, "read");
	close(fd);
	return 0;
}
