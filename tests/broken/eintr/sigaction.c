/*
 * sigaction, broken on purpose: SA_RESTART is exchanged
 *
 * Told "SA_RESTART" it installs the handler without the flag, and told "0" with
 * it. All else is the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/eintr/sigaction.c"
