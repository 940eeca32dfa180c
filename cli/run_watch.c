/*
 * Theory of operation. strace's pipes, the actors' terminals and init's socket
 * are read whenever they have something. /proc tells nobody anything, so it is
 * looked at: soon after each event, then at growing intervals while all is
 * quiet. A look tells only what differs from the last one.
 */
#include "run_watch_strace.h"

#include "box/reaper.h"
#include "box/wire.h"
#include "buf.h"
#include "probe/proc.h"

#include <errno.h>
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
		ev->t_ns = run_real_clock();
	run_touch(r);
	timeline_add(&r->timeline, ev);
	if (!r->opt.endless && r->timeline.count > RUN_MAX_EVENTS) {
		char why[96];

		snprintf(why, sizeof(why), "more than %d events; the box was "
			 "stopped at this limit", RUN_MAX_EVENTS);
		stop_run(r, why);
	}
}

struct proc *run_add_proc(struct run *r, struct actor *a, pid_t pid)
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

void run_count_processes(struct run *r)
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
	struct proc *p = run_add_proc(r, a, a->child.pid);

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
	ev->t_ns = run_real_clock();
	run_add_event(r, ev);
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
		run_look_blocked(r, p);
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
			run_add_proc(r, p->actor, list[k]);
	}
	run_count_processes(r);
}

/*
 * As long again as it has been quiet: 0.3, 0.6, 1.2, ... 50 ms. But one look
 * falls on the moment at which all may be at rest, for that is waited for.
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
