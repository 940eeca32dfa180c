/*
 * late, broken on purpose: it is not late
 *
 * It listens as soon as it is bound. All else is the lab's own program.
 */
#include <sys/socket.h>

/* the defect */
#define bind(fd, addr, len) \
	(bind(fd, addr, len) || listen(fd, 5) ? -1 : 0)
#include "../../../labs/handshake/late.c"
