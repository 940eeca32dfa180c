/*
 * One phase of a step: its commands, then turns until everything that it
 * expects has come, or nothing more can come, or the limit is reached. Every
 * event is matched before it is shown, so that it is shown as what it is.
 */
#include "player.h"

#include "box/wire.h"
#include "buf.h"
#include "command.h"
#include "pace.h"

#include <stdlib.h>
#include <string.h>

#define S_NS 1000000000LL
#define WHAT_IF_S 2

bool player_stopped(void)
{
	return session_interrupted || session_terminated;
}

static void on_met(void *arg, struct expect *ex, struct event *ev)
{
	struct player *p = arg;

	p->seen++;
	if (ex->event + 1 > p->last_met)
		p->last_met = ex->event + 1;
	if (ex->event < p->run->shown)
		p->view->ops->met(p->view, ev);
}

/* One turn: what came is matched first, so that it is shown as what it is. */
static void take_turn(struct player *p, struct phase *ph, int step, int ms)
{
	struct run *r = p->run;

	run_turn(r, ms);
	for (size_t i = r->shown; i < r->timeline.count; i++) {
		struct event *ev = timeline_at(&r->timeline, i);

		if (ev)
			ev->step = step;
	}
	if (ph) {
		phase_name_unseen(ph, r);
		phase_match(ph, r, on_met, p);
	}
	session_show_fresh_to(p->s, p->view);
}

static void add_missing(struct player *p, const struct phase *ph,
			const struct expect *ex, const char *why)
{
	struct view_missing m = {
		.who = ex->line->who,
		.pattern = ex->line->pattern,
		.file = p->h->path,
		.line = ex->line->line,
		.never = ex->line->kind == LINE_NEVER,
		.why = why,
	};

	if (m.never)
		m.nearest[0] = timeline_at(&p->run->timeline, ex->event);
	else
		phase_nearest(ph, ex, p->run, m.nearest);
	p->view->ops->missing(p->view, &m);
	/* Events go with the box; the verdict is told after it. */
	memset(m.nearest, 0, sizeof(m.nearest));
	p->missing = xrealloc(p->missing,
			      (p->num_missing + 1) * sizeof(*p->missing));
	p->missing[p->num_missing++] = m;
}

static void mark_unobservable(struct player *p, struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++) {
		struct expect *ex = &ph->expects[i];
		struct view_unobservable u = {
			ex->line->who, ex->line->pattern,
			run_unobservable(p->run, ex->line->who),
		};

		if (!u.reason && p->cut_off)
			u.reason = "it rests on a value that could not be seen";
		if (!u.reason || ex->unobservable || ex->met)
			continue;
		ex->unobservable = u.reason;
		p->unseen_part = true;
		p->expected--;
		p->view->ops->unobservable(p->view, &u);
		p->unobservable = xrealloc(p->unobservable,
					   (p->num_unobservable + 1) *
					   sizeof(*p->unobservable));
		p->unobservable[p->num_unobservable++] = u;
	}
}

static bool wants_counts(const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++)
		if (!strcmp(ph->expects[i].line->who, "count"))
			return true;
	return false;
}

static bool needs_rest(const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++)
		if (ph->expects[i].unobservable)
			return true;
	return phase_needs_rest(ph);
}

/* The first that is still awaited; NULL: only rest is. */
static const struct expect *awaited(const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++) {
		const struct expect *ex = &ph->expects[i];

		if (ex->line->kind == LINE_EXPECT && !ex->unobservable &&
		    !ex->met)
			return ex;
	}
	return NULL;
}

static bool hopeless(const struct player *p, const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++) {
		const struct expect *ex = &ph->expects[i];

		if (ex->line->kind == LINE_EXPECT && !ex->unobservable &&
		    !ex->met && !run_can_still(p->run, ex->line->who))
			return true;
	}
	return false;
}

static void say_waiting(struct player *p, const struct phase *ph, int seconds)
{
	const struct expect *ex = awaited(ph);
	char *what = ex ? xasprintf("%s  %s", ex->line->who,
				    ex->line->pattern) :
		xstrdup("everything to come to rest");

	p->view->ops->waiting(p->view, what, seconds);
	free(what);
}

/* Returns NULL when all has come, else why no more is waited for. */
static const char *await_phase(struct player *p, struct phase *ph, int step)
{
	int64_t start = run_clock();
	int told = 0, next = 1;

	for (;;) {
		int seen = p->seen, seconds;

		take_turn(p, ph, step, 50);
		mark_unobservable(p, ph);	/* it may turn out only now */
		if (player_stopped())
			return "ended before it could come";
		if (p->run->stopped)
			return p->run->stopped;
		if (phase_complete(ph) &&
		    (!needs_rest(ph) || run_at_rest(p->run)))
			return NULL;
		if (hopeless(p, ph)) {
			/* The last of it may have come just now. */
			take_turn(p, ph, step, 0);
			if (hopeless(p, ph))
				return "nothing more can come of it: it has "
					"ended";
		}
		if (p->seen > seen) {
			start = run_clock();
			told = 0;
			next = 1;
		}
		seconds = (run_clock() - start) / S_NS;
		/* A what-if is to show a difference, not to be waited for. */
		if (p->s->turned && seconds >= WHAT_IF_S &&
		    run_at_rest(p->run) && !wire_will_repeat(p->run->wire))
			return "with this knob nothing moves any more";
		if (seconds >= p->s->limit_s)
			return p->s->limit_text;
		if (seconds > told && seconds >= next) {
			say_waiting(p, ph, seconds);
			told = seconds;
			next = seconds * 3;
		}
	}
}

