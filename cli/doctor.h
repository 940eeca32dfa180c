/*
 * doctor - what works on this machine, tested for real
 *
 * Theory of operation. A probe is a function that tries one thing, or several
 * that build on each other, the way labs do it: it opens a box, has strace
 * trace a process, sends frames over a wire. It runs in a process of its own
 * and tells what it found, one finding a check, over a socket. So a probe may
 * change its namespaces, and one that hangs costs DOCTOR_LIMIT_MS and no more:
 * then it is killed, and its box goes with it.
 *
 * A finding tells what failed and the kernel's word for it. What it takes to
 * make it work is chosen afterwards, in the parent, from facts about the
 * machine that are read and never guessed: doctor_advise().
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "box/box.h"
#include "buf.h"
#include "errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DOCTOR_LIMIT_MS	2000	/* for each check to be answered */
#define DOCTOR_WAIT_MS	1500	/* what a probe itself waits for at most */

enum check_id {
	CHECK_PROC,
	CHECK_TERMINALS,
	CHECK_CHILDREN,
	CHECK_STRACE,
	CHECK_PIDS_SOCKET,

	CHECK_USERNS,
	CHECK_BOX,
	CHECK_TRACING,
	CHECK_NUMBERS,
	CHECK_FOLDER,
	CHECK_HOSTS,
	CHECK_WIRE,
	CHECK_STATES,
	CHECK_COUNTERS,
	CHECK_SYSCTL,
	CHECK_LO,

	CHECK_PLAIN,
	CHECK_PLAIN_TRACING,
	CHECK_PLAIN_HOSTS,
	CHECK_PLAIN_STATES,
	CHECK_PLAIN_COUNTERS,
	CHECK_PLAIN_LO,

	CHECK_UTF8,
	CHECK_COLOURS,
	CHECK_WIDTH,

	NUM_CHECKS
};

enum check_state {
	CHECK_UNTESTED,		/* something that it needs does not work */
	CHECK_WORKS,
	CHECK_FAILS,
};

struct finding {
	enum check_state state;
	int error;		/* errno; 0: it was not a call that failed */
	char detail[32];	/* stands behind the check's name */
	char why[512];
};

/* What a probe is given. */
struct visit {
	int out;		/* for visit_...() alone */
	int columns;		/* --columns, or 0 */
	const struct finding *before;	/* by enum check_id: what is known */
};

typedef void doctor_probe(struct visit *v);

/* Tell what was found. A check told of twice keeps the first. */
void visit_works(struct visit *v, enum check_id id, const char *detail);
/* error: errno, or 0 where *err says it all. */
void visit_fails(struct visit *v, enum check_id id, int error,
		 const struct errmsg *err);
void visit_untested(struct visit *v, enum check_id id, const char *why);

/* doctor_here.c: what needs no box */
doctor_probe probe_proc, probe_terminals, probe_children, probe_strace,
	probe_pids_socket, probe_screen;
/* doctor_box.c */
doctor_probe probe_userns, probe_box, probe_folder, probe_plain;
/* doctor_net.c */
doctor_probe probe_hosts, probe_lo;
void probe_plain_net(struct visit *v, struct box *b);

/* A terminal's master; *slave its other end. Both are the caller's. */
int doctor_terminal(int *slave, struct errmsg *err);
/* The first or a later "strace" of PATH. False: there are no more. */
bool doctor_find_strace(int nth, char *path, size_t size);
/* Milliseconds left of DOCTOR_WAIT_MS since `start`; 0: none. */
int doctor_time_left(int64_t start);
int64_t doctor_clock(void);	/* CLOCK_MONOTONIC, in milliseconds */

enum container {
	CONTAINER_NONE,
	CONTAINER_DOCKER,
	CONTAINER_PODMAN,
	CONTAINER_KUBERNETES,
	CONTAINER_LXC,
	CONTAINER_NSPAWN,
	CONTAINER_OTHER,

	NUM_CONTAINERS
};

/* doctor_facts.c: what kind of machine this is. */
struct facts {
	char os_id[32], os_like[64], os_version[16];
	char os_name[96];
	char kernel[96];
	bool root;		/* uid 0, wherever */
	uint64_t caps;		/* CapEff of proc(5) */
	enum container container;
	bool chrooted;
	int seccomp;		/* 2: a filter is on us */
	char apparmor[96];	/* the profile we are in; "": none */
	pid_t tracer;		/* 0: none */
	char tracer_name[32];
	int num_covered;	/* mounts over parts of /proc */
	char covered[8][256];	/* the first of them */
	char exe[256];		/* underglass itself */
};

void facts_gather(struct facts *f);
/* A number of /proc/sys, "kernel/pid_max"; -1: there is no such setting. */
long facts_sysctl(const char *name);
bool facts_capable(const struct facts *f, int cap);
const char *container_name(enum container c);

/*
 * doctor_advice.c: for a check that failed, add to its `why` the facts that
 * explain it, and fill *fix: shell commands, a line each, and remarks behind a
 * "# ". It stays empty where no fact was found that could be changed.
 */
void doctor_advise(enum check_id id, const struct facts *f,
		   struct finding *found, struct buf *fix);

#endif
