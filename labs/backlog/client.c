/*
 * client - make connections, one after the other
 *
 *	./client 10.0.0.2 7000 5
 *
 * Five connections at once, then one more for each line of input. Each is a
 * socket of its own and stays open until the end of the input. connect()
 * returns when the client's kernel has the server's SYN,ACK: that the server
 * has called accept() it does not say.
 *
 * Look for: the connect() that does not return, and its SYN on the wire, again
 * and again.
 *
 * See connect(2), tcp(7): tcp_syn_retries.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void make_connection(const struct sockaddr_in *addr, int number)
{
	char text[64];
	int fd, len;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == -1)
		err(1, "connect");
	len = snprintf(text, sizeof(text), "connection %d is up\n", number);
	if (write(STDOUT_FILENO, text, len) == -1)
		err(1, "write");
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int number = 0;
	char line[64];
	ssize_t n;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: client ADDRESS PORT CONNECTIONS");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	while (number < atoi(argv[3]))
		make_connection(&addr, ++number);
	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		make_connection(&addr, ++number);
	if (n == -1)
		err(1, "read");
	return 0;
}
