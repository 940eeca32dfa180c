/*
 * hasty, broken on purpose: it waits for the peer's FIN
 *
 * It reads until the peer has closed before it closes. All else is the lab's
 * own program.
 */
#include <unistd.h>

static int close_late(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	return close(fd);
}

#define close(fd) close_late(fd)	/* the defect */
#include "../../../labs/teardown/hasty.c"
