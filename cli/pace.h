/*
 * pace - who says when a lab goes on: itself, or a person, step by step
 *
 * With `step` a person is at a prompt of their own before each step and before
 * each held frame is let go; the processes stand meanwhile, and every command
 * for the box works. With `demo` it is one key.
 */
#ifndef PACE_H
#define PACE_H

#include "session.h"

enum pace {
	PACE_RUN,		/* goes on by itself */
	PACE_STEP,
	PACE_DEMO,

	NUM_PACES
};

enum pace_answer {
	PACE_GO,		/* the next one */
	PACE_AGAIN,		/* this scene from its start */
	PACE_OUT,		/* no more of this lab */
};

/* What comes next is one line: a command, as the handout has it. */
enum pace_answer pace_wait(struct session *s, const char *next);

#endif
