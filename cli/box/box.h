/*
 * box - the glass box: its own user, pid, mount and network namespaces
 *
 * Theory of operation. underglass clones a child into fresh namespaces; the
 * child is pid 1 there and stays a plain fork of underglass ("init", init.c).
 * It has all capabilities over its own namespaces and none over anything else.
 * It makes the private /proc, /tmp and network, starts actors and their strace,
 * opens the sockets that the probes need *inside*, and hands them out.
 *
 * Three things end a box, any of them suffices: box_close() kills init; init
 * dies with underglass (PR_SET_PDEATHSIG, prctl(2)); init exits when its end
 * of the control socket sees the other closed. The kernel then kills every
 * process of the pid namespace and frees the rest: pid_namespaces(7).
 *
 * Plain mode, where namespaces are refused: the same init without namespaces,
 * as a subreaper (PR_SET_CHILD_SUBREAPER) that ends all of its descendants
 * before it goes. Actors then have the machine's own pids and loopback.
 *
 * An actor is first a stub: it has its terminal, its host and no capabilities,
 * and waits. strace seizes it, so that nothing of the program goes unseen; then
 * box_go() lets it become its program. strace is not its parent.
 */
#ifndef BOX_H
#define BOX_H

#include "errmsg.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BOX_MAX_HOSTS	16

struct box;

struct box_options {
	bool plain;
	/*
	 * A folder that actors may change without changing it: what they write
	 * there goes to memory and with the box. NULL: none.
	 */
	const char *dir;
};

/*
 * NULL and *err: say "no_namespaces" apart, because plain mode is the answer to
 * that and to nothing else.
 */
struct box *box_open(const struct box_options *opt, bool *no_namespaces,
		     struct errmsg *err);

/*
 * Ends everything in it. In plain mode all of it is dead when this returns;
 * else the kernel is at it (SIGKILL to init), and box_wait_gone() waits for the
 * last of all closed boxes.
 */
void box_close(struct box *b);
void box_wait_gone(void);

bool box_is_plain(const struct box *b);
pid_t box_init_pid(const struct box *b);	/* as the outside sees it */
int box_proc_fd(const struct box *b);		/* its /proc */
int box_control_fd(const struct box *b);	/* readable: call box_read() */

/* What init tells by itself: an actor (or a strace) has ended. */
struct box_exit {
	pid_t pid;		/* as the box counts */
	int status;		/* as wait(2) gives it */
};
/* 1 and an exit; 0 if there is none now; -1: init is gone. */
int box_read(struct box *b, struct box_exit *ex);

struct box_spawn {
	int host;		/* 0: the box's own network; else a host's */
	const char *cwd;	/* NULL: as underglass itself */
	char *const *argv;
	char *const *envp;
	int tty;		/* its terminal, and stdin, stdout, stderr */
	int puppet_fd;		/* -1, or the puppet's end of its channel */
};

struct box_child {
	pid_t pid;		/* as the box counts */
	pid_t outer_pid;	/* as underglass counts */
};

int box_spawn(struct box *b, const struct box_spawn *sp,
	      struct box_child *child, struct errmsg *err);
/* strace with these arguments, its output to trace_fd (3 in strace). */
int box_trace(struct box *b, const char *const *argv, int trace_fd,
	      int message_fd, pid_t *tracer, struct errmsg *err);
int box_go(struct box *b, pid_t pid, struct errmsg *err);
int box_kill(struct box *b, pid_t pid, int sig, struct errmsg *err);

/*
 * A host: a network namespace of its own and a wire to the relay. wire_fd is
 * the relay's end (AF_PACKET), the rest look into the host. With the name "" it
 * is host 0, the box's own network: loopback only, its wire_fd listens on lo.
 */
struct box_host {
	int number;
	char name[32];		/* "": the box itself */
	char addr[48], addr6[48];
	int wire_fd, diag_fd;	/* -1: not allowed here */
	int count_fds[3];	/* as probe/count.h numbers them */
};
int box_host_add(struct box *b, const char *name, struct box_host *h,
		 struct errmsg *err);
void box_host_release(struct box_host *h);
int box_sysctl(struct box *b, int host, const char *name, const char *value,
	       struct errmsg *err);

#endif
