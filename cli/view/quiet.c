/* The view that says nothing: what other views are made from. */
#include "view.h"

static void quiet_number(struct view *v, int number)
{
	(void)v;
	(void)number;
}

static void quiet_text(struct view *v, const char *text)
{
	(void)v;
	(void)text;
}

static void quiet_scene(struct view *v, const struct view_scene *s)
{
	(void)v;
	(void)s;
}

static void quiet_event(struct view *v, const struct event *ev)
{
	(void)v;
	(void)ev;
}

static void quiet_prose(struct view *v, const char *text, bool verbatim)
{
	(void)v;
	(void)text;
	(void)verbatim;
}

static void quiet_explain(struct view *v, int step, const char *text,
			  bool verbatim)
{
	(void)step;
	quiet_prose(v, text, verbatim);
}

static void quiet_question(struct view *v, const char *question,
			   const struct view_option *options, size_t count)
{
	(void)v;
	(void)question;
	(void)options;
	(void)count;
}

static void quiet_graded(struct view *v, int answer, int guess)
{
	(void)v;
	(void)answer;
	(void)guess;
}

static void quiet_waiting(struct view *v, const char *what, int seconds)
{
	(void)v;
	(void)what;
	(void)seconds;
}

static void quiet_missing(struct view *v, const struct view_missing *m)
{
	(void)v;
	(void)m;
}

static void quiet_unobservable(struct view *v,
			       const struct view_unobservable *u)
{
	(void)v;
	(void)u;
}

static void quiet_verdict(struct view *v, const struct view_verdict *vd)
{
	(void)v;
	(void)vd;
}

static void quiet_summary(struct view *v, const char *const *labs,
			  const bool *held, size_t count)
{
	(void)v;
	(void)labs;
	(void)held;
	(void)count;
}

static void quiet_end(struct view *v)
{
	(void)v;
}

const struct view_ops view_quiet_ops = {
	.scene = quiet_scene,
	.step = quiet_number,
	.command = quiet_text,
	.event = quiet_event,
	.met = quiet_event,
	.prose = quiet_prose,
	.explain = quiet_explain,
	.question = quiet_question,
	.graded = quiet_graded,
	.waiting = quiet_waiting,
	.note = quiet_text,
	.interrupted = quiet_end,
	.missing = quiet_missing,
	.unobservable = quiet_unobservable,
	.verdict = quiet_verdict,
	.summary = quiet_summary,
	.end = quiet_end,
};
