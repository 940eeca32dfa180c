/*
 * server - close a connection, in one of three ways
 *
 *	./server 7000 read	read what has come, then close()
 *	./server 7000 leave	close() with data unread
 *	./server 7000 linger	read, then close() with SO_LINGER at 0 seconds
 *
 * It takes one connection and waits for a line of input. Then it closes the
 * connection. The listening socket stays open until the next line.
 *
 * Look for: FIN after the first, RST after the others; TIME-WAIT or
 * FIN-WAIT-2 on the server's side after the first, nothing after the others.
 *
 * See close(2), socket(7): SO_LINGER; RFC 1122, 4.2.2.13.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_line(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
}

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
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	char buf[64];
	int fd;

	if (argc != 3)
		errx(2, "usage: server PORT read|leave|linger");
	fd = take_connection(argv[1]);

	read_line();
	if (strcmp(argv[2], "leave") != 0)
		/* Of a larger buffer's worth it would leave some. */
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == -1)
			err(1, "recv");
	if (strcmp(argv[2], "linger") == 0)
		if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			       sizeof(at_once)) == -1)
			err(1, "setsockopt");
	close(fd);

	read_line();
	return 0;
}
