#include "session.h"

#include "beacon.h"
#include "box/frames.h"
#include "box/wire.h"
#include "buf.h"
#include "view/record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REST_LIMIT_NS (2 * 1000000000LL)

volatile sig_atomic_t session_interrupted, session_terminated;

static void say_plain(struct session *s, const char *reason)
{
	char *text = xasprintf("no glass box here (%s): plain mode, on this "
			       "machine's own pids and loopback. `doctor` "
			       "says more.", reason);

	s->view->ops->note(s->view, text);
	free(text);
}

int session_open_run(struct session *s, const char *dir, struct errmsg *err)
{
	struct run_options opt = {
		.plain = s->plain,
		.no_strace = s->no_strace || s->traced,
		.no_strace_reason = s->traced ?
			"another tracer has hold of underglass, and a process "
			"can have only one: ptrace(2)" :
			"--no-strace leaves system calls unseen",
		.dir = dir,
		.endless = s->interactive && !s->lab,
	};
	bool no_namespaces;

	session_close_run(s);
	s->run = run_open(&opt, &s->loop, &no_namespaces, err);
	if (!s->run && no_namespaces) {
		say_plain(s, err->text);
		err->text[0] = '\0';	/* it is said */
		s->plain = opt.plain = true;
		s->run = run_open(&opt, &s->loop, &no_namespaces, err);
	}
	if (!s->run)
		return -1;
	s->beacon = beacon_light(s->run, &s->loop);
	return 0;
}

int session_improvise(struct session *s, struct errmsg *err)
{
	struct view_scene scene = {
		.lab = "prompt",
		.lab_title = "by hand",
		.title = "a box of your own",
		.number = 1,
		.total = 1,
		.knobs = "",
	};

	char here[PATH_MAX];

	record_clear(s->record);
	/* ./PROGRAM is the person's own, from where underglass was started. */
	if (session_open_run(s, getcwd(here, sizeof(here)) && here[1] ?
			     here : NULL, err) == -1)
		return -1;
	scene.t0_ns = s->run->t0_ns;
	s->view->ops->scene(s->view, &scene);
	return 0;
}

void session_close_run(struct session *s)
{
	if (s->run) {
		frames_free(s->frames);
		s->frames = wire_take_frames(s->run->wire);
	}
	beacon_out(s->beacon, &s->loop);
	s->beacon = NULL;
	run_close(s->run);
	s->run = NULL;
}

void session_turn(struct session *s, int timeout_ms)
{
	if (s->turn) {
		s->turn(s, timeout_ms);
		return;
	}
	run_turn(s->run, timeout_ms);
	session_show_fresh(s);
}

void session_rest(struct session *s)
{
	int64_t limit = run_clock() + REST_LIMIT_NS;

	while (!run_at_rest(s->run) && run_clock() < limit &&
	       !session_interrupted && !session_terminated &&
	       !s->run->stopped && !s->run->box_gone)
		session_turn(s, 50);
}

void session_show_fresh(struct session *s)
{
	session_show_fresh_to(s, s->view);
}

void session_show_fresh_to(struct session *s, struct view *v)
{
	struct run *r = s->run;

	for (size_t i = r->shown; i < r->timeline.count; i++) {
		const struct event *ev = timeline_at(&r->timeline, i);

		if (ev)
			v->ops->event(v, ev);
	}
	r->shown = r->timeline.count;
	fflush(stdout);
	if (record_limit(s->record))
		s->view->ops->note(s->view, "So much has happened that from "
				   "here on it is shown but not kept; `reset` "
				   "begins anew.");
}

void session_set_limit(struct session *s, int seconds)
{
	s->limit_s = seconds;
	snprintf(s->limit_text, sizeof(s->limit_text), "it did not come "
		 "within the limit of %d s", seconds);
}
