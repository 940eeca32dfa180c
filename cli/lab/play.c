/*
 * Theory of operation. A scene gets a fresh box. Each step is a row of phases
 * (step.h): its commands are run, then turns are taken until everything that
 * the phase expects has come, or nothing more can come, or the limit is
 * reached. Every event is shown as it comes; what the step explains is shown
 * when all of it held and could be seen. A step that did not hold ends its scene, because what
 * follows would rest on nothing; with a knob turned the scene goes on, because
 * then the difference is what one wants to see.
 */
#include "play.h"

#include "ask.h"
#include "beacon.h"
#include "box/wire.h"
#include "buf.h"
#include "command.h"
#include "pace.h"
#include "step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S_NS 1000000000LL
#define WHAT_IF_S 2

struct player {
	struct session *s;
	const struct handout *h;
	const struct play_options *opt;
	struct view *view;
	struct run *run;
	struct view *unseen;	/* in a quiz: what comes before the question */
	bool said_unexplained;	/* once a scene */
	bool unseen_part;	/* of this step something is unobservable */
	struct phase *phase;	/* that is being played */
	int step;
	size_t last_met;	/* one past the last event that was expected */

	int seen, expected;
	struct view_missing *missing;
	size_t num_missing;
	struct view_unobservable *unobservable;
	size_t num_unobservable;
	int rc;			/* of a command that failed */
};

enum outcome {
	STEP_HELD,
	STEP_NOT_HELD,
	STEP_INTERRUPTED,
	STEP_AGAIN,		/* the person wants the scene once more */
	STEP_ERROR,		/* a command failed; *err */
};

static bool stopped_by_person(void)
{
	return session_interrupted || session_terminated;
}

static void on_met(void *arg, struct expect *ex, struct event *ev)
{
	struct player *p = arg;

	p->seen++;
	if (ex->event + 1 > p->last_met)
		p->last_met = ex->event + 1;
	if (ex->event < p->run->fresh)
		p->view->ops->met(p->view, ev);
}

/* One turn: what came is matched first, so that it is shown as what it is. */
static void take_turn(struct player *p, struct phase *ph, int step, int ms)
{
	struct run *r = p->run;

	run_turn(r, ms);
	for (size_t i = r->fresh; i < r->timeline.count; i++) {
		struct event *ev = timeline_at(&r->timeline, i);

		if (ev)
			ev->step = step;
	}
	if (ph)
		phase_match(ph, r, on_met, p);
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

		if (!u.reason || ex->unobservable)
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
		if (stopped_by_person())
			return "ended by ^C";
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
		    run_at_rest(p->run))
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
static void turn_for_command(struct session *s, int ms)
{
	struct player *p = s->turn_arg;

	take_turn(p, p->phase, p->step, ms);
}

