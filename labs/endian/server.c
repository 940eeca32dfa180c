/*
 * server - a port in host or in network byte order
 *
 *	./server 9190 host		htons() forgotten
 *	./server 9190 network		as it should be
 *
 * A port is 16 bits, and the kernel reads sin_port as the network does: high
 * byte first. On a little-endian machine 9190 (0x23e6) without htons() lies
 * in memory as e6 23, and e6 23 is port 58915. No call fails. The kernel
 * cannot know that another port was meant.
 *
 * The server stays until there is a line of input, or its end. It never calls
 * accept(): clients can connect all the same, for the kernel answers them.
 *
 * Look for: htons(...) in bind(). That is strace's way to print the number
 * that the kernel will see; the program need not have called it. Then the
 * answer of getsockname(), which is the kernel's own word.
 *
 * See ip(7), byteorder(3), getsockname(2).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	uint16_t port;
	char text[64];
	int lfd, n;

	if (argc != 3)
		errx(2, "usage: server PORT host|network");
	port = strtoul(argv[1], NULL, 0);
	if (strcmp(argv[2], "network") == 0)
		port = htons(port);
	addr.sin_port = port;

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, 5) == -1)
		err(1, "listen");

	/* Do not believe the program: ask the kernel. */
	if (getsockname(lfd, (struct sockaddr *)&addr, &len) == -1)
		err(1, "getsockname");
	n = snprintf(text, sizeof(text), "I listen on port %u\n",
		     ntohs(addr.sin_port));
	if (write(STDOUT_FILENO, text, n) == -1)
		err(1, "write");

	if (read(STDIN_FILENO, text, sizeof(text)) == -1)
		err(1, "read");
	return 0;
}
