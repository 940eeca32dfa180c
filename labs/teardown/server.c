/*
 * server - one connection: read to its end, then close when told to
 *
 *	./server 7000
 *
 * The server reads until read() returns 0: the peer has sent its FIN and will
 * send no more. That ends one direction. The other one is the server's own,
 * and it stays open as long as the server likes: a line of input is sent to
 * the peer, and only the end of the input (^D) makes it call close(). Another
 * ^D ends the server.
 *
 * Look for: CLOSE-WAIT from the peer's FIN until close(), however long that
 * takes; LAST-ACK from close() until the peer has acknowledged our FIN.
 *
 * See close(2), read(2), tcp(7); RFC 9293, 3.6.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int lfd, fd, on = 1;
	char buf[64];
	ssize_t n;

	if (argc != 2)
		errx(2, "usage: server PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[1]));

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	/* Only so that it can be run again at once: see the lab timewait. */
	if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "setsockopt");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, 1) == -1)
		err(1, "listen");

	fd = accept(lfd, NULL, NULL);
	if (fd == -1)
		err(1, "accept");
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n == -1)
		err(1, "read");

	/* The peer has finished. We have not, until we say so. */
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		if (write(fd, buf, n) == -1)
			err(1, "write");
	if (n == -1)
		err(1, "read");
	close(fd);

	/* The connection is closed, but the process lives on. */
	if (read(STDIN_FILENO, buf, sizeof(buf)) == -1)
		err(1, "read");
	return 0;
}
