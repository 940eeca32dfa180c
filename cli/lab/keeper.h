/*
 * keeper - what keeping a scene is about; for keep.c and the keep_*.c alone
 */
#ifndef KEEPER_H
#define KEEPER_H

#include "lab/match.h"
#include "view/story.h"
#include "view/vary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
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
	bool in_call;		/* it has not returned, even if broken off */

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
	bool *repeated;			/* by entry: it was on the wire before */
};

/* The segments, and what their commands are about. */
struct gathering {
	struct keeper *k;
	struct segment *segs;
	size_t count;
	bool *command;			/* by entry: it is kept */
	struct names words;		/* what is written instead of a word */
	struct names known;		/* $names that the commands set */
	int hosts;
};

struct process *keeper_process(const struct keeper *k, pid_t pid);
struct process *keeper_called(const struct keeper *k, const char *who);

/* The event at this entry; NULL: it is a command. */
const struct event *keeper_event(const struct keeper *k, size_t i);

/* A system call, signal or end, of a process that is known. */
bool keeper_is_traced(const struct event *ev);

/* The process that this call has made; 0: it has made none. */
pid_t keeper_made_by(const struct event *ev);

/* Fill in k->keep and k->at_rest for one segment; in their order. */
void keeper_choose(struct keeper *k, struct segment *seg);

/* Parts of it: what is told by the wire, and what is looked at. */
void keeper_choose_packets(struct keeper *k, const struct segment *seg);
void keeper_choose_states(struct keeper *k, const struct segment *seg);

/* Fill in k->repeated; before anything is chosen. */
void keeper_learn_repeated(struct keeper *k);

/* This packet's or socket's connection, in this segment. */
bool keeper_is_reset_by_chance(const struct keeper *k,
			       const struct segment *seg,
			       const struct event *ev);

/* Of one connection, in either direction? */
bool keeper_same_ends(const struct event *a, const struct event *b);

/*
 * Actors have their names, and so have children of puppets: "a.1", or what
 * `a fork NAME` says. Other children have one if, `first` or not, it can be
 * given them. True if anything has changed by it.
 */
bool keep_name_processes(struct gathering *g, bool first);
/* What is chosen has to be known by then. */
void keep_name_ports(struct gathering *g);
/* The names, for the commands that speak of what has them. */
void keep_name_words(struct gathering *g);

void keep_write_scene(const struct gathering *g, const char *title,
		      FILE *out);

#endif
