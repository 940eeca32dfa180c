/*
 * half, broken on purpose: it does not go on reading
 *
 * It shuts down both directions, not one. All else is the lab's own program.
 */
#include <sys/socket.h>

#define shutdown(fd, how) shutdown(fd, SHUT_RDWR)	/* the defect */
#include "../../../labs/teardown/half.c"
