/* The view that hands everything on to two others. */
#include "view.h"

#include "buf.h"

#include <stdlib.h>

struct tee {
	struct view view;
	struct view *a, *b;
};

/* One function for each of the view's: to a, then to b. */
#define BOTH(name, params, args) \
	static void tee_##name params \
	{ \
		struct tee *t = (struct tee *)v; \
		v = t->a; \
		t->a->ops->name args; \
		v = t->b; \
		t->b->ops->name args; \
	}

BOTH(scene, (struct view *v, const struct view_scene *s), (v, s))
BOTH(step, (struct view *v, int number), (v, number))
BOTH(command, (struct view *v, const char *text), (v, text))
BOTH(event, (struct view *v, const struct event *ev), (v, ev))
BOTH(met, (struct view *v, const struct event *ev), (v, ev))
BOTH(prose, (struct view *v, const char *text, bool verbatim),
     (v, text, verbatim))
BOTH(explain, (struct view *v, int step, const char *text, bool verbatim),
     (v, step, text, verbatim))
BOTH(question, (struct view *v, const char *question,
		const struct view_option *options, size_t count),
     (v, question, options, count))
BOTH(graded, (struct view *v, int answer, int guess), (v, answer, guess))
BOTH(waiting, (struct view *v, const char *what, int seconds),
     (v, what, seconds))
BOTH(note, (struct view *v, const char *text), (v, text))
BOTH(interrupted, (struct view *v), (v))
BOTH(missing, (struct view *v, const struct view_missing *m), (v, m))
BOTH(unobservable, (struct view *v, const struct view_unobservable *u),
     (v, u))
BOTH(verdict, (struct view *v, const struct view_verdict *vd), (v, vd))
BOTH(summary, (struct view *v, const char *const *labs, const bool *held,
	       size_t count), (v, labs, held, count))

#undef BOTH

static void tee_end(struct view *v)
{
	struct tee *t = (struct tee *)v;

	t->a->ops->end(t->a);
	t->b->ops->end(t->b);
	free(t);
}

static const struct view_ops tee_ops = {
	.scene = tee_scene,
	.step = tee_step,
	.command = tee_command,
	.event = tee_event,
	.met = tee_met,
	.prose = tee_prose,
	.explain = tee_explain,
	.question = tee_question,
	.graded = tee_graded,
	.waiting = tee_waiting,
	.note = tee_note,
	.interrupted = tee_interrupted,
	.missing = tee_missing,
	.unobservable = tee_unobservable,
	.verdict = tee_verdict,
	.summary = tee_summary,
	.end = tee_end,
};

struct view *view_tee_new(struct view *a, struct view *b)
{
	struct tee *t = xcalloc(1, sizeof(*t));

	t->view.ops = &tee_ops;
	t->a = a;
	t->b = b;
	return &t->view;
}
