/*
 * Theory of operation. strace's pipes, the actors' terminals and init's socket
 * are read whenever they have something. /proc tells nobody anything, so it is
 * looked at: soon after each event, then at growing intervals while all is
 * quiet. A look tells only what differs from the last one.
 *
 * A call blocks if strace has shown its entry and no more, /proc says that the
 * process sleeps, and the pipe still has nothing more to say after that.
 */
#include "run_watch.h"

#include "box/puppet.h"
#include "box/reaper.h"
#include "box/wire.h"
#include "buf.h"
#include "probe/proc.h"
#include "probe/strace.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000LL
#define LOOK_SOON_NS	(300 * MS / 1000)
#define LOOK_LATEST_NS	(50 * MS)
/* Longer than a delayed ACK's first 40 ms (tcp(7), TCP_QUICKACK). */
#define REST_NS		(60 * MS)
#define SOON_REST_NS	(10 * MS)

/* Where nothing was ever sent, no delayed ACK can be on its way. */
static int64_t rest_ns(const struct run *r)
{
	return wire_seen(r->wire) ? REST_NS : SOON_REST_NS;
}

static int64_t real_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void stop_run(struct run *r, const char *why)
{
	if (!r->stopped)
		r->stopped = xstrdup(why);
}

void run_touch(struct run *r)
{
	r->last_event_ns = run_clock();
	r->next_look_ns = r->last_event_ns + LOOK_SOON_NS;
	r->rest_told = false;
}

void run_add_event(struct run *r, struct event *ev)
{
	if (!ev->t_ns)
		ev->t_ns = real_clock();
	run_touch(r);
	timeline_add(&r->timeline, ev);
	if (!r->opt.endless && r->timeline.count > RUN_MAX_EVENTS) {
		char why[96];

		snprintf(why, sizeof(why), "more than %d events; the box was "
			 "stopped at this limit", RUN_MAX_EVENTS);
		stop_run(r, why);
	}
}

static struct proc *proc_add(struct run *r, struct actor *a, pid_t pid)
{
	struct proc *p = run_proc(r, pid);

	/* A number comes back into use only after its end was told. */
	if (p && (!p->gone || (a->parser && !p->exited)))
		return p;
	p = xcalloc(1, sizeof(*p));
	p->pid = pid;
	p->actor = a;
	if (pid == a->child.pid) {
		p->name = xstrdup(a->name);
		p->named = true;
	} else {
		p->name = xasprintf("%s.%d", a->name, ++a->num_children);
		p->exec_seen = true;
	}
	r->procs = xrealloc(r->procs, (r->num_procs + 1) * sizeof(*r->procs));
	r->procs[r->num_procs++] = p;
	return p;
}

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

static void count_processes(struct run *r)
{
	char why[96];
	int alive = 0;

	for (size_t i = 0; i < r->num_procs; i++)
		alive += !r->procs[i]->gone && !r->procs[i]->exited;
	if (alive <= RUN_MAX_PROCESSES)
		return;
	snprintf(why, sizeof(why), "more than %d processes at one time; the "
		 "box was stopped at this limit", RUN_MAX_PROCESSES);
	stop_run(r, why);
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
	p = proc_add(r, a, ev->pid ? ev->pid : a->child.pid);
	if (before_program(p, ev) || (a->is_puppet && not_told(p, ev)))
		return;
	if (ev->kind == EV_CALL && run_makes_process(ev->call) &&
	    ev->ret > 0) {
		proc_add(r, a, ev->ret)->fold = p->fold;
		count_processes(r);
	}
	if (ev->kind == EV_CALL) {
		learn_port(r, a, ev);
		learn_refusal(r, ev);
	}
	if (ev->kind == EV_EXIT)
		p->exited = true;
	p->in_call = false;
	copy = event_copy(ev);
	/* Killed in the call: strace knows the entry alone, we that it is over. */
	if (ev->kind == EV_CALL && !ev->has_ret && !ev->error &&
	    strncmp(ev->call, "exit", 4) != 0)
		copy->t_ns = real_clock();
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

/* What an actor prints is in its write() calls already; only keep it going. */
static void on_terminal(void *arg, int fd, short revents)
{
	struct run *r = arg;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)revents;
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	/*
	 * EIO: nobody has the other side open any more. Only closing this side
	 * would hang it up, and send SIGHUP to a program that lives on.
	 */
	loop_remove(r->loop, fd);
}

void run_watch_actor(struct run *r, struct actor *a)
{
	struct proc *p = proc_add(r, a, a->child.pid);

	p->exec_seen = r->opt.no_strace || a->untraced;
	loop_add(r->loop, a->pty, on_terminal, r);
}

static void on_box(void *arg, int fd, short revents)
{
	struct run *r = arg;
	struct box_exit ex;
	int n;

	(void)fd;
	(void)revents;
	while ((n = box_read(r->box, &ex)) == 1)
		for (size_t i = 0; i < r->num_actors; i++) {
			struct actor *a = r->actors[i];

			if (a->child.pid == ex.pid) {
				a->exited = true;
				a->status = ex.status;
				r->next_look_ns = 0;
			}
			if (a->tracer == ex.pid)
				a->tracer_gone = true;
		}
	if (n == -1) {
		r->box_gone = true;
		loop_remove(r->loop, box_control_fd(r->box));
	}
}

void run_watch_box(struct run *r)
{
	loop_add(r->loop, box_control_fd(r->box), on_box, r);
}

