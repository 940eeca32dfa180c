/*
 * keeper - what keeping a scene is about; for keep.c and keep_choose.c alone
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "lab/match.h"
#include "view/story.h"
#include "view/vary.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum motion {
	MOTION_NONE,	/* it has done nothing yet */
	MOTION_GOING,
	MOTION_ASLEEP,	/* in a call that somebody else has to end */
	MOTION_OVER,
};

struct process {
	pid_t pid;
	pid_t parent;		/* 0: an actor's first, or not known */
	const char *who;	/* as the recording has it */
	char *name;		/* as the handout has it; NULL: it has none */
	bool puppet;
	enum motion motion;

	/* In the segment at hand: */
	bool under_way;		/* nobody knows what its events come from */
	bool rested;		/* it slept when the commands were given */
	size_t events, kept;	/* so far */
	const struct event *previous;
	bool told;		/* a puppet: what to do now */
	char *typed;		/* a line for it, or NULL */
	char *killed;		/* a signal for it: "USR1"; or NULL */
};

struct segment {
	size_t commands, events, end;	/* entries, from .. to */
	bool quiet_start, quiet_end;	/* was everything at rest? */
};

struct keeper {
	const struct story *story;
	size_t first, last;		/* entries of this scene */
	bool played;			/* something was expected */
	struct vary vary;
	struct process *procs;
	size_t num_procs;
	bool *keep;			/* by entry */
	bool *at_rest;			/* by entry: seen when all was */
};

struct process *keeper_process(const struct keeper *k, pid_t pid);
struct process *keeper_called(const struct keeper *k, const char *who);

/* A system call, signal or end, of a process that is known. */
bool keeper_is_traced(const struct event *ev);

/* Fill in k->keep and k->at_rest for one segment; in their order. */
void keeper_choose(struct keeper *k, struct segment *seg);

#endif
