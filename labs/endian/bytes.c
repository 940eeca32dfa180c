/*
 * bytes - two integers go through a socket, byte by byte
 *
 *	./bytes 0x12345678 10000 host		as they lie in memory
 *	./bytes 0x12345678 10000 network	after htonl() and htons()
 *
 * The first number has 32 bits, the second 16. The parent writes them to a TCP
 * connection; its child is the peer that reads them. write() takes bytes from
 * memory, lowest address first, and nothing on the way reorders them: not the
 * kernel, not TCP. So the trace shows how each integer lay in memory, and the
 * peer reads exactly that.
 *
 * The child says what numbers the bytes make on this machine, first as they
 * came, then after ntohl() and ntohs().
 *
 * Look for: the bytes in the parent's two write()s, the same bytes in the
 * child's recvfrom()s; then the numbers that the child writes.
 *
 * See byteorder(3), send(2), recv(2), tcp(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void be_the_peer(const struct sockaddr_in *addr)
{
	char text[64];
	uint32_t word;
	uint16_t half;
	int fd, len;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == -1)
		err(1, "connect");
	/* TCP knows no integers: we have to know how many bytes to ask for. */
	if (recv(fd, &word, sizeof(word), MSG_WAITALL) != sizeof(word))
		err(1, "recv");
	if (recv(fd, &half, sizeof(half), MSG_WAITALL) != sizeof(half))
		err(1, "recv");
	len = snprintf(text, sizeof(text),
		       "as is: 0x%x %u, by ntoh: 0x%x %u\n",
		       word, half, ntohl(word), ntohs(half));
	if (write(STDOUT_FILENO, text, len) == -1)
		err(1, "write");
	/* The parent closes first: so its side is the one in TIME-WAIT. */
	if (recv(fd, text, sizeof(text), 0) != 0)
		errx(1, "there was more to come");
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = 0,		/* the kernel chooses one */
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	uint32_t word;
	uint16_t half;
	int lfd, fd;

	if (argc != 4)
		errx(2, "usage: bytes 32-BIT 16-BIT host|network");
	word = strtoul(argv[1], NULL, 0);
	half = strtoul(argv[2], NULL, 0);

	lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (lfd == -1)
		err(1, "socket");
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind");
	if (listen(lfd, 1) == -1)	/* before fork(): no peer is early */
		err(1, "listen");
	if (getsockname(lfd, (struct sockaddr *)&addr, &len) == -1)
		err(1, "getsockname");

	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(lfd);
		be_the_peer(&addr);
		_exit(0);
	}

	fd = accept(lfd, NULL, NULL);
	if (fd == -1)
		err(1, "accept");
	if (strcmp(argv[3], "network") == 0) {
		word = htonl(word);
		half = htons(half);
	}
	if (write(fd, &word, sizeof(word)) != sizeof(word))
		err(1, "write");
	if (write(fd, &half, sizeof(half)) != sizeof(half))
		err(1, "write");
	close(fd);
	wait(NULL);
	return 0;
}