static void proc_event(struct run *r, struct proc *p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void proc_event(struct run *r, struct proc *p, const char *fmt, ...)
{
	struct event *ev = xcalloc(1, sizeof(*ev));
	struct buf text = { 0 };
	char what[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	buf_fmt(&text, "%s %s", p->name, what);
	ev->probe = PROBE_PROC;
	ev->kind = EV_PROC;
	ev->blocked_ns = -1;
	ev->pid = p->pid;
	ev->who = xstrdup("proc");
	ev->text = buf_take(&text);
	ev->state = xstrdup(what);
	ev->t_ns = real_clock();
	run_add_event(r, ev);
}

/* The line strace has begun, if the process really sleeps in that call. */
static void look_blocked(struct run *r, struct proc *p)
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

static void look_at(struct run *r, struct proc *p)
{
	struct proc_stat st;

	if (!proc_look(box_proc_fd(r->box), p->pid, &st)) {
		/* strace's last line about it comes first. */
		if (p->actor->trace_fd != -1 && !p->exited)
			return;
		p->gone = true;
		proc_event(r, p, "gone");
		return;
	}
	if (p->ppid && st.ppid != p->ppid)
		proc_event(r, p, "parent %d (was %d)", st.ppid, p->ppid);
	p->ppid = st.ppid;
	if (st.state == 'Z' && p->actor->trace_fd != -1 && !p->exited)
		return;		/* as above */
	if (st.state != p->state && (st.state == 'Z' || st.state == 'T')) {
		proc_event(r, p, "%c (%s) parent %d", st.state,
			   proc_state_word(st.state), st.ppid);
		p->state = st.state;
	} else if (p->state == 'T' && strchr("RSD", st.state)) {
		proc_event(r, p, "%c (%s) parent %d", st.state,
			   proc_state_word(st.state), st.ppid);
		p->state = 0;
	}
	p->asleep = st.state == 'S' || st.state == 'Z' || st.state == 'T' ||
		st.state == 'D';
	if (st.state == 'S')
		look_blocked(r, p);
}

/* Without strace nobody tells of children: look for them. */
static void find_children(struct run *r)
{
	for (size_t i = 0; i < r->num_procs; i++) {
		struct proc *p = r->procs[i];
		pid_t list[64];
		int n = 0;

		if (!p->gone)
			n = proc_children(box_proc_fd(r->box), p->pid, list,
					  64);
		for (int k = 0; k < n; k++)
			proc_add(r, p->actor, list[k]);
	}
	count_processes(r);
}

/*
 * As long again as it has been quiet: 0.3, 0.6, 1.2, ... 50 ms. But one look
 * falls on the moment at which everything may be at rest, for that is waited for.
 */
static int64_t until_next_look(const struct run *r, int64_t quiet)
{
	int64_t rest = rest_ns(r);
	int64_t wait = quiet;

	if (wait < LOOK_SOON_NS)
		wait = LOOK_SOON_NS;
	if (wait > LOOK_LATEST_NS)
		wait = LOOK_LATEST_NS;
	return quiet < rest && quiet + wait > rest ? rest - quiet : wait;
}

static void look(struct run *r)
{
	int64_t now = run_clock();
	int64_t quiet = now - r->last_event_ns;

	if (now < r->next_look_ns)
		return;
	r->looked_ns = now;
	if (r->opt.no_strace)
		find_children(r);
	for (size_t i = 0; i < r->num_procs; i++)
		if (!r->procs[i]->gone && r->procs[i]->exec_seen)
			look_at(r, r->procs[i]);
	wire_look(r->wire, false);
	if (r->want_counts)
		wire_count(r->wire);
	if (!r->rest_told && run_at_rest(r)) {
		r->rest_told = true;
		wire_look(r->wire, true);
	}
	if (r->next_look_ns <= now)
		r->next_look_ns = now + until_next_look(r, quiet);
}

bool run_turn(struct run *r, int timeout_ms)
{
	int64_t now = run_clock();
	int64_t until = r->next_look_ns;
	int64_t due = wire_due(r->wire);

	if (timeout_ms >= 0 && until > now + timeout_ms * MS)
		until = now + timeout_ms * MS;
	if (due && until > due)
		until = due;
	loop_turn(r->loop, until > now ? until - now : 0);
	if (due)
		wire_let_due(r->wire);
	if (!r->stopped)
		look(r);
	timeline_flush(&r->timeline, &r->fresh);
	return r->fresh < r->timeline.count;
}

bool run_at_rest(const struct run *r)
{
	/* Who slept before the last event may have been woken by it. */
	if (r->looked_ns - r->last_event_ns < rest_ns(r) || wire_due(r->wire))
		return false;
	for (size_t i = 0; i < r->num_procs; i++)
		if (!r->procs[i]->gone && !r->procs[i]->asleep)
			return false;
	return true;
}

void run_watch_renamed(struct run *r, struct proc *p)
{
	struct timeline *tl = &r->timeline;

	for (size_t i = tl->first; i < tl->count; i++) {
		struct event *ev = timeline_at(tl, i);
		struct buf text = { 0 };

		if (ev->pid != p->pid)
			continue;
		if (ev->kind == EV_PROC) {
			buf_fmt(&text, "%s %s", p->name, ev->state);
			free(ev->text);
			ev->text = buf_take(&text);
		} else if (ev->who) {
			free(ev->who);
			ev->who = xstrdup(p->name);
		}
	}
}
