/*
 * server - serves one connection, and closes it when told to
 *
 *	./server 7000 off	bind() as it is
 *	./server 7000 on	with SO_REUSEADDR before bind()
 *
 * The server accepts one connection and waits for its own input. The end of
 * that (^D) makes it close the connection and end. Whoever closes first owns
 * the TIME-WAIT: if it was the server, the kernel keeps an end of a connection
 * with the server's port for another 60 seconds, and then it depends on
 * SO_REUSEADDR whether the port can be bound again.
 *
 * Look for: TIME-WAIT on the side that closed first, and that no process owns
 * it; what bind() returns to the next server.
 *
 * See bind(2), socket(7): SO_REUSEADDR, tcp(7); RFC 9293, 3.6.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int lfd, fd, on = 1;
	char line[64];

	if (argc != 3)
		errx(2, "usage: server PORT on|off");
	addr.sin_port = htons((uint16_t)atoi(argv[1]));

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	if (strcmp(argv[2], "on") == 0 &&
	    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "setsockopt");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, 1) == -1)
		err(1, "listen");

	fd = accept(lfd, NULL, NULL);
	if (fd == -1)
		err(1, "accept");
	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
	close(fd);
	return 0;
}
