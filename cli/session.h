/*
 * session - what one underglass has: options, a view, at most one box
 */
#ifndef SESSION_H
#define SESSION_H

#include "errmsg.h"
#include "loop.h"
#include "run.h"
#include "view/view.h"

#include <signal.h>
#include <stdbool.h>

/* Exit statuses, the same for every door. */
enum {
	EXIT_HELD = 0,		/* the evidence came */
	EXIT_NOT_HELD = 1,	/* it did not */
	EXIT_USAGE = 2,		/* bad usage, or an unreadable handout */
	EXIT_CANNOT = 3,	/* cannot run here */
};

struct session {
	struct loop loop;
	struct view *view;
	struct view_options view_opt;
	bool interactive;	/* a person at the prompt */
	bool json;
	bool plain;		/* --no-box */
	bool no_strace;
	bool traced;		/* somebody's strace has hold of us */
	bool hold;
	bool predict;		/* ask before each step */
	int limit_s;		/* how long a step waits for evidence */
	char limit_text[64];	/* "... within the limit of 10 s" */
	bool quit;
	int pace;		/* enum pace: does a person say when? */
	bool go_on;		/* `continue`, or Enter, while a lab stands */
	int guesses, right;	/* of the lab that was played last */

	/* Take a turn while a command waits, and show what came: see play.c. */
	void (*turn)(struct session *s, int timeout_ms);
	void *turn_arg;

	struct run *run;	/* the box that is open; NULL: none */
	const struct lab *lab;	/* whose programs ./NAME means; or NULL */
	struct beacon *beacon;
	struct record *record;	/* of the last run, or of this box */
	struct frames *frames;	/* what went over its wire */
	/* Knobs given from outside: they win over a handout's `set`. */
	struct names knobs;
	bool turned;		/* one of them changed a handout's value */
};

/* Set by signal handlers. */
extern volatile sig_atomic_t session_interrupted;	/* SIGINT */
extern volatile sig_atomic_t session_terminated;	/* SIGTERM, SIGHUP */

/*
 * Open a box for this session; falls back to plain mode, and says so once,
 * where namespaces are refused. dir as in run.h.
 */
int session_open_run(struct session *s, const char *dir, struct errmsg *err);
/* The same for a person who does things by hand: it lasts until `reset`. */
int session_improvise(struct session *s, struct errmsg *err);
void session_close_run(struct session *s);

void session_set_limit(struct session *s, int seconds);

/* One turn, matched by whoever plays a lab, and shown. */
void session_turn(struct session *s, int timeout_ms);

/* Take turns until nothing moves any more, for a few seconds at the most. */
void session_rest(struct session *s);

/* Show what a turn brought. */
void session_show_fresh(struct session *s);
void session_show_fresh_to(struct session *s, struct view *v);

#endif
