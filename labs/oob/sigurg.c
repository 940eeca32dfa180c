/*
 * sigurg - the signal that urgent data brings, if anybody is to get it
 *
 *	./sigurg 7000 owner	fcntl(F_SETOWN): this process gets SIGURG
 *	./sigurg 7000 nobody	without: no signal, handler or not
 *
 * Both install a handler for SIGURG, which fetches the urgent byte with
 * MSG_OOB. The program itself takes a connection and then only waits for its
 * terminal; at a line of input it ends.
 *
 * Look for: F_SETOWN in fcntl(); SIGURG, in the midst of the read(); the recv()
 * in the handler, before rt_sigreturn().
 *
 * See fcntl(2): F_SETOWN; signal(7), signal-safety(7), tcp(7).
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;		/* the connection: the handler needs it, too */

static void on_urg(int sig)
{
	int saved = errno;
	char byte;

	(void)sig;
	if (recv(fd, &byte, 1, MSG_OOB) == -1)
		_exit(1);
	errno = saved;
}

static int take_connection(const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_ANY),
		.sin_port = htons((uint16_t)atoi(port)),
	};
	int lfd, on = 1, new_fd;

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
	new_fd = accept(lfd, NULL, NULL);
	if (new_fd == -1)
		err(1, "accept");
	return new_fd;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {
		.sa_handler = on_urg,
		.sa_flags = SA_RESTART,
	};
	char line[64];

	if (argc != 3)
		errx(2, "usage: sigurg PORT owner|nobody");
	fd = take_connection(argv[1]);

	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGURG, &sa, NULL) == -1)
		err(1, "sigaction");
	if (strcmp(argv[2], "owner") == 0)
		if (fcntl(fd, F_SETOWN, getpid()) == -1)
			err(1, "fcntl");

	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
	return 0;
}
