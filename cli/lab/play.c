/*
 * Theory of operation. A scene gets a fresh box. Its steps are played in turn,
 * each a row of phases (play_phase.c). What a step explains is shown when all
 * of it held and could be seen. A step that did not hold ends its scene,
 * because what follows would rest on nothing; with a knob turned the scene goes
 * on, because then the difference is what one wants to see.
 */
#include "player.h"

#include "ask.h"
#include "beacon.h"
#include "box/wire.h"
#include "buf.h"
#include "view/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		enum outcome o = phase_play(p, &st.phases[i], step->number,
					    i == 0, err);
		if (o != STEP_HELD)
			outcome = o;
		/* A knob was turned: see what else is different. */
		if (o != STEP_HELD && !(o == STEP_NOT_HELD && p->s->turned))
			break;
	}
	if (asked && !p->run->no_ground &&
	    (outcome == STEP_HELD || outcome == STEP_NOT_HELD)) {
		int answer = step_grade(&st, asked, p->run);

		/* "None of these" may not be said of what cannot be seen. */
		if (answer || !p->unseen_part)
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
			/* It tells of what has not been seen, too. */
			if (p->run->no_ground)
				break;
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
		if (player_stopped())
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
	while (!player_stopped() && !p->run->box_gone) {
		player_turn(p, 200);
		if (p->s->interactive && ask_enter_pressed())
			break;
	}
	session_interrupted = 0;
}

static const char *who_ended(void)
{
	if (session_terminated == SIGHUP)
		return "ended: the terminal is gone (SIGHUP)";
	if (session_terminated)
		return "ended by SIGTERM";
	return session_interrupted ? "ended by ^C" : "ended on request";
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
	p->said_unexplained = p->cut_off = false;
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
	vd.stopped = outcome == STEP_INTERRUPTED ? who_ended() :
		p->run->stopped;
	p->view->ops->verdict(p->view, &vd);
	if (hold && outcome != STEP_INTERRUPTED)
		hold_box(p);
close_box:
	session_close_run(p->s);
	return outcome;
}

static bool is_used(const struct run *r)
{
	bool used = r->timeline.count || wire_num_hosts(r->wire);

	for (size_t i = 0; i < r->num_actors; i++)
		used |= !r->actors[i]->exited;
	return used;
}

/* A box that was made by hand lasts until its person ends it. */
static int check_own_box(const struct session *s, struct errmsg *err)
{
	if (!s->interactive || !s->run || !is_used(s->run))
		return 0;
	return errmsg_set(err, "your own box is open: `reset` ends it, and "
			  "`save FILE` keeps what was done in it");
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
	bool anything = false, blind = false;

	if (check_own_box(s, err) == -1)
		return EXIT_USAGE;
	if (!opt->goes_on)
		record_clear(s->record);
	s->lab = lab;
	s->turn = player_turn_for_command;
	s->turn_arg = &p;
	for (int n = first; n <= last; n++) {
		enum outcome o;

		do {
			p.view = s->view;
			o = play_scene(&p, n, opt->hold && n == last, err);
		} while (o == STEP_AGAIN);
		anything |= p.seen > 0;
		blind |= p.num_unobservable > 0;
		if (o == STEP_ERROR) {
			rc = p.rc;
			break;
		}
		if (o != STEP_HELD && !s->turned)
			rc = EXIT_NOT_HELD;
		if (o == STEP_INTERRUPTED)
			break;
	}
	if (rc == EXIT_HELD && blind && !anything && !s->turned)
		rc = EXIT_CANNOT;	/* nothing of it could be seen here */
	if (rc == EXIT_CANNOT && !err->text[0])
		errmsg_set(err, "nothing of it can be observed here, for the "
			   "reasons above; `doctor` says what would help");
	s->lab = NULL;
	s->turn = NULL;
	free(p.missing);
	free(p.unobservable);
	return rc;
}
