/*
 * fold - which of a process's calls are not the program's story
 *
 * After a successful execve() and before main(), ld.so maps the program's
 * libraries (ld.so(8)): the same dozens of calls for every program, and none
 * of them the program's. They end with the munmap() of ld.so's cache; a static
 * program has a few of libc's own and no cache.
 *
 * Later, what reads the system's own files (under /usr, /lib and the like:
 * plug-ins of the C library, modules of an interpreter) and looks at metadata
 * is minor: real, but not shown unless it is asked for.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>
#include <stdint.h>

struct event;

enum fold_state {
	FOLD_PROGRAM,		/* main() runs */
	FOLD_START,		/* just executed: is there a loader? */
	FOLD_LOADER,		/* yes; it ends with a munmap() */

	NUM_FOLD_STATES
};

#define FOLD_FDS 256

/* Of one process; zeroed: main() runs, with no descriptor known. */
struct fold {
	enum fold_state state;
	uint8_t system_file[FOLD_FDS / 8];	/* descriptors of such files */
};

enum fold_kind {
	FOLD_NONE,		/* the program's own */
	FOLD_MINOR,
	FOLD_STARTUP,		/* the loader's */

	NUM_FOLD_KINDS
};

/* One call of the process, in order. */
enum fold_kind fold_call(struct fold *f, const struct event *ev);

#endif
