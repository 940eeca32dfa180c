/*
 * strace_leader - what strace puts before a line; for strace*.c alone
 *
 * A pid, a time stamp, and what -n, -i, -r and --secontext add, in any order. A
 * stamp alone does not say when: -t starts anew at midnight and -r counts from
 * the line before. leader_settle(), called once a line and in their order, puts
 * it on a scale that goes on.
 */
#ifndef STRACE_LEADER_H
#define STRACE_LEADER_H

#include <stdint.h>
#include <sys/types.h>

#define PID_MOST	(1 << 22)	/* PID_MAX_LIMIT of the kernel */

enum stamp {
	STAMP_NONE,
	STAMP_SINCE,	/* -r: since the line before */
	STAMP_DAY,	/* -t, -tt: since midnight */
	STAMP_EPOCH,	/* -ttt */
};

struct leader {
	pid_t pid;		/* 0: none */
	enum stamp stamp;
	int64_t ns;
	const char *body;	/* what comes after it */
};

/* The stamps so far. A zeroed one is ready. */
struct leader_clock {
	int64_t day_ns, last_ns;	/* -t: the days gone by, the last stamp */
	int64_t since_ns;		/* -r: the sum of all stamps */
};

void leader_read(struct leader *l, const char *s, const char *end);
void leader_settle(struct leader_clock *c, struct leader *l);

/* Midnight before this time of day: it is a new one if the clock went back. */
int64_t leader_midnight(const struct leader_clock *c, int64_t ns);

/* What -r alone says is no time of any clock. */
int64_t leader_clock_ns(enum stamp stamp, int64_t ns);

#endif
