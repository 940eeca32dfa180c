/*
 * select - the exception set, and what is in it
 *
 *	./select 7000
 *
 * select() asks for three sets of descriptors: which can be read, which can be
 * written, and on which there is an "exceptional condition". Of a TCP socket
 * the last is said while there is an urgent byte that nobody has fetched. This
 * program waits for the first and the third and fetches what there is: the
 * urgent byte first, with MSG_OOB, then the rest.
 *
 * Look for: in [...] and except [...] in what select() returns (the system
 * call may be pselect6), and its return value, which counts both.
 *
 * See select(2), select_tut(2), recv(2).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int take_connection(const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
		.sin_port = htons((uint16_t)atoi(port)),
	};
	int lfd, fd, on = 1;

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
	return fd;
}

int main(int argc, char **argv)
{
	fd_set readable, exceptional;
	char buf[64];
	ssize_t n;
	int fd;

	if (argc != 2)
		errx(2, "usage: select PORT");
	fd = take_connection(argv[1]);

	for (;;) {
		FD_ZERO(&readable);
		FD_ZERO(&exceptional);
		FD_SET(fd, &readable);
		FD_SET(fd, &exceptional);
		if (select(fd + 1, &readable, NULL, &exceptional, NULL) == -1)
			err(1, "select");
		if (FD_ISSET(fd, &exceptional))
			if (recv(fd, buf, 1, MSG_OOB) == -1)
				err(1, "recv MSG_OOB");
		if (FD_ISSET(fd, &readable)) {
			n = recv(fd, buf, sizeof(buf), 0);
			if (n == -1)
				err(1, "recv");
			if (n == 0)
				return 0;
		}
	}
}
