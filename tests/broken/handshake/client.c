/*
 * client, broken on purpose: it says nothing
 *
 * It connects, but does not write to the connection. All else is the lab's own
 * program.
 */
#include <unistd.h>

#define write(fd, buf, n) (n)	/* the defect */
#include "../../../labs/handshake/client.c"
