/*
 * event - one thing that the kernel did
 *
 * Every probe makes events, and nothing else does. `text` is the one line that
 * a person sees and that patterns are matched against; the rest is for
 * programs (--json), for views and for detectors.
 *
 * All times are nanoseconds of CLOCK_REALTIME, the clock that strace and the
 * packet sockets stamp with. They are made relative only when shown.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum probe {
	PROBE_STRACE,
	PROBE_PROC,
	PROBE_PACKET,
	PROBE_TCP,
	PROBE_COUNT,

	NUM_PROBES
};

enum event_kind {
	EV_CALL,	/* a system call that has returned */
	EV_BLOCKED,	/* a system call in which the process sleeps */
	EV_SIGNAL,	/* a signal was delivered */
	EV_EXIT,	/* a process exited or was killed */
	EV_STOP,	/* a process was stopped by a signal */
	EV_PROC,	/* a process state was seen in /proc */
	EV_PACKET,	/* a frame was on the wire */
	EV_TCP,		/* a socket's state was seen by sock_diag */
	EV_COUNT,	/* a kernel counter changed */

	NUM_EVENT_KINDS
};

struct event {
	int64_t t_ns;		/* when it was over, or when it was seen */
	int64_t span_ns;	/* sampled: it happened in [t - span, t] */
	enum probe probe;
	enum event_kind kind;
	unsigned int seq;	/* order of arrival in the time line */
	pid_t pid;		/* as the box counts; 0: no process's act */
	char *who;		/* an actor's name, "wire", "tcp", ... */
	char *text;

	char *call, *args;	/* EV_CALL, EV_BLOCKED */
	bool has_ret;
	long long ret;
	char *error;		/* "EADDRINUSE", or NULL */
	int64_t blocked_ns;	/* time in the call; -1: unknown */
	char *signal;		/* EV_SIGNAL, EV_STOP, killed: "SIGCHLD" */

	/* EV_PACKET, EV_TCP, EV_COUNT: whose; "client", "server" */
	char *host;
	/* EV_PACKET: what became of it (box/wire.h); a constant string */
	const char *fate;
	char *from, *to;	/* EV_PACKET, EV_TCP: "client:40001" */
	char *old_state, *state;	/* EV_TCP, EV_PROC */

	bool folded;		/* shown with --all, or if expected */
	bool startup;		/* the loader's: no pattern means it */
	int step;		/* the step it belongs to; 0: none */
	const char *expected;	/* the pattern that it met, or NULL */
};

const char *probe_name(enum probe probe);

/* A deep copy on the heap, freed by event_free(); `expected` is borrowed. */
struct event *event_copy(const struct event *ev);
void event_free(struct event *ev);

#endif
