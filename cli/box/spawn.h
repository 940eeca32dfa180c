/* spawn - how a child of init becomes an actor, or its strace */
#ifndef SPAWN_H
#define SPAWN_H

#include "errmsg.h"
#include "puppet.h"

#include <sys/types.h>

/*
 * An actor that is not yet its program. Closing go_fd lets it exec; then
 * report_fd brings the errno of a failed exec, or its end where it worked.
 */
struct stub {
	pid_t pid;
	int go_fd, report_fd;
};

struct stub_plan {
	const char *cwd;	/* "": stay */
	char **argv, **envp;
	int tty;
	int puppet_fd;		/* -1: none */
	int netns;		/* -1: stay */
};

int stub_start(struct stub *s, const struct stub_plan *plan,
	       struct errmsg *err);
/* 0 when it is its program now. The stub is over in either case. */
int stub_go(struct stub *s, const char **failed_exec);

/* argv with stdin from nowhere, out as 1 and 2, trace as 3. -1 with errno. */
pid_t spawn_tracer(char **argv, int trace, int out);

/* No capability and no way to get one back: capabilities(7). */
void drop_capabilities(void);

#endif
