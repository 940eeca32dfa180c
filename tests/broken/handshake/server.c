/*
 * server, broken on purpose: it calls accept() at once
 *
 * It does not wait for a line of input, but accepts a connection as soon as it
 * listens. All else is the lab's own program.
 */
#include <stddef.h>
#include <sys/socket.h>

/* the defect */
#define listen(fd, n) \
	(listen(fd, n) || accept(fd, NULL, NULL) == -1 ? -1 : 0)
#include "../../../labs/handshake/server.c"
