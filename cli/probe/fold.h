/*
 * fold - which of a process's calls are the dynamic loader's
 *
 * After a successful execve() and before main(), ld.so maps the program's
 * libraries (ld.so(8)): the same dozens of calls for every program, and none
 * of them the program's. They end with the munmap() of ld.so's cache; a static
 * program has a few of libc's own and no cache.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>

struct event;

enum fold_state {
	FOLD_PROGRAM,		/* main() runs */
	FOLD_START,		/* just executed: is there a loader? */
	FOLD_LOADER,		/* yes; it ends with a munmap() */

	NUM_FOLD_STATES
};

/* One call of the process; true if it is not the program's own. */
bool fold_call(enum fold_state *state, const struct event *ev);

#endif
