/*
 * step - a step's expectations against the time line
 *
 * A step is a row of phases: some commands, then the expectations that follow
 * from them. A phase's expectations look at events from its first command on.
 * Those of one who are met in their order, each by the first event that fits
 * after the one before; those of different who may interleave. What is looked
 * at (tcp, proc, count) has its order for each socket, process or host: for
 * them, the pattern's first word belongs to the who.
 *
 * "! who pattern" must not come between the expectations of the same who above
 * and below it in its phase; with none below, until everything is at rest.
 */
#ifndef STEP_H
#define STEP_H

#include "handout.h"
#include "run.h"

#include <stdbool.h>
#include <stddef.h>

struct expect {
	const struct step_line *line;
	const char *unobservable;	/* why no probe can see it, or NULL */
	bool met;
	size_t event;			/* in the time line, once met */
	bool broken;			/* a "!" that came */
};

struct phase {
	const struct step_line *commands;	/* a run of them */
	size_t num_commands;
	struct expect *expects;
	size_t num_expects;
	size_t from;			/* first event that counts */
};

struct step_state {
	const struct step *step;
	struct phase *phases;
	size_t num_phases;
	size_t from;			/* first event of the step */
};

void step_init(struct step_state *st, const struct step *step);
void step_release(struct step_state *st);

/*
 * Hold the time line against a phase, as far as it goes. Met events get their
 * `expected`; `met` is called for each, and may be NULL. Returns how many were
 * newly met.
 */
typedef void step_met_fn(void *arg, struct expect *ex, struct event *ev);
int phase_match(struct phase *ph, struct run *r, step_met_fn *met, void *arg);

/*
 * A line that names a child ("parent clone*(*) = $child") and cannot be seen
 * for want of strace: /proc shows the child all the same, so it gets its name.
 */
void phase_name_unseen(const struct phase *ph, struct run *r);

/* All that has to come has come. */
bool phase_complete(const struct phase *ph);
/* Does it have a "!" that only rest can settle? */
bool phase_needs_rest(const struct phase *ph);
/* Settle the phase's "!" lines; returns how many were broken. */
int phase_settle(struct phase *ph, const struct run *r);

/* Which of the options did this step's events fulfil? From 1; 0: none. */
int step_grade(const struct step_state *st, const struct prediction *pr,
	       const struct run *r);

/* The (up to three) events of the phase that come nearest to it. */
void phase_nearest(const struct phase *ph, const struct expect *ex,
		   const struct run *r, const struct event *nearest[3]);

#endif
