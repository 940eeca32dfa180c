/*
 * client - connect, and close when told to
 *
 *	./client 10.0.0.2 7000
 *
 * A line of input is sent to the server. The end of the input (^D) makes the
 * client call close(). The call returns at once, and the program is done with
 * the connection; the kernel is not. It sends the FIN, waits for its ACK and
 * for the peer's FIN, and keeps the connection until then, though no descriptor
 * leads to it any more. Another ^D ends the client.
 *
 * Look for: close() = 0 before anything has been answered; the states after
 * it, FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, and that no process owns them (`ss
 * -tanp` names none).
 *
 * See close(2), tcp(7): tcp_fin_timeout; RFC 9293, 3.6.
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
	char line[64];
	ssize_t n;
	int fd;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1)
		errx(2, "usage: client ADDRESS PORT");
	addr.sin_port = htons((uint16_t)atoi(argv[2]));

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "connect");

	while ((n = read(STDIN_FILENO, line, sizeof(line))) > 0)
		if (write(fd, line, n) == -1)
			err(1, "write");
	if (n == -1)
		err(1, "read");
	close(fd);

	/* Whatever becomes of the connection now, it is without us. */
	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
	return 0;
}
