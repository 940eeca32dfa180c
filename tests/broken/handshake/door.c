/*
 * door, broken on purpose: its write() raises no SIGPIPE
 *
 * It sends with MSG_NOSIGNAL. All else is the lab's own program.
 */
#include <sys/socket.h>
#include <unistd.h>

#define write(fd, buf, n) send(fd, buf, n, MSG_NOSIGNAL)	/* the defect */
#include "../../../labs/handshake/door.c"
