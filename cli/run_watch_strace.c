/*
 * What strace tells of actors, and what of that is an event.
 *
 * A call blocks if strace has shown its entry and no more, /proc says that the
 * process sleeps, and the pipe still has nothing more to say after that.
 */
#include "run_watch_strace.h"

#include "box/puppet.h"
#include "box/wire.h"
#include "buf.h"
#include "probe/strace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool run_makes_process(const char *call)
{
	return !strcmp(call, "clone") || !strcmp(call, "clone3") ||
		!strcmp(call, "fork") || !strcmp(call, "vfork");
}

/* What the stub did before it became the program is ours, not the actor's. */
static bool before_program(struct proc *p, const struct event *ev)
{
	if (p->exec_seen)
		return false;
	if (ev->kind == EV_CALL && !strcmp(ev->call, "execve") &&
	    ev->has_ret && ev->ret == 0)
		p->exec_seen = true;
	return !p->exec_seen;
}

static bool is_channel_call(const char *call)
{
	return !strcmp(call, "recvfrom") || !strcmp(call, "sendmsg") ||
		!strcmp(call, "sendto") || !strcmp(call, "recvmsg");
}

/*
 * Of a puppet, only what it was told to do is shown: what it does between the
 * end of a recvfrom() on its channel and the next send there (box/puppet.h);
 * and the end of a handler, which comes when it likes.
 */
static bool not_told(struct proc *p, const struct event *ev)
{
	bool channel;

	if (ev->kind != EV_CALL && ev->kind != EV_BLOCKED)
		return false;
	if (!strcmp(ev->call, "rt_sigreturn"))
		return false;
	channel = ev->args && is_channel_call(ev->call) &&
		atoi(ev->args) >= PUPPET_FD;
	if (channel && ev->kind == EV_CALL)
		p->told = !strcmp(ev->call, "recvfrom");
	return channel || !p->told;
}

/* "sin_port=htons(7000)" of a call about addresses. */
static void learn_port(struct run *r, const struct actor *a,
		       const struct event *ev)
{
	const char *at = ev->args ? strstr(ev->args, "_port=htons(") : NULL;

	if (at && (!strcmp(ev->call, "bind") || !strcmp(ev->call, "connect") ||
		   !strcmp(ev->call, "getsockname")))
		wire_learn_port(r->wire, atoi(strchr(at, '(') + 1),
				strcmp(ev->call, "connect") ? a->host_name :
				NULL);
}

/*
 * Without a box a port may be somebody else's, or still that of a run before:
 * then what the program does is no evidence of anything.
 */
static void learn_refusal(struct run *r, const struct event *ev)
{
	const char *at = ev->args ? strstr(ev->args, "_port=htons(") : NULL;

	if (!at || r->no_ground || strcmp(ev->call, "bind") != 0 ||
	    !ev->error || strcmp(ev->error, "EADDRINUSE") != 0)
		return;
	r->port_taken = wire_port_before(r->wire, atoi(strchr(at, '(') + 1));
	r->no_ground = r->port_taken;
}

static void strace_event(void *arg, const struct event *ev)
{
	struct actor *a = ((void **)arg)[0];
	struct run *r = ((void **)arg)[1];
	enum fold_kind kind;
	struct event *copy;
	struct proc *p;

	if (r->stopped)
		return;
	p = run_add_proc(r, a, ev->pid ? ev->pid : a->child.pid);
	if (before_program(p, ev) || (a->is_puppet && not_told(p, ev)))
		return;
	if (ev->kind == EV_CALL && run_makes_process(ev->call) &&
	    ev->ret > 0) {
		run_add_proc(r, a, ev->ret)->fold = p->fold;
		run_count_processes(r);
	}
	if (ev->kind == EV_CALL) {
		learn_port(r, a, ev);
		learn_refusal(r, ev);
	}
	if (ev->kind == EV_EXIT)
		p->exited = true;
	p->in_call = false;
	copy = event_copy(ev);
	/* Killed in the call: strace knows its entry, we that it is over. */
	if (ev->kind == EV_CALL && !ev->has_ret && !ev->error &&
	    strncmp(ev->call, "exit", 4) != 0)
		copy->t_ns = run_real_clock();
	copy->pid = p->pid;
	copy->who = xstrdup(p->name);
	kind = fold_call(&p->fold, ev);
	copy->folded = kind != FOLD_NONE;
	copy->startup = kind == FOLD_STARTUP;
	if (a->host_name[0])
		copy->host = xstrdup(a->host_name);
	run_add_event(r, copy);
}

/*
 * The rest of a trace that has ended: what nobody saw the end of stays unsaid,
 * but lines that made no sense are counted.
 */
static void trace_over(struct run *r, struct actor *a)
{
	strace_parser_end(a->parser);
	r->unparsed += strace_parser_counts(a->parser)->unparsed;
	loop_remove(r->loop, a->trace_fd);
	close(a->trace_fd);
	a->trace_fd = -1;
	for (size_t i = 0; i < r->num_procs; i++)
		if (r->procs[i]->actor == a)
			r->procs[i]->exited = true;
}

/* True as long as there may be more. */
static bool read_trace(struct run *r, struct actor *a)
{
	static char bytes[64 * 1024];
	ssize_t n = read(a->trace_fd, bytes, sizeof(bytes));

	if (n > 0) {
		strace_parser_feed(a->parser, bytes, n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		trace_over(r, a);
	return false;
}

static void on_trace(void *arg, int fd, short revents)
{
	struct run *r = arg;

	(void)revents;
	for (size_t i = 0; i < r->num_actors; i++)
		if (r->actors[i]->trace_fd == fd) {
			read_trace(r, r->actors[i]);
			return;
		}
}

static void on_message(void *arg, int fd, short revents)
{
	struct run *r = arg;
	struct actor *a = NULL;
	char bytes[1024];
	ssize_t n;

	(void)revents;
	for (size_t i = 0; i < r->num_actors; i++)
		if (r->actors[i]->message_fd == fd)
			a = r->actors[i];
	if (!a)
		return;
	n = read(fd, bytes, sizeof(bytes));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_remove(r->loop, fd);
		close(fd);
		a->message_fd = -1;
		return;
	}
	if (a->messages->len < 16384)
		buf_add(a->messages, bytes, n);
	if (strstr(a->messages->text, " attached"))
		a->attached = true;
}

void run_watch_strace(struct run *r, struct actor *a)
{
	a->sink[0] = a;
	a->sink[1] = r;
	a->parser = strace_parser_new(strace_event, a->sink);
	loop_add(r->loop, a->trace_fd, on_trace, r);
	loop_add(r->loop, a->message_fd, on_message, r);
}

void run_look_blocked(struct run *r, struct proc *p)
{
	struct actor *a = p->actor;
	struct event ev, *copy;
	int64_t since;

	if (!a->parser || a->trace_fd == -1 || !p->exec_seen ||
	    !strace_pending(a->parser, p->pid, &ev))
		return;
	since = ev.t_ns;
	if (since == p->blocked_since)
		return;
	/* What has come since may have ended the call. */
	if (read_trace(r, a) || a->trace_fd == -1 ||
	    !strace_pending(a->parser, p->pid, &ev) || ev.t_ns != since)
		return;
	p->blocked_since = since;
	if (a->is_puppet && not_told(p, &ev))
		return;
	p->in_call = true;
	copy = event_copy(&ev);
	copy->pid = p->pid;
	copy->who = xstrdup(p->name);
	copy->folded = copy->startup = p->fold.state != FOLD_PROGRAM;
	if (a->host_name[0])
		copy->host = xstrdup(a->host_name);
	run_add_event(r, copy);
}
