/*
 * recording - small recordings for tests, line by line
 *
 *	rec_begin();
 *	rec_scene("One", 1);
 *	rec_command("start a ./a");
 *	rec_call("a", 2, 0.001, "bind", "3, ..., 16", -1, "EADDRINUSE");
 *	char *text = rec_end();		(the caller frees it)
 *
 * Times are seconds. A pid of 0 is nobody's.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "buf.h"
#include "view/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	FILE *out;
	char *text;
	size_t size;
	struct view *view;
	unsigned int seq;
	bool expected;		/* the next event met a pattern */
} rec;

static inline void rec_begin(void)
{
	memset(&rec, 0, sizeof(rec));
	rec.out = open_memstream(&rec.text, &rec.size);
	rec.view = view_record_new(rec.out);
}

static inline char *rec_end(void)
{
	rec.view->ops->end(rec.view);
	fclose(rec.out);
	return rec.text;
}

static inline void rec_scene(const char *title, int number)
{
	struct view_scene s = {
		.lab = "test", .lab_title = "Test", .title = title,
		.number = number, .total = 9, .knobs = "",
	};

	rec.view->ops->scene(rec.view, &s);
}

static inline void rec_command(const char *text)
{
	rec.view->ops->command(rec.view, text);
}

static inline void rec_put(struct event *ev, const char *who, double t)
{
	ev->t_ns = t * 1e9;
	ev->seq = rec.seq++;
	ev->who = (char *)who;
	ev->expected = rec.expected ? "*" : NULL;
	rec.expected = false;
	rec.view->ops->event(rec.view, ev);
}

/* The event that comes next was expected. */
static inline void rec_expected(void)
{
	rec.expected = true;
}

static inline void rec_call_for(const char *who, int pid, double t,
				double blocked, const char *call,
				const char *args, long ret, const char *error)
{
	char *text = xasprintf("%s(%s) = %ld%s%s%s", call, args, ret,
			       error ? " " : "", error ? error : "",
			       error ? " (Some reason)" : "");
	struct event ev = {
		.kind = EV_CALL, .pid = pid, .text = text,
		.call = (char *)call, .args = (char *)args, .has_ret = true,
		.ret = ret, .error = (char *)error,
		.blocked_ns = blocked * 1e9,
	};

	rec_put(&ev, who, t);
	free(text);
}

static inline void rec_call(const char *who, int pid, double t,
			    const char *call, const char *args, long ret,
			    const char *error)
{
	rec_call_for(who, pid, t, 0, call, args, ret, error);
}

static inline void rec_blocks(const char *who, int pid, double t,
			      const char *call, const char *args)
{
	char *text = xasprintf("%s(%s) blocks", call, args);
	struct event ev = {
		.kind = EV_BLOCKED, .pid = pid, .text = text,
		.call = (char *)call, .args = (char *)args, .blocked_ns = -1,
	};

	rec_put(&ev, who, t);
	free(text);
}

static inline void rec_signal(const char *who, int pid, double t,
			      const char *signal, const char *rest)
{
	char *text = xasprintf("--- %s {si_signo=%s, %s} ---", signal, signal,
			       rest);
	struct event ev = {
		.kind = EV_SIGNAL, .pid = pid, .text = text,
		.signal = (char *)signal, .blocked_ns = -1,
	};

	rec_put(&ev, who, t);
	free(text);
}

/* signal NULL: exited with the status. */
static inline void rec_exit(const char *who, int pid, double t, int status,
			    const char *signal)
{
	char *text = signal ? xasprintf("+++ killed by %s +++", signal) :
		xasprintf("+++ exited with %d +++", status);
	struct event ev = {
		.kind = EV_EXIT, .pid = pid, .text = text,
		.has_ret = !signal, .ret = status, .signal = (char *)signal,
		.blocked_ns = -1,
	};

	rec_put(&ev, who, t);
	free(text);
}

static inline void rec_proc(const char *name, int pid, double t,
			    const char *state)
{
	char *text = xasprintf("%s %s", name, state);
	struct event ev = {
		.probe = PROBE_PROC, .kind = EV_PROC, .pid = pid,
		.text = text, .state = (char *)state, .blocked_ns = -1,
	};

	rec_put(&ev, "proc", t);
	free(text);
}

/* rest: "SYN seq 0 win 64240"; fate: "held", ..., or NULL. */
static inline void rec_packet(const char *from, const char *to, double t,
			      const char *rest, const char *fate)
{
	char *text = xasprintf("%s > %s  %s%s%s%s", from, to, rest,
			       fate ? " [" : "", fate ? fate : "",
			       fate ? "]" : "");
	char *host = xstrndup(from, strcspn(from, ":"));
	struct event ev = {
		.probe = PROBE_PACKET, .kind = EV_PACKET, .text = text,
		.from = (char *)from, .to = (char *)to, .host = host,
		.fate = fate, .blocked_ns = -1,
	};

	rec_put(&ev, "wire", t);
	free(text);
	free(host);
}

/* more: what stands behind the state, " unread 5", or "". */
static inline void rec_tcp(const char *from, const char *to, double t,
			   const char *old, const char *state,
			   const char *more)
{
	char *text = xasprintf("%s %s %s%s", from, to, state, more);
	char *host = xstrndup(from, strcspn(from, ":"));
	struct event ev = {
		.probe = PROBE_TCP, .kind = EV_TCP, .text = text,
		.from = (char *)from, .to = (char *)to, .host = host,
		.old_state = (char *)old, .state = (char *)state,
		.blocked_ns = -1,
	};

	rec_put(&ev, "tcp", t);
	free(text);
	free(host);
}

#endif
