/*
 * server, broken on purpose: it always reads before it closes
 *
 * Told "leave" it reads all the same, and so nothing is unread. All else is the
 * lab's own program.
 */
#include <string.h>

#define strcmp(a, b) \
	(strcmp(b, "leave") == 0 ? 1 : strcmp(a, b))	/* the defect */
#include "../../../labs/rst/server.c"
