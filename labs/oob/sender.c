/*
 * sender - send what is typed, as ordinary or as urgent data
 *
 *	./sender 10.0.0.2 7000
 *
 * Each line is sent without its end. A line that begins with "!" is sent with
 * MSG_OOB, without the "!": then its last byte is the urgent one.
 *
 * Look for: the flag URG and the urgent pointer in the segment's header, and
 * that the data itself goes where it always goes, in its place in the stream.
 *
 * See send(2), tcp(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	char line[256];
	ssize_t n;
	int fd, urgent;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: sender ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0) {
		if (line[n - 1] == '\n')
			n--;
		urgent = n > 0 && line[0] == '!';
		if (send(fd, line + urgent, n - urgent,
			 urgent ? MSG_OOB : 0) == -1)
			err(1, "send");
	}
	if (n == -1)
		err(1, "read");
	return 0;
}
