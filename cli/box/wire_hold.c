/* What is held, dropped, delayed: see wire.h. */
#include "wire_relay.h"

#include "buf.h"
#include "lab/match.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

bool frame_fits(const char *pattern, const struct frame *f,
		const struct names *names)
{
	struct names trial = { 0 };
	bool hit;

	if (!pattern)
		return true;
	for (size_t i = 0; i < names->count; i++)
		names_set(&trial, names->list[i].name, names->list[i].value);
	hit = match(pattern, f->text, &trial);
	names_release(&trial);
	return hit;
}

bool frame_is_held(const struct wire *w, const struct frame *f)
{
	for (size_t i = 0; i < w->num_held; i++)
		if (!w->held[i].due_ns && w->held[i].host == f->host &&
		    !strcmp(w->held[i].text, f->text))
			return true;
	return false;
}

void hold_frame(struct wire *w, struct frame *f)
{
	w->held = xrealloc(w->held, (w->num_held + 1) * sizeof(*w->held));
	w->held[w->num_held++] = *f;
}

static int set_pattern(char **slot, const char *pattern, struct errmsg *err)
{
	if (pattern && match_check(pattern, err) == -1)
		return -1;
	free(*slot);
	*slot = pattern ? xstrdup(pattern) : NULL;
	return 0;
}

int wire_hold(struct wire *w, const char *pattern, struct errmsg *err)
{
	if (set_pattern(&w->hold_pattern, pattern, err) == -1)
		return -1;
	w->holding = true;
	return 0;
}

int wire_drop_all(struct wire *w, const char *pattern, struct errmsg *err)
{
	if (set_pattern(&w->drop_pattern, pattern, err) == -1)
		return -1;
	w->dropping = true;
	return 0;
}

/* The first of those held, out of the list; false if there is none. */
static bool take_held(struct wire *w, struct frame *f)
{
	if (!w->num_held)
		return false;
	*f = w->held[0];
	w->num_held--;
	memmove(w->held, w->held + 1, w->num_held * sizeof(*w->held));
	return true;
}

int wire_next(struct wire *w, int count)
{
	struct frame f;
	int n = 0;

	while (n < count && take_held(w, &f)) {
		/* The states before it arrives, once more. */
		relay_look(w, 0);
		f.t_ns = run_real_clock();
		relay_tell(w, &f, f.t_ns, "let go");
		relay_let_go(w, &f);
		frame_release(&f);
		n++;
	}
	return n;
}

int wire_drop(struct wire *w, int count)
{
	struct frame f;
	int n = 0;

	while (n < count && take_held(w, &f)) {
		relay_tell(w, &f, 0, "dropped");
		frame_release(&f);
		n++;
	}
	return n;
}

void wire_release(struct wire *w)
{
	w->holding = w->dropping = false;
	w->delay_ms = 0;
	wire_next(w, w->num_held);
}

void wire_delay(struct wire *w, int ms)
{
	w->delay_ms = ms;
}

void wire_double(struct wire *w)
{
	w->doubling = true;
}

int wire_held(const struct wire *w)
{
	int n = 0;

	for (size_t i = 0; i < w->num_held; i++)
		n += !w->held[i].due_ns;
	return n;
}

void wire_describe(const struct wire *w, FILE *out)
{
	if (w->holding)
		fprintf(out, "holding %s\n", w->hold_pattern ?
			w->hold_pattern : "every frame");
	if (w->dropping)
		fprintf(out, "dropping %s\n", w->drop_pattern ?
			w->drop_pattern : "every frame");
	if (w->delay_ms)
		fprintf(out, "delaying by %d ms\n", w->delay_ms);
	if (w->doubling)
		fputs("doubling the next that arrives\n", out);
	for (size_t i = 0; i < w->num_held; i++)
		fprintf(out, "%4zu  %s%s\n", i + 1, w->held[i].text,
			w->held[i].due_ns ? " [delayed]" : "");
	if (!w->num_held)
		fputs("nothing is held\n", out);
}

int64_t wire_due(const struct wire *w)
{
	int64_t due = 0;

	for (size_t i = 0; i < w->num_held; i++)
		if (w->held[i].due_ns && (!due || w->held[i].due_ns < due))
			due = w->held[i].due_ns;
	return due;
}

void wire_let_due(struct wire *w)
{
	int64_t now = run_clock();

	for (size_t i = 0; i < w->num_held;) {
		struct frame f = w->held[i];

		if (!f.due_ns || f.due_ns > now) {
			i++;
			continue;
		}
		w->num_held--;
		memmove(w->held + i, w->held + i + 1,
			(w->num_held - i) * sizeof(*w->held));
		relay_let_go(w, &f);
		frame_release(&f);
	}
}
