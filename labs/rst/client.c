/*
 * client - send what is typed, read when told, whatever comes of it
 *
 *	./client 10.0.0.2 7000 plain
 *	./client 10.0.0.2 7000 nosignal		send() with MSG_NOSIGNAL
 *
 * The line "read" reads once, any other line is sent. Errors are told and do
 * not end the program: what a socket says after its first error is the point.
 * A SIGPIPE does end it, for nothing here catches it.
 *
 * Look for: ECONNRESET, once; 0 from recv() from then on; EPIPE and SIGPIPE.
 *
 * See send(2), recv(2), signal(7).
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
	struct sockaddr_in addr = { .sin_family = AF_INET };
	char line[256], buf[64];
	int fd, flags;
	ssize_t n;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: client ADDRESS PORT plain|nosignal");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));
	flags = strcmp(argv[3], "nosignal") == 0 ? MSG_NOSIGNAL : 0;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0) {
		if (n == 5 && strncmp(line, "read\n", n) == 0) {
			if (recv(fd, buf, sizeof(buf), 0) == -1)
				warn("recv");
		} else if (send(fd, line, n, flags) == -1) {
			warn("send");
		}
	}
	if (n == -1)
		err(1, "read");
	return 0;
}
