/*
 * receiver, broken on purpose: SO_OOBINLINE is exchanged
 *
 * Told "plain" it sets the option, and told "inline" it does not. All else is
 * the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/oob/receiver.c"
