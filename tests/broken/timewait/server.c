/*
 * server, broken on purpose: SO_REUSEADDR is exchanged
 *
 * Told "on" it leaves the option out, and told "off" it sets it. All else is
 * the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/timewait/server.c"
