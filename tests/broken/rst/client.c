/*
 * client, broken on purpose: MSG_NOSIGNAL is exchanged
 *
 * Told "plain" it sends with the flag, and told "nosignal" without. All else is
 * the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/rst/client.c"
