/*
 * receiver - fetch ordinary and urgent data, as it is told
 *
 *	./receiver 7000 plain	the urgent byte is kept apart
 *	./receiver 7000 inline	it stays among the others (SO_OOBINLINE)
 *
 * It takes one connection. Then the first letter of each line of input says
 * what to call:
 *	r	recv(), as always
 *	o	recv() with MSG_OOB, for the urgent byte
 *	m	sockatmark(): is the mark what would be read next?
 * Nothing here waits for data: recv() says EAGAIN where there is none.
 *
 * Look for: the recv() that stops short of what there is to read, because the
 * mark lies before the rest; ioctl(SIOCATMARK), by which sockatmark() asks.
 *
 * See recv(2), sockatmark(3), socket(7): SO_OOBINLINE; tcp(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int take_connection(const char *port, int oobinline)
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
	if (oobinline && setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on,
				    sizeof(on)) == -1)
		err(1, "setsockopt");
	return fd;
}

static void receive(int fd, int flags)
{
	char buf[64];

	/* What it returns, an error too, is what there is to see. */
	if (recv(fd, buf, sizeof(buf), flags | MSG_DONTWAIT) == -1)
		warn("recv");
}

int main(int argc, char **argv)
{
	char line[64];
	ssize_t n;
	int fd;

	if (argc != 3)
		errx(2, "usage: receiver PORT plain|inline");
	fd = take_connection(argv[1], strcmp(argv[2], "inline") == 0);

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0) {
		if (line[0] == 'r')
			receive(fd, 0);
		else if (line[0] == 'o')
			receive(fd, MSG_OOB);
		else if (line[0] == 'm' && sockatmark(fd) == -1)
			err(1, "sockatmark");
	}
	if (n == -1)
		err(1, "read");
	return 0;
}
