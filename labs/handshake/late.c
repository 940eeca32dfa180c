/*
 * late - a server that listens late, and one that never calls bind()
 *
 *	./late 7000	bind() to port 7000, and listen() after a line of input
 *	./late		no bind() at all; the rest is the same
 *
 * A socket is born without an address. bind() gives it one, but only listen()
 * makes it a socket that others can connect to. A listen() on a socket that
 * was never bound is no mistake: the kernel then chooses a free port.
 *
 * getsockname() asks the kernel for the address after each of the two.
 *
 * Look for: RST,ACK in answer to a SYN as long as listen() has not been
 * called, though the port is bound; port 0 in the first getsockname() without
 * bind(), and the port that listen() has brought in the second.
 *
 * See socket(2), bind(2), listen(2), getsockname(2), ip(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void ask_name(int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	/* strace shows what the kernel puts into addr. */
	if (getsockname(fd, (struct sockaddr *)&addr, &len) == -1)
		err(1, "getsockname");
}

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
	int lfd, on = 1;

	if (argc > 2)
		errx(2, "usage: late [PORT]");

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	/* Only so that it can be run again at once: see the lab timewait. */
	if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "setsockopt");
	if (argc == 2) {
		addr.sin_port = htons((uint16_t)atoi(argv[1]));
		if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
			err(1, "bind");
	}
	ask_name(lfd);
	read_line();

	if (listen(lfd, 5) == -1)
		err(1, "listen");
	ask_name(lfd);
	read_line();
	return 0;
}
