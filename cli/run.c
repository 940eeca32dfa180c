#include "run.h"

#include "box/wire.h"
#include "buf.h"
#include "nearest.h"
#include "probe/strace.h"
#include "puppets.h"
#include "run_watch.h"
#include "utf8.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ATTACH_LIMIT_NS		(10 * 1000000000LL)

/*
 * What a course on sockets and processes looks at. munmap() is there for the
 * end of the loader (see probe/fold.h); "?" is for names that an older strace
 * does not know.
 */
#define TRACED "trace=%network,%desc,%process,%signal,?alarm,?pause," \
	"?nanosleep,?clock_nanosleep,?setitimer,?getitimer,?munmap,?getpid," \
	"?getppid,?gettid,?setsid,?getsid,?setpgid,?getpgid,?getpgrp," \
	"?prctl,?kcmp,?chdir,?unlink,?unlinkat,?setrlimit,?prlimit64," \
	"?getuid,?geteuid,?getgid,?getegid,?setuid,?setgid," \
	"?sched_yield,?truncate,?access,?umask"

int64_t run_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int64_t run_real_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

struct run *run_open(const struct run_options *opt, struct loop *loop,
		     bool *no_namespaces, struct errmsg *err)
{
	struct box_options box_opt = { opt->plain, opt->dir };
	struct run *r = xcalloc(1, sizeof(*r));
	struct timespec now;

	r->opt = *opt;
	r->opt.dir = r->dir = opt->dir ? xstrdup(opt->dir) : NULL;
	r->loop = loop;
	r->box = box_open(&box_opt, no_namespaces, err);
	if (!r->box) {
		free(r->dir);
		free(r);
		return NULL;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	r->t0_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	r->last_event_ns = run_clock();
	run_watch_box(r);
	r->wire = wire_new(r);
	r->puppets = puppets_new(r);
	return r;
}

static void close_fd(struct run *r, int *fd)
{
	if (*fd == -1)
		return;
	loop_remove(r->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void actor_free(struct run *r, struct actor *a)
{
	close_fd(r, &a->pty);
	close_fd(r, &a->trace_fd);
	close_fd(r, &a->message_fd);
	if (a->parser)
		strace_parser_free(a->parser);
	buf_release(a->messages);
	free(a->messages);
	free(a->name);
	free(a->host_name);
	free(a->command);
	free(a);
}

void run_close(struct run *r)
{
	if (!r)
		return;
	loop_remove(r->loop, box_control_fd(r->box));
	puppets_free(r->puppets);
	wire_free(r->wire);
	box_close(r->box);
	for (size_t i = 0; i < r->num_actors; i++)
		actor_free(r, r->actors[i]);
	for (size_t i = 0; i < r->num_procs; i++) {
		free(r->procs[i]->name);
		free(r->procs[i]);
	}
	free(r->actors);
	free(r->procs);
	free(r->stopped);
	free(r->port_taken);
	free(r->dir);
	timeline_release(&r->timeline);
	names_release(&r->names);
	free(r);
}

/* Two of one name are allowed once the first has ended: the last one counts. */
struct actor *run_actor(const struct run *r, const char *name)
{
	for (size_t i = r->num_actors; i-- > 0;)
		if (!strcmp(r->actors[i]->name, name))
			return r->actors[i];
	return NULL;
}

struct proc *run_proc(const struct run *r, pid_t pid)
{
	for (size_t i = r->num_procs; i-- > 0;)
		if (r->procs[i]->pid == pid)
			return r->procs[i];
	return NULL;
}

struct proc *run_proc_named(const struct run *r, const char *name)
{
	for (size_t i = r->num_procs; i-- > 0;)
		if (!strcmp(r->procs[i]->name, name))
			return r->procs[i];
	return NULL;
}

/* A terminal as a person would have it: canonical, echoing, 80 by 24. */
static int open_terminal(int *slave, struct errmsg *err)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (master == -1)
		return errmsg_errno(err, "a terminal for the actor");
	if (grantpt(master) == -1 || unlockpt(master) == -1)
		goto failed;
	/* By the master: its name need not exist in this mount namespace. */
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave == -1)
		goto failed;
	ioctl(*slave, TIOCSWINSZ, &size);
	return master;
failed:
	errmsg_errno(err, "a terminal for the actor");
	close(master);
	return -1;
}

static char *words_joined(char *const *argv)
{
	struct buf b = { 0 };

	for (; *argv; argv++)
		buf_fmt(&b, "%s%s", b.len ? " " : "", *argv);
	return buf_take(&b);
}

static int start_strace(struct run *r, struct actor *a, struct errmsg *err)
{
	char pid[16];
	const char *argv[] = {
		"strace", "-f", "-ttt", "-T", "-x", "-s", "256",
		"-o", "/proc/self/fd/3", "-e", TRACED, "-p", pid, NULL,
	};
	int trace[2], message[2];
	int rc;

	if (pipe2(trace, O_CLOEXEC) == -1)
		return errmsg_errno(err, "pipe");
	if (pipe2(message, O_CLOEXEC) == -1) {
		errmsg_errno(err, "pipe");
		close(trace[0]);
		close(trace[1]);
		return -1;
	}
	fcntl(trace[0], F_SETFL, O_NONBLOCK);
	fcntl(trace[0], F_SETPIPE_SZ, 1 << 20);
	fcntl(message[0], F_SETFL, O_NONBLOCK);
	snprintf(pid, sizeof(pid), "%d", a->child.pid);
	rc = box_trace(r->box, argv, trace[1], message[1], &a->tracer, err);
	close(trace[1]);
	close(message[1]);
	if (rc == -1) {
		close(trace[0]);
		close(message[0]);
		return -1;
	}
	a->trace_fd = trace[0];
	a->message_fd = message[0];
	run_watch_strace(r, a);
	return 0;
}

static int wait_attached(struct run *r, struct actor *a, struct errmsg *err)
{
	int64_t limit = run_clock() + ATTACH_LIMIT_NS;

	while (!a->attached) {
		if (a->tracer_gone || a->message_fd == -1)
			return errmsg_set(err, "strace cannot trace it: %s",
					  a->messages->len ? a->messages->text :
					  "it ended at once");
		if (run_clock() > limit)
			return errmsg_set(err, "strace did not attach within "
					  "10 s");
		loop_turn(r->loop, 100000000);
	}
	return 0;
}

static struct actor *actor_new(struct run *r, const char *name, int host,
			       char *const *argv)
{
	struct actor *a = xcalloc(1, sizeof(*a));

	a->name = xstrdup(name);
	a->host = host;
	a->host_name = xstrdup(wire_host_name(r->wire, host));
	a->command = words_joined(argv);
	a->pty = a->trace_fd = a->message_fd = -1;
	a->messages = xcalloc(1, sizeof(*a->messages));
	r->actors = xrealloc(r->actors,
			     (r->num_actors + 1) * sizeof(*r->actors));
	r->actors[r->num_actors++] = a;
	return a;
}

static int start_actor(struct run *r, struct actor *a, struct box_spawn *spawn,
		       struct errmsg *err)
{
	int rc;

	a->pty = open_terminal(&spawn->tty, err);
	if (a->pty == -1)
		return -1;
	rc = box_spawn(r->box, spawn, &a->child, err);
	close(spawn->tty);
	if (rc == -1)
		return -1;
	run_watch_actor(r, a);
	if (!r->opt.no_strace && !a->untraced &&
	    (start_strace(r, a, err) == -1 || wait_attached(r, a, err) == -1))
		return -1;
	return box_go(r->box, a->child.pid, err);
}

int run_check_name(const char *name, struct errmsg *err)
{
	static const char *const probes[] = { "wire", "tcp", "proc", "count" };
	size_t len = strlen(name), n;
	unsigned int code;

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (!strcmp(name, probes[i]))
			return errmsg_set(err, "'%s' is who tells of a probe's "
					  "events; an actor needs another "
					  "name", name);
	/* Whole, a name is a word of a pattern; "a.1" is a child of a's. */
	for (size_t i = 0; i < len; i += n) {
		n = utf8_char(name + i, len - i, &code);
		if (!n || utf8_is_control(code) ||
		    (n == 1 && !isalnum(code) && code != '_' && code != '-'))
			return errmsg_set(err, "'%s' is no name for an actor: "
					  "letters, digits, _ and - make one",
					  name);
	}
	return len ? 0 : errmsg_set(err, "an actor needs a name");
}

static int check_free(const struct run *r, const char *name,
		      struct errmsg *err)
{
	const struct actor *old = run_actor(r, name);

	if (!old || old->exited)
		return 0;
	return errmsg_set(err, "%s is running already; end it, or choose "
			  "another name", name);
}

int run_start(struct run *r, const char *name, int host, char *const *argv,
	      struct errmsg *err)
{
	struct box_spawn spawn = {
		.host = host,
		.cwd = r->opt.dir,
		.argv = argv,
		.envp = environ,
		.puppet_fd = -1,
	};
	struct errmsg why;
	struct actor *a;

	if (check_free(r, name, err) == -1)
		return -1;
	a = actor_new(r, name, host, argv);
	if (start_actor(r, a, &spawn, err) == 0)
		return 0;
	a->exited = true;
	why = *err;
	return errmsg_set(err, "%.100s: %.300s%s", argv[0], why.text,
			  strchr(argv[0], '/') ||
			  strcmp(why.text, strerror(ENOENT)) != 0 ? "" :
			  " in $PATH (one of this folder is ./NAME)");
}

struct actor *run_start_shell(struct run *r, int host, char *const *argv,
			      int *pty, struct errmsg *err)
{
	struct box_spawn spawn = {
		.host = host,
		.cwd = r->opt.dir,
		.argv = argv,
		.envp = environ,
		.puppet_fd = -1,
	};
	struct actor *a = actor_new(r, "shell", host, argv);

	a->untraced = true;
	if (start_actor(r, a, &spawn, err) == -1) {
		a->exited = true;
		return NULL;
	}
	/* Only the caller reads it from now on. */
	loop_remove(r->loop, a->pty);
	*pty = a->pty;
	a->pty = -1;
	return a;
}

int run_start_puppet(struct run *r, const char *name, int host, int *channel,
		     struct errmsg *err)
{
	/* The stub is our own program: that link leads to it everywhere. */
	char *argv[] = { (char *)"/proc/self/exe", (char *)"--puppet", NULL };
	struct box_spawn spawn = {
		.host = host,
		.argv = argv,
		.envp = environ,
	};
	struct actor *a;
	int pair[2];

	if (check_free(r, name, err) == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return errmsg_errno(err, "a channel for the puppet");
	a = actor_new(r, name, host, (char *[]){ (char *)"puppet", NULL });
	a->is_puppet = true;
	spawn.puppet_fd = pair[1];
	if (start_actor(r, a, &spawn, err) == -1) {
		a->exited = true;
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	close(pair[1]);
	*channel = pair[0];
	return 0;
}

int run_nobody(const struct run *r, const char *what, const char *name,
	       struct errmsg *err)
{
	const char *names[RUN_MAX_PROCESSES];
	size_t count = 0;
	char hint[64];

	for (size_t i = r->num_procs; i-- > 0 && count < RUN_MAX_PROCESSES;)
		if (!r->procs[i]->gone)
			names[count++] = r->procs[i]->name;
	nearest_hint(hint, sizeof(hint), name, names, count,
		     "; `ps` lists them");
	return errmsg_set(err, "no %s is called %.100s%s", what, name, hint);
}

int run_type(struct run *r, const char *name, const char *bytes, size_t n,
	     struct errmsg *err)
{
	struct actor *a = run_actor(r, name);

	if (!a)
		return run_nobody(r, "actor", name, err);
	if (a->exited || a->pty == -1)
		return errmsg_set(err, "%s has ended", name);
	if (write(a->pty, bytes, n) != (ssize_t)n)
		return errmsg_errno(err, "%s's terminal", name);
	return 0;
}

int run_kill(struct run *r, const char *name, int sig, struct errmsg *err)
{
	struct proc *p = run_proc_named(r, name);

	if (!p)
		return run_nobody(r, "process", name, err);
	if (p->gone)
		return errmsg_set(err, "%s is gone", name);
	return box_kill(r->box, p->pid, sig, err);
}

bool run_all_over(const struct run *r)
{
	for (size_t i = 0; i < r->num_actors; i++)
		if (!r->actors[i]->exited || r->actors[i]->trace_fd != -1)
			return false;
	for (size_t i = 0; i < r->num_procs; i++)
		if (!r->procs[i]->gone)
			return false;
	return true;
}

bool run_can_still(const struct run *r, const char *who)
{
	const struct proc *p = run_proc_named(r, who);
	const struct actor *a;

	if (r->stopped || r->box_gone)
		return false;
	/* The kernel's timers and the other side of a wire outlive programs. */
	if (!strcmp(who, "wire") || !strcmp(who, "tcp") ||
	    !strcmp(who, "count"))
		return true;
	if (!strcmp(who, "proc") || !p)
		return !run_all_over(r);
	a = p->actor;
	/* The end of its trace comes after its last line. */
	return a->trace_fd != -1 || (!a->parser && !p->gone);
}

const char *run_unobservable(const struct run *r, const char *who)
{
	if (r->no_ground)
		return r->no_ground;
	if (!strcmp(who, "wire") || !strcmp(who, "tcp") ||
	    !strcmp(who, "count"))
		return wire_unobservable(r->wire, who);
	if (strcmp(who, "proc") != 0 && r->opt.no_strace)
		return r->opt.no_strace_reason;
	return NULL;
}

bool run_name_pid(struct run *r, pid_t pid, const char *name)
{
	struct proc *p = run_proc(r, pid);

	if (!p || p->named || !strcmp(p->name, name))
		return false;
	free(p->name);
	p->name = xstrdup(name);
	p->named = true;
	run_watch_renamed(r, p);
	return true;
}
