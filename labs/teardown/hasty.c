/*
 * hasty - a server that closes when it is told to, without reading first
 *
 *	./hasty 7000
 *
 * It accepts one connection and waits for its own input only. The end of that
 * (^D) makes it call close(), whether or not the peer has closed already: so
 * both sides can close before either has heard of the other's FIN.
 *
 * Look for: FIN-WAIT-1 on both sides, then CLOSING and TIME-WAIT on both.
 *
 * See close(2), tcp(7); RFC 9293, 3.6 (simultaneous close).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_line(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int lfd, fd, on = 1;

	if (argc != 2)
		errx(2, "usage: hasty PORT");
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

	read_line();
	close(fd);

	read_line();
	return 0;
}
