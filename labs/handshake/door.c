/*
 * door - read() and write() on a listening socket
 *
 *	./door 7000
 *
 * A listening socket has a queue of connections, and no data of its own.
 * After a line of input this server tries to read from the listening socket
 * itself, and then to write to it, whoever may have connected meanwhile.
 *
 * Look for: ENOTCONN from read(); EPIPE from write(), and the SIGPIPE that
 * comes with it and ends the process.
 *
 * See listen(2), read(2), write(2), tcp(7), signal(7).
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
	int lfd, on = 1;
	char buf[64];

	if (argc != 2)
		errx(2, "usage: door PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[1]));

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	/* Only so that it can be run again at once: see the lab timewait. */
	if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "setsockopt");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, 5) == -1)
		err(1, "listen");
	if (read(STDIN_FILENO, buf, sizeof(buf)) == -1)
		err(1, "read");

	/* Both of these are mistakes. */
	if (read(lfd, buf, sizeof(buf)) == -1)
		warn("read from the listening socket");
	if (write(lfd, "hello", 5) == -1)
		warn("write to the listening socket");
	return 0;
}
