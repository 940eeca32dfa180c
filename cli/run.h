/*
 * run - one box and everything that happened in it
 *
 * Holds the actors, knows which pid has which name, reads all probes and keeps
 * the time line. Handouts and the prompt both drive it; neither sees a probe.
 *
 * run_turn() is the only place where time passes. After it, the events from
 * run->fresh to timeline.count are new, named and in order.
 */
#ifndef RUN_H
#define RUN_H

#include "box/box.h"
#include "errmsg.h"
#include "lab/match.h"
#include "loop.h"
#include "probe/fold.h"
#include "timeline.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_MAX_EVENTS		50000	/* of one run, until it is stopped */
#define RUN_MAX_PROCESSES	200	/* alive at one time */

struct run_options {
	bool plain;		/* no namespaces */
	bool no_strace;
	const char *no_strace_reason;	/* "another tracer ..." */
	const char *dir;	/* the actors' working directory, or NULL */
	bool endless;		/* at the prompt: RUN_MAX_EVENTS is no limit */
};

struct actor {
	char *name;
	int host;
	char *host_name;	/* "" for the box itself */
	char *command;		/* for people: its words */
	struct box_child child;
	pid_t tracer;
	int pty;		/* its terminal's other end; -1: over */
	int trace_fd, message_fd;
	struct strace_parser *parser;	/* NULL: not traced */
	bool attached, tracer_gone;
	struct buf *messages;	/* what strace said to people */
	bool exited;
	int status;		/* once exited: as wait(2) gives it */
	int num_children;	/* for provisional names */
	bool is_puppet;
	bool untraced;		/* the person's shell */
	void *sink[2];		/* the actor and its run, for the parser */
};

/* A process (or thread) of an actor's. */
struct proc {
	pid_t pid;
	struct actor *actor;
	char *name;
	bool named;		/* not just a provisional name */
	bool exec_seen;		/* the program's own calls have begun */
	struct fold fold;
	char state;		/* last told: Z, T, or 0 */
	pid_t ppid;
	bool told;		/* a puppet: in a call that it was told */
	bool exited;		/* strace saw its end */
	bool gone;		/* no longer in /proc */
	int64_t blocked_since;	/* entry of the call already told of */
	bool in_call;		/* the last event was that it sleeps in one */
	bool asleep;		/* seen so at the last look */
};

struct run {
	struct run_options opt;
	char *dir;		/* opt.dir is this */
	struct loop *loop;
	struct box *box;
	int64_t t0_ns;		/* CLOCK_REALTIME */
	struct timeline timeline;
	size_t fresh;		/* the first event of the last turn */
	size_t shown;		/* the first event that no view has been told */
	struct names names;

	struct actor **actors;
	size_t num_actors;
	struct proc **procs;
	size_t num_procs;

	int64_t last_event_ns;	/* CLOCK_MONOTONIC: when one last came */
	int64_t looked_ns;	/* when the last look began */
	int64_t next_look_ns;	/* when to look into /proc again */
	bool box_gone;
	char *stopped;		/* why no more is taken; NULL: it goes on */
	unsigned long long unparsed;
	struct puppets *puppets;	/* actors that do as they are told */
	struct wire *wire;		/* hosts, packets, sockets, counters */
	bool want_counts;		/* look at the counters too */
	bool rest_told;			/* looked once since all is at rest */
	const char *no_ground;		/* why what follows rests on nothing */
	char *port_taken;		/* that, where it is about a port */
};

struct run *run_open(const struct run_options *opt, struct loop *loop,
		     bool *no_namespaces, struct errmsg *err);
void run_close(struct run *r);

int64_t run_clock(void);		/* CLOCK_MONOTONIC, nanoseconds */
int64_t run_real_clock(void);		/* CLOCK_REALTIME, nanoseconds */

struct actor *run_actor(const struct run *r, const char *name);
struct proc *run_proc(const struct run *r, pid_t pid);
struct proc *run_proc_named(const struct run *r, const char *name);

/* May an actor be called so? -1 and *err if not. */
int run_check_name(const char *name, struct errmsg *err);

/* host 0 is the box itself. The actor exists, traced, when this returns. */
int run_start(struct run *r, const char *name, int host, char *const *argv,
	      struct errmsg *err);
/*
 * The same for our own puppet program, with one end of a channel: *channel is
 * the other end, and the caller's.
 */
int run_start_puppet(struct run *r, const char *name, int host, int *channel,
		     struct errmsg *err);
/* Not traced, and its terminal is the caller's. NULL and *err, or the actor. */
struct actor *run_start_shell(struct run *r, int host, char *const *argv,
			      int *pty, struct errmsg *err);
int run_type(struct run *r, const char *name, const char *bytes, size_t n,
	     struct errmsg *err);
int run_kill(struct run *r, const char *name, int sig, struct errmsg *err);
/* "no process is called abd; did you mean 'abc'?" Returns -1. */
int run_nobody(const struct run *r, const char *what, const char *name,
	       struct errmsg *err);

/* Wait for at most timeout_ms; true if there are fresh events. */
bool run_turn(struct run *r, int timeout_ms);

/*
 * Everything stands still: each live process sleeps or is stopped, and nothing
 * came for a while. What is not there now will not come by itself, except by
 * a timer of the kernel's.
 */
bool run_at_rest(const struct run *r);
/* Something is done to it now: at rest it is only when seen so after this. */
void run_touch(struct run *r);
/* No process of any actor is left, and all that they did has been read. */
bool run_all_over(const struct run *r);
/* Can an event of this one still come? False: it has ended, or never was. */
bool run_can_still(const struct run *r, const char *who);

/* clone(), fork(), vfork(): is this call one of them? */
bool run_makes_process(const char *call);

/*
 * Why events of this who cannot be seen in this run; NULL: they can.
 */
const char *run_unobservable(const struct run *r, const char *who);

/* Its events so far are renamed too. True if that changed anything. */
bool run_name_pid(struct run *r, pid_t pid, const char *name);

#endif