static int run_commands(struct player *p, const struct phase *ph,
			struct errmsg *err)
{
	for (size_t i = 0; i < ph->num_commands; i++) {
		const struct step_line *line = &ph->commands[i];
		struct errmsg why = { 0 };
		char *shown;

		if (line->kind != LINE_COMMAND)
			continue;
		shown = names_expand(&p->run->names, line->text, &why);
		p->view->ops->command(p->view, shown ? shown : line->text);
		free(shown);
		p->run->last_event_ns = run_clock();
		p->rc = command_line(p->s, CMD_HANDOUT, line->text, &why);
		if (p->rc == EXIT_HELD)
			continue;
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

	ph->from = ph->num_commands ? p->run->timeline.count : p->last_met;
	p->phase = ph;
	p->step = step;
	if (wants_counts(ph)) {
		p->run->want_counts = true;
		wire_count_base(p->run->wire);
	}
	mark_unobservable(p, ph);
	if (run_commands(p, ph, err) == -1)
		return STEP_ERROR;
	/* A command may be what made the rest unobservable. */
	mark_unobservable(p, ph);
	why = await_phase(p, ph, step);
	if (stopped_by_person())
		return STEP_INTERRUPTED;
	if (phase_settle(ph, p->run) == 0 && !why) {
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

static enum outcome play_step(struct player *p, const struct step *step,
			      const struct prediction *asked, int guess,
			      struct errmsg *err)
{
	enum outcome outcome = STEP_HELD;
	struct step_state st;

	step_init(&st, step);
	st.from = p->run->timeline.count;
	p->unseen_part = false;
	p->view->ops->step(p->view, step->number);
	for (size_t i = 0; i < st.num_phases; i++) {
		enum outcome o = pause_before(p, &st.phases[i], i == 0);

		if (o == STEP_HELD)
			o = play_phase(p, &st.phases[i], step->number, err);
		if (o != STEP_HELD)
			outcome = o;
		/* A knob was turned: see what else is different. */
		if (o != STEP_HELD && !(o == STEP_NOT_HELD && p->s->turned))
			break;
	}
	if (asked && (outcome == STEP_HELD || outcome == STEP_NOT_HELD)) {
		int answer = step_grade(&st, asked, p->run);

		p->view->ops->graded(p->view, answer, guess);
		p->s->guesses += guess > 0;
		p->s->right += guess > 0 && guess == answer;
	}
	p->phase = NULL;
	step_release(&st);
	return outcome;
}

static int ask(struct player *p, const struct prediction *pr)
{
	struct view_option *options = xcalloc(pr->count, sizeof(*options));
	int guess = 0;

	for (size_t i = 0; i < pr->count; i++) {
		options[i].pattern = xasprintf("%s %s", pr->options[i].who,
					       pr->options[i].pattern);
		options[i].text = pr->options[i].text;
	}
	p->view->ops->question(p->view, pr->question, options, pr->count);
	for (size_t i = 0; i < pr->count; i++)
		free((char *)options[i].pattern);
	free(options);
	if (p->s->interactive && p->s->predict && p->view == p->s->view)
		guess = ask_number("your guess", pr->count);
	return guess;
}

/*
 * A quiz is about one prediction: what comes before it happens unseen, what
 * comes after it does not happen.
 */
static void tune_view(struct player *p, int item)
{
	if (!p->opt->prediction)
		return;
	p->view = item + 2 >= p->opt->prediction ? p->s->view : p->unseen;
}

static bool step_of_quiz(const struct player *p, int item)
{
	return item >= p->opt->prediction;
}

static void say_unexplained(struct player *p)
{
	if (!p->said_unexplained)
		p->view->ops->note(p->view, "What follows from this step is "
				   "not explained here: part of it could not "
				   "be seen.");
	p->said_unexplained = true;
}

static enum outcome play_items(struct player *p, const struct scene *scene,
			       struct errmsg *err)
{
	const struct prediction *asked = NULL;
	enum outcome all = STEP_HELD, last = STEP_HELD;
	int step = 0, guess = 0;

	for (size_t i = 0; i < scene->count; i++) {
		const struct item *item = &scene->items[i];

		tune_view(p, i);
		switch (item->kind) {
		case ITEM_PREDICTION:
			asked = &item->prediction;
			guess = ask(p, asked);
			break;
		case ITEM_PROSE:
			/* What follows a step is said only if it held. */
			if (step && last == STEP_HELD && !p->unseen_part)
				p->view->ops->explain(p->view, step,
						      item->prose,
						      item->verbatim);
			else if (step && last == STEP_HELD)
				say_unexplained(p);
			else if (!step)
				p->view->ops->prose(p->view, item->prose,
						    item->verbatim);
			break;
		case ITEM_STEP:
			last = play_step(p, &item->step, asked, guess, err);
			asked = NULL;
			step = item->step.number;
			if (last != STEP_HELD)
				all = last;
			if (last != STEP_HELD &&
			    !(last == STEP_NOT_HELD && p->s->turned))
				return all;
			if (p->opt->prediction && step_of_quiz(p, i))
				return all;
			break;
		case NUM_ITEM_KINDS:
			break;
		}
		if (stopped_by_person())
			return STEP_INTERRUPTED;
	}
	return all;
}

static int count_expected(const struct scene *scene)
{
	int n = 0;

	for (size_t i = 0; i < scene->count; i++) {
		if (scene->items[i].kind != ITEM_STEP)
			continue;
		for (size_t k = 0; k < scene->items[i].step.count; k++)
			n += scene->items[i].step.lines[k].kind !=
				LINE_COMMAND;
	}
	return n;
}

static void tell_scene(struct player *p, int number)
{
	struct buf knobs = { 0 };
	struct view_scene vs = {
		.lab = p->s->lab->name,
		.lab_title = p->h->title,
		.title = p->h->scenes[number - 1].title,
		.number = number,
		.total = p->h->count,
		.t0_ns = p->run->t0_ns,
	};

	for (size_t i = 0; i < p->s->knobs.count; i++)
		buf_fmt(&knobs, "%s%s=%s", i ? " " : "",
			p->s->knobs.list[i].name, p->s->knobs.list[i].value);
	vs.knobs = knobs.text ? knobs.text : "";
	p->view->ops->scene(p->view, &vs);
	buf_release(&knobs);
	for (size_t i = 0; number == 1 && i < p->h->intro_count; i++)
		p->view->ops->prose(p->view, p->h->intro[i].prose,
				    p->h->intro[i].verbatim);
}

/* The end of the last scene: everything stands until the person goes on. */
static void hold_box(struct player *p)
{
	struct buf text = { 0 };

	buf_str(&text, "Held. `underglass pids`, from another terminal, "
		"prints the outside's pids of what lives in the box; ");
	buf_str(&text, p->s->interactive ? "Enter goes on." : "^C ends it.");
	p->view->ops->note(p->view, text.text);
	buf_release(&text);
	if (!p->s->json && !p->s->interactive)
		beacon_write_pids(p->run, stdout);
	fflush(stdout);
	while (!stopped_by_person() && !p->run->box_gone) {
		take_turn(p, NULL, 0, 200);
		if (p->s->interactive && ask_enter_pressed())
			break;
	}
	session_interrupted = 0;
}

static enum outcome play_scene(struct player *p, int number, bool hold,
			       struct errmsg *err)
{
	const struct scene *scene = &p->h->scenes[number - 1];
	struct view_verdict vd = { 0 };
	enum outcome outcome;

	p->seen = 0;
	p->num_missing = p->num_unobservable = 0;
	p->last_met = 0;
	p->said_unexplained = false;
	p->s->turned = false;
	p->expected = count_expected(scene);
	if (session_open_run(p->s, p->s->lab->program_dir, err) == -1) {
		p->rc = EXIT_CANNOT;
		return STEP_ERROR;
	}
	p->run = p->s->run;
	tell_scene(p, number);
	outcome = play_items(p, scene, err);
	if (outcome == STEP_ERROR || outcome == STEP_AGAIN ||
	    p->opt->prediction)
		goto close_box;
	vd.held = outcome == STEP_HELD;
	vd.what_if = p->s->turned;
	vd.seen = p->seen;
	vd.expected = p->expected;
	vd.missing = p->missing;
	vd.num_missing = p->num_missing;
	vd.unobservable = p->unobservable;
	vd.num_unobservable = p->num_unobservable;
	vd.unparsed = p->run->unparsed;
	vd.stopped = outcome == STEP_INTERRUPTED ? "ended by ^C" :
		p->run->stopped;
	p->view->ops->verdict(p->view, &vd);
	if (hold && outcome != STEP_INTERRUPTED)
		hold_box(p);
close_box:
	session_close_run(p->s);
	return outcome;
}

int play(struct session *s, const struct lab *lab, const struct handout *h,
	 const struct play_options *opt, struct errmsg *err)
{
	struct view quiet = { &view_quiet_ops };
	struct player p = { .s = s, .h = h, .opt = opt, .view = s->view,
			    .unseen = &quiet };
	int first = opt->scene ? opt->scene : 1;
	int last = opt->scene ? opt->scene : (int)h->count;
	int rc = EXIT_HELD;
	bool anything = false;

	s->lab = lab;
	s->turn = turn_for_command;
	s->turn_arg = &p;
	for (int n = first; n <= last; n++) {
		enum outcome o;

		do {
			p.view = s->view;
			o = play_scene(&p, n, opt->hold && n == last, err);
		} while (o == STEP_AGAIN);
		anything |= p.seen > 0;
		if (o == STEP_ERROR) {
			rc = p.rc;
			break;
		}
		if (o != STEP_HELD && !s->turned)
			rc = EXIT_NOT_HELD;
		if (o == STEP_INTERRUPTED)
			break;
	}
	if (rc == EXIT_HELD && !anything && !s->turned)
		rc = EXIT_CANNOT;	/* nothing of it could be seen here */
	if (rc == EXIT_CANNOT && !err->text[0])
		errmsg_set(err, "nothing of this lab can be observed here; "
			   "`doctor` says what is missing");
	s->lab = NULL;
	s->turn = NULL;
	free(p.missing);
	free(p.unobservable);
	return rc;
}
