/*
 * loop - one poll() for everything
 *
 * Whoever has a descriptor to watch adds it with a function; loop_turn() waits
 * for any of them and calls those that are ready. There are no timers: what
 * samples does so between turns. A function may add and remove descriptors,
 * its own too.
 */
#ifndef LOOP_H
#define LOOP_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

typedef void loop_fn(void *arg, int fd, short revents);

struct loop {
	struct watch {
		int fd;		/* -1: removed, to be swept */
		loop_fn *fn;
		void *arg;
	} *list;
	size_t count, room;
};

void loop_add(struct loop *l, int fd, loop_fn *fn, void *arg);
void loop_remove(struct loop *l, int fd);

/*
 * Wait for at most timeout_ns (-1: for ever) and handle what is ready. Returns
 * how many descriptors were; 0 after a time-out or an interrupting signal.
 */
int loop_turn(struct loop *l, int64_t timeout_ns);

void loop_release(struct loop *l);

#endif
