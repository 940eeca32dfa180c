/*
 * player - what playing a scene is about; for play.c and play_phase.c alone
 */
#ifndef PLAYER_H
#define PLAYER_H

#include "play.h"
#include "step.h"
#include "view/view.h"

struct player {
	struct session *s;
	const struct handout *h;
	const struct play_options *opt;
	struct view *view;
	struct run *run;
	struct view *unseen;	/* in a quiz: what comes before the question */
	bool said_unexplained;	/* once a scene */
	bool unseen_part;	/* of this step something is unobservable */
	bool cut_off;		/* a command needed a value that is unseen */
	struct phase *phase;	/* that is being played */
	int step;
	size_t last_met;	/* one past the last event that was expected */

	int seen, expected;
	struct view_missing *missing;
	size_t num_missing;
	struct view_unobservable *unobservable;
	size_t num_unobservable;
	int rc;			/* of a command that failed */
};

enum outcome {
	STEP_HELD,
	STEP_NOT_HELD,
	STEP_INTERRUPTED,
	STEP_AGAIN,		/* the person wants the scene once more */
	STEP_ERROR,		/* a command failed; *err */
};

/*
 * Run the commands of a phase and wait until all that it expects has come, or
 * cannot come any more. `first`: of its step.
 */
enum outcome phase_play(struct player *p, struct phase *ph, int step,
			bool first, struct errmsg *err);

/* A turn without a phase to be held against; p->step stays. */
void player_turn(struct player *p, int timeout_ms);

/* session.turn, for a command that waits; session.turn_arg is the player. */
void player_turn_for_command(struct session *s, int timeout_ms);

bool player_stopped(void);	/* by the person, or by a signal */

#endif
