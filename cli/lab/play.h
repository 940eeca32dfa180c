/*
 * play - a handout, held against the kernel
 */
#ifndef PLAY_H
#define PLAY_H

#include "catalog.h"
#include "errmsg.h"
#include "handout.h"
#include "session.h"

struct play_options {
	int scene;		/* from 1; 0: all */
	bool hold;		/* keep the last box standing at the end */
	bool goes_on;		/* of several labs, not the first: one record */
	/* A quiz: only this item of the scene is asked; from 1; 0: all. */
	int prediction;
};

/*
 * Everything that can be known to be wrong before anything runs: unknown
 * commands, programs that do not exist, knobs and names never set.
 */
int handout_check(const struct handout *h, const struct lab *lab,
		  const struct session *s, struct errmsg *err);

/*
 * Returns EXIT_HELD, EXIT_NOT_HELD, ..., with *err only for the other two. The
 * record of what was before is cleared only when something is really played,
 * and not as long as a person's own box is open.
 */
int play(struct session *s, const struct lab *lab, const struct handout *h,
	 const struct play_options *opt, struct errmsg *err);

#endif
