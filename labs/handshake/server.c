/*
 * server - listens at once, and calls accept() only when it is told to
 *
 *	./server 7000
 *
 * Each line of input makes it accept one connection and read from it once.
 * Until then it sleeps on its terminal and does nothing for anybody. It ends
 * with its input.
 *
 * Look for: connections that are ESTABLISHED, with data in them, before the
 * server has called accept(); the queue of the listening socket in `ss -lt`
 * (Recv-Q of Send-Q), and that each accept() takes one from it.
 *
 * See listen(2), accept(2), tcp(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve_one(int lfd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	char buf[64];
	int fd;

	fd = accept(lfd, (struct sockaddr *)&peer, &len);
	if (fd == -1)
		err(1, "accept");
	if (read(fd, buf, sizeof(buf)) == -1)
		err(1, "read");
	/* fd stays open, and with it the connection. */
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	char line[64];
	int lfd, on = 1;
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
	if (listen(lfd, 5) == -1)
		err(1, "listen");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		serve_one(lfd);
	if (n == -1)
		err(1, "read");
	return 0;
}
