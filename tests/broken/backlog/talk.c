/*
 * talk, broken on purpose: the connection is closed as soon as it is made
 *
 * A FIN follows connect() at once. All else is the lab's own program.
 */
#include <sys/socket.h>

static int connect_and_close(int fd, const struct sockaddr *addr, socklen_t len)
{
	int rc = connect(fd, addr, len);

	if (rc == 0)
		shutdown(fd, SHUT_WR);
	return rc;
}

#define connect(fd, a, l) connect_and_close(fd, a, l)	/* the defect */
#include "../../../labs/backlog/talk.c"
