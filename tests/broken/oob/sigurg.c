/*
 * sigurg, broken on purpose: F_SETOWN is exchanged
 *
 * Told "owner" it does not make itself the socket's owner, and told "nobody" it
 * does. All else is the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/oob/sigurg.c"
