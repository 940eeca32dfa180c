/*
 * vary - what in a line is not the same when the same is done again
 *
 * Process numbers, ports that the kernel chose, addresses of memory, windows of
 * packets, CPU times. vary_text() writes an event's line with names ($child,
 * $port) or * in their places, as a handout's pattern has them; the form does
 * for comparing and for keeping alike. Numbers of descriptors stay: the kernel
 * gives the lowest that is free, so they are part of what happened. What
 * stands in quotes stays, too: it is data. But of what comes from /proc the
 * numbers go: how much memory, how many switches, which inode.
 *
 * A process number stands for the process that has it; one of nobody's is *.
 * The kernel chose a port if it is one of those that it takes by default
 * (32768 to 60999), no bind() named it, nor a command before it was seen, and
 * it is not only dialled.
 */
#ifndef VARY_H
#define VARY_H

#include "view/story.h"

#include <stdbool.h>
#include <stddef.h>

struct vary_port {
	char *host;		/* "client", "127.0.0.1" */
	int port;
	bool chosen;		/* by the kernel */
	char *name;		/* "port", "port2"; NULL: "*" */
	size_t first;		/* the entry that it first appears in */
};

struct vary_pid {
	pid_t pid;
	char *name;		/* NULL: "*" */
	bool reads_proc;	/* it has opened a file of proc(5) */
};

/* The names may be taken away (freed and NULL) between learning and use. */
struct vary {
	bool by_host;		/* count ports on each host from 1 */
	struct vary_port *ports;
	size_t num_ports;
	struct vary_pid *pids;
	size_t num_pids;
};

/* From entries first to last (one past it): a scene, or all. */
void vary_learn(struct vary *v, const struct story *st, size_t first,
		size_t last);
void vary_release(struct vary *v);

enum vary_form {
	VARY_SHOW,		/* to be read */
	VARY_KEY,		/* to be compared: also given ports by order */
	VARY_PATTERN,		/* a pattern: what is literal is escaped */

	NUM_VARY_FORMS
};

/* The caller frees them. */
char *vary_text(const struct vary *v, const struct event *ev,
		enum vary_form form);
/* A command: only ports vary. */
char *vary_command(const struct vary *v, const char *text,
		   enum vary_form form);
/* One end of a connection, "client:40001". */
char *vary_end(const struct vary *v, const char *end, enum vary_form form);

/* A port's digits at s, which nothing that belongs to them follows; or 0. */
size_t vary_port_digits(const char *s, int *port);

/* host of so many bytes; NULL: whoever's. NULL if nobody has it. */
struct vary_port *vary_find_port(const struct vary *v, const char *host,
				 size_t len, int port);

/* The k-th port, from 0, that a program or a command named; 0: no more. */
int vary_given(const struct vary *v, int k);

/* Is this system call's result a process? */
bool vary_returns_pid(const char *call);

#endif