/* A command that waits takes its turns here, so that nothing goes unmatched. */
void player_turn_for_command(struct session *s, int ms)
{
	struct player *p = s->turn_arg;

	take_turn(p, p->phase, p->step, ms);
}

static void tell_failed(struct player *p, const struct step_line *line,
			const char *why)
{
	char *text = xasprintf("%s:%d: %s", p->h->path, line->line, why);

	p->view->ops->note(p->view, text);
	free(text);
}

/*
 * A command uses what only an unobservable line would have told: the rest of
 * the scene is unobservable, too.
 */
static void cut_off(struct player *p, const struct step_line *line)
{
	char *text = xasprintf("`%s` cannot be done here: what a $name in it "
			       "stands for could not be seen.", line->text);

	p->cut_off = true;
	p->view->ops->note(p->view, text);
	free(text);
}

/* 0; 1 if one of them could not be done any more; -1 and *err. */
static int run_commands(struct player *p, const struct phase *ph,
			struct errmsg *err)
{
	for (size_t i = 0; i < ph->num_commands; i++) {
		const struct step_line *line = &ph->commands[i];
		struct errmsg why = { 0 };
		char *shown;

		if (line->kind != LINE_COMMAND || p->cut_off)
			continue;
		shown = names_expand(&p->run->names, line->text, &why);
		if (!shown && p->num_unobservable) {
			cut_off(p, line);
			continue;
		}
		p->view->ops->command(p->view, shown ? shown : line->text);
		free(shown);
		run_touch(p->run);
		p->rc = command_line(p->s, CMD_HANDOUT, line->text, &why);
		if (p->rc == EXIT_HELD)
			continue;
		/* What it is about may not be there at all. */
		if (p->rc == EXIT_NOT_HELD && p->run->no_ground)
			continue;
		if (p->rc == EXIT_NOT_HELD) {
			/* The kernel or the program went another way. */
			tell_failed(p, line, why.text);
			return 1;
		}
		return errmsg_set(err, "%s:%d: %s", p->h->path, line->line,
				  why.text[0] ? why.text : "it failed");
	}
	return 0;
}

/* A person may want to look around before it goes on. */
static enum outcome pause_before(struct player *p, const struct phase *ph,
				 bool first)
{
	bool frames = ph->num_commands && wire_held(p->run->wire) &&
		!strncmp(ph->commands[0].text, "wire", 4);

	if (!first && !frames)
		return STEP_HELD;
	switch (pace_wait(p->s, ph->num_commands ? ph->commands[0].text :
			  "more of what comes by itself")) {
	case PACE_AGAIN:
		return STEP_AGAIN;
	case PACE_OUT:
		return STEP_INTERRUPTED;
	default:
		return STEP_HELD;
	}
}

static enum outcome play_phase(struct player *p, struct phase *ph, int step,
			       struct errmsg *err)
{
	const char *why;
	int failed;

	ph->from = ph->num_commands ? p->run->timeline.count : p->last_met;
	p->phase = ph;
	p->step = step;
	if (wants_counts(ph)) {
		p->run->want_counts = true;
		wire_count_base(p->run->wire);
	}
	mark_unobservable(p, ph);
	failed = run_commands(p, ph, err);
	if (failed == -1)
		return STEP_ERROR;
	/* A command may be what made the rest unobservable. */
	mark_unobservable(p, ph);
	why = failed ? "a command above could not be done" :
		await_phase(p, ph, step);
	if (player_stopped())
		return STEP_INTERRUPTED;
	if (phase_settle(ph, p->run) == 0 && !why && !failed) {
		for (size_t i = 0; i < ph->num_expects; i++)
			p->seen += ph->expects[i].line->kind == LINE_NEVER &&
				!ph->expects[i].unobservable;
		return STEP_HELD;
	}
	for (size_t i = 0; i < ph->num_expects; i++) {
		struct expect *ex = &ph->expects[i];

		if (ex->broken)
			add_missing(p, ph, ex, NULL);
		else if (ex->line->kind == LINE_EXPECT && !ex->met &&
			 !ex->unobservable)
			add_missing(p, ph, ex, why);
	}
	return STEP_NOT_HELD;
}

enum outcome phase_play(struct player *p, struct phase *ph, int step,
			bool first, struct errmsg *err)
{
	enum outcome o = pause_before(p, ph, first);

	return o == STEP_HELD ? play_phase(p, ph, step, err) : o;
}

void player_turn(struct player *p, int timeout_ms)
{
	take_turn(p, NULL, p->step, timeout_ms);
}
