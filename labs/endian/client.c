/*
 * client - dial a port, in host or in network byte order
 *
 *	./client 9190 network		as it should be
 *	./client 9190 host		htons() forgotten
 *
 * connect() returns 0 if somebody listens on the port, and fails with
 * ECONNREFUSED if nobody does: so it shows on which port the server really is.
 *
 * See connect(2), byteorder(3).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	uint16_t port;
	int fd;

	if (argc != 3)
		errx(2, "usage: client PORT host|network");
	port = strtoul(argv[1], NULL, 0);
	if (strcmp(argv[2], "network") == 0)
		port = htons(port);
	addr.sin_port = port;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");
	return 0;
}
