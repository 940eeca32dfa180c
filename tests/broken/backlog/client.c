/*
 * client, broken on purpose: connect() does not wait
 *
 * Its sockets are nonblocking, and it takes EINPROGRESS for a failure. All else
 * is the lab's own program.
 */
#include <sys/socket.h>

#define socket(d, t, p) socket(d, (t) | SOCK_NONBLOCK, p)	/* the defect */
#include "../../../labs/backlog/client.c"
