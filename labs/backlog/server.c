/*
 * server - a listener that takes its time to accept()
 *
 *	./server 7000 5		listen() with a backlog of 5
 *
 * The kernel makes the connections by itself and queues them; accept() only
 * fetches one from the queue. This server fetches one for each line of input,
 * and ends with its input. How many may wait in the queue is what listen() is
 * told, capped by net.core.somaxconn.
 *
 * Look for: the queue in `ss -lt` (Recv-Q of Send-Q); ListenOverflows and
 * ListenDrops in `nstat -az`; what accept() does to both.
 *
 * See listen(2), accept(2), tcp(7).
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
	char line[64];
	int lfd, on = 1;
	ssize_t n;

	if (argc != 3)
		errx(2, "usage: server PORT BACKLOG");
	addr.sin_port = htons((uint16_t)atoi(argv[1]));

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	/* Only so that it can be run again at once: see the lab timewait. */
	if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "setsockopt");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, atoi(argv[2])) == -1)
		err(1, "listen");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		/* The new descriptor stays open: so does the connection. */
		if (accept(lfd, NULL, NULL) == -1)
			err(1, "accept");
	if (n == -1)
		err(1, "read");
	return 0;
}
