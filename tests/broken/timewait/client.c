/*
 * client, broken on purpose: the wrong side closes first
 *
 * It does not wait for the server's FIN, but closes as soon as it is connected.
 * All else is the lab's own program.
 */
#include <unistd.h>

#define read(fd, buf, n) ((void)(buf), 0)	/* the defect */
#include "../../../labs/timewait/client.c"
