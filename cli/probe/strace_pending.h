/*
 * strace_pending - the calls in flight, by pid; for strace*.c alone
 *
 * A table with at most one call a process, and a list of the same with the
 * latest first. What is dropped is kept for the next one, with its room, so
 * that no call costs an allocation. The table owns them all.
 */
#ifndef STRACE_PENDING_H
#define STRACE_PENDING_H

#include "buf.h"
#include "probe/strace_leader.h"

/* A call that was entered; text is what strace printed of it: "read(0, ". */
struct pending {
	pid_t pid;
	enum stamp stamp;
	int64_t ns;
	unsigned int pieces;		/* what it was joined of, less one */
	struct buf text;
	struct pending *prev, *next;	/* the latest first; next: spares too */
};

/* A zeroed one is empty. */
struct pending_table {
	struct pending **slots;		/* open addressing, linear */
	unsigned int bits, used;	/* bits 0: no slots yet */
	struct pending *latest, *spare;
};

/* NULL where the process has none. */
struct pending *pending_find(const struct pending_table *t, pid_t pid);

/* An empty one for this pid, in place of what it had. */
struct pending *pending_add(struct pending_table *t, pid_t pid);

/* Drops nothing where there is nothing: pend may be NULL. */
void pending_drop(struct pending_table *t, struct pending *pend);
void pending_drop_pid(struct pending_table *t, pid_t pid);
void pending_drop_all(struct pending_table *t);

/* The call becomes that of this pid, which has none. */
void pending_move(struct pending_table *t, struct pending *pend, pid_t pid);

void pending_release(struct pending_table *t);

#endif
