/*
 * The view for people.
 *
 * One line an event: mark, time since the scene's start, who, what. Where the
 * terminal is wide, what a step's evidence explains is written beside the
 * lines that are the evidence, by going up to them again; elsewhere below.
 */
#include "view.h"

#include "buf.h"
#include "line.h"
#include "style.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BESIDE_COLUMNS	110	/* from here on there is room for two */
#define PROSE_COLUMNS	76	/* a line that is pleasant to read */
#define MARGIN		4
#define SAME_CALLS	10	/* then the rest of a row is only counted */

struct text_view {
	struct view view;
	struct style st;
	struct view_options opt;
	int64_t t0_ns;
	int rows;		/* of this step, that can be gone back to */
	int right_rows;		/* how far down there is text beside them */
	bool explained;		/* this step, below it */
	bool has_steps;		/* this scene is a lab's */
	bool gap;		/* a blank line is due before what comes */
	int who_width;
	/* A row of like calls of one process. */
	char *reason;		/* last told for what cannot be seen */
	char *same_who, *same_call;
	int same_count;
};

static struct text_view *text_view(struct view *v)
{
	return (struct text_view *)v;
}

/* What is done by hand has no steps, and nothing that explains it. */
static bool beside(const struct text_view *tv)
{
	return tv->st.tty && !tv->opt.wide && tv->has_steps &&
		tv->st.columns >= BESIDE_COLUMNS;
}

/* The window may have been resized since. */
static void look_at_window(struct text_view *tv)
{
	if (!tv->opt.columns)
		style_resize(&tv->st);
}

static int trace_columns(struct text_view *tv)
{
	look_at_window(tv);
	if (!tv->st.tty || tv->opt.wide)
		return -1;
	return beside(tv) ? tv->st.columns * 62 / 100 : tv->st.columns;
}

static void put_line(struct text_view *tv, struct buf *b)
{
	fprintf(tv->st.out, "%s\n", b->text ? b->text : "");
	tv->rows++;
	buf_release(b);
}

/* What was counted and not shown of a row of like calls. */
static void end_row(struct text_view *tv)
{
	struct buf b = { 0 };

	if (tv->same_count > SAME_CALLS) {
		buf_fmt(&b, "%s%*s%s %d more %s() by %s%s",
			style_ink(&tv->st, INK_DIM), MARGIN, "",
			style_dots(&tv->st), tv->same_count - SAME_CALLS,
			tv->same_call, tv->same_who, style_off(&tv->st));
		put_line(tv, &b);
	}
	tv->same_count = 0;
}

static bool in_row(struct text_view *tv, const struct event *ev)
{
	if (ev->expected || (ev->kind != EV_CALL && ev->kind != EV_BLOCKED)) {
		end_row(tv);
		return false;
	}
	if (!tv->same_count || strcmp(tv->same_who, ev->who) != 0 ||
	    strcmp(tv->same_call, ev->call) != 0) {
		end_row(tv);
		free(tv->same_who);
		free(tv->same_call);
		tv->same_who = xstrdup(ev->who);
		tv->same_call = xstrdup(ev->call);
	}
	return ++tv->same_count > SAME_CALLS;
}

static void put_blank(struct text_view *tv)
{
	struct buf b = { 0 };

	end_row(tv);
	put_line(tv, &b);
}

/* What stood beside the lines is set off from what comes below. */
static void end_section(struct text_view *tv)
{
	end_row(tv);
	if (tv->gap)
		put_blank(tv);
	tv->gap = false;
}

/* A paragraph, each line with this much in front. */
static void put_prose(struct text_view *tv, const char *text, int margin)
{
	bool in_code = false;
	int columns;

	look_at_window(tv);
	columns = tv->st.columns - 2 * margin;
	if (columns > PROSE_COLUMNS)
		columns = PROSE_COLUMNS;
	if (columns < 20)
		columns = 20;
	while (*text) {
		struct buf b = { 0 };
		const char *next;
		size_t n = style_wrap(&tv->st, text, columns, &next);

		buf_fmt(&b, "%*s", margin, "");
		style_prose(&tv->st, &b, text, n, &in_code);
		put_line(tv, &b);
		text = next;
	}
}

static void put_verbatim(struct text_view *tv, const char *text, int margin)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		struct buf b = { 0 };

		buf_fmt(&b, "%*s", margin, "");
		style_cut(&tv->st, &b, line,
			  tv->st.tty ? tv->st.columns - margin : -1);
		put_line(tv, &b);
		free(line);
		text += n + (text[n] == '\n');
	}
}

static int width_of(const struct text_view *tv, const struct buf *b)
{
	return style_width(&tv->st, b->text, b->len);
}

/* A title in bold, with what stands at the right end of its line. */
static void put_title(struct text_view *tv, const struct buf *left,
		      const struct buf *right)
{
	struct style *st = &tv->st;
	struct buf b = { 0 };
	bool in_code = false;

	buf_str(&b, style_ink(st, INK_TITLE));
	style_prose(st, &b, left->text, left->len, &in_code);
	if (right) {
		buf_fmt(&b, "%*s", st->columns - width_of(tv, left) -
			width_of(tv, right), "");
		style_prose(st, &b, right->text, right->len, &in_code);
	}
	buf_str(&b, style_off(st));
	put_line(tv, &b);
}

/* On one line, if there is room: the lab's name at least, if not its title. */
static void put_titles(struct text_view *tv, const struct view_scene *s,
		       const struct buf *right)
{
	int room = tv->st.columns - width_of(tv, right) - 3;
	struct buf left = { 0 };

	buf_str(&left, s->lab);
	if (s->number == 1 || width_of(tv, &left) +
	    style_width(&tv->st, s->lab_title, strlen(s->lab_title)) + 3 <=
	    room)
		buf_fmt(&left, " %s %s", style_dot(&tv->st), s->lab_title);
	if (width_of(tv, &left) <= room) {
		put_title(tv, &left, right);
	} else {
		if (s->number == 1)
			put_title(tv, &left, NULL);
		put_title(tv, right, NULL);
	}
	buf_release(&left);
}

static void text_scene(struct view *v, const struct view_scene *s)
{
	struct text_view *tv = text_view(v);
	struct buf right = { 0 };

	look_at_window(tv);
	tv->has_steps = false;
	tv->t0_ns = s->t0_ns;
	free(tv->reason);
	tv->reason = NULL;
	tv->who_width = 7;
	if (s->total > 1)
		buf_fmt(&right, "scene %d of %d: %s", s->number, s->total,
			s->title);
	else
		buf_str(&right, s->title);
	if (s->knobs[0])
		buf_fmt(&right, " (%s)", s->knobs);
	tv->gap = false;
	put_blank(tv);
	put_titles(tv, s, &right);
	put_blank(tv);
	buf_release(&right);
}

static void text_step(struct view *v, int number)
{
	struct text_view *tv = text_view(v);

	(void)number;
	end_section(tv);
	tv->has_steps = true;
	tv->rows = tv->right_rows = 0;
	tv->explained = false;
}

static void text_command(struct view *v, const char *text)
{
	struct text_view *tv = text_view(v);
	struct buf b = { 0 };

	end_row(tv);
	buf_fmt(&b, "%s> ", style_ink(&tv->st, INK_BOLD));
	style_cut(&tv->st, &b, text, trace_columns(tv) == -1 ? -1 :
		  trace_columns(tv) - 2);
	buf_str(&b, style_off(&tv->st));
	put_line(tv, &b);
}

static void put_event(struct text_view *tv, const struct event *ev)
{
	struct line_place place = {
		.t0_ns = tv->t0_ns,
		.columns = trace_columns(tv),
		.who_width = tv->who_width,
		.numbers = tv->opt.numbers,
	};
	struct buf b = { 0 };

	line_event(&tv->st, &place, ev, &b);
	tv->who_width = place.who_width;
	put_line(tv, &b);
}

static void text_event(struct view *v, const struct event *ev)
{
	struct text_view *tv = text_view(v);

	if (ev->folded && !tv->opt.all && !ev->expected)
		return;
	if (!in_row(tv, ev))
		put_event(tv, ev);
}

static void text_met(struct view *v, const struct event *ev)
{
	end_row(text_view(v));
	put_event(text_view(v), ev);
}

static void text_prose(struct view *v, const char *text, bool verbatim)
{
	struct text_view *tv = text_view(v);

	end_section(tv);
	if (verbatim)
		put_verbatim(tv, text, 2 * MARGIN);
	else
		put_prose(tv, text, MARGIN);
	put_blank(tv);
}

/*
 * Go back up to the step's lines and write to the right of them, below what
 * stands there already.
 */
static void put_beside(struct text_view *tv, const char *text)
{
	int left = trace_columns(tv);
	int columns = tv->st.columns - left - 3;
	int row = tv->rows - (tv->st.rows - 3);	/* surely on the screen */
	bool in_code = false;

	if (row < tv->right_rows)
		row = tv->right_rows;
	while (tv->rows < row)		/* a paragraph is set off */
		put_blank(tv);
	if (row < tv->rows)
		fprintf(tv->st.out, "\033[%dA", tv->rows - row);
	while (*text || row < tv->rows) {
		struct buf b = { 0 };
		const char *next = text;
		size_t n = *text ? style_wrap(&tv->st, text, columns, &next) :
			0;

		if (n) {
			style_prose(&tv->st, &b, text, n, &in_code);
			fprintf(tv->st.out, "\033[%dG%s", left + 3, b.text);
			tv->right_rows = row + 2;
		}
		fputc('\n', tv->st.out);
		buf_release(&b);
		text = next;
		row++;
	}
	tv->rows = row;
	tv->gap = true;
}

static void text_explain(struct view *v, int step, const char *text,
			 bool verbatim)
{
	struct text_view *tv = text_view(v);

	(void)step;
	end_row(tv);
	if (beside(tv) && !verbatim) {
		put_beside(tv, text);
		return;
	}
	if (tv->rows && !tv->explained)
		put_blank(tv);
	tv->explained = true;
	if (verbatim)
		put_verbatim(tv, text, 2 * MARGIN);
	else
		put_prose(tv, text, MARGIN);
	put_blank(tv);
}

static void text_question(struct view *v, const char *question,
			  const struct view_option *options, size_t count)
{
	struct text_view *tv = text_view(v);
	struct buf b = { 0 };

	end_section(tv);
	buf_fmt(&b, " %s?%s  ", style_ink(&tv->st, INK_ASK),
		style_off(&tv->st));
	fputs(b.text, tv->st.out);
	buf_release(&b);
	{
		int columns = tv->st.columns - 2 * MARGIN;
		bool first = true, in_code = false;
		const char *text = question;

		if (columns > PROSE_COLUMNS)
			columns = PROSE_COLUMNS;
		while (*text) {
			const char *next;
			size_t n = style_wrap(&tv->st, text, columns, &next);

			buf_fmt(&b, "%*s", first ? 0 : MARGIN, "");
			style_prose(&tv->st, &b, text, n, &in_code);
			put_line(tv, &b);
			first = false;
			text = next;
		}
	}
	for (size_t i = 0; i < count; i++) {
		struct buf item = { 0 };

		buf_fmt(&item, "%zu  `%s`: %s", i + 1, options[i].pattern,
			options[i].text);
		put_prose(tv, item.text, 2 * MARGIN);
		buf_release(&item);
	}
}

static void text_graded(struct view *v, int answer, int guess)
{
	struct text_view *tv = text_view(v);
	struct buf b = { 0 };
	bool right = guess && guess == answer;

	end_row(tv);
	buf_fmt(&b, " %s%s%s  ", style_ink(&tv->st, right ? INK_GOOD :
					   INK_ASK),
		right ? style_check(&tv->st) : "?", style_off(&tv->st));
	if (!answer)
		buf_str(&b, "The kernel did none of these.");
	else if (!guess)
		buf_fmt(&b, "The kernel says %d.", answer);
	else if (right)
		buf_fmt(&b, "The kernel says %d, as you did.", answer);
	else
		buf_fmt(&b, "The kernel says %d; you said %d.", answer, guess);
	put_line(tv, &b);
	if (!beside(tv)) {
		put_blank(tv);
		tv->explained = true;
	}
}

static void text_waiting(struct view *v, const char *what, int seconds)
{
	struct text_view *tv = text_view(v);
	struct buf b = { 0 };

	end_row(tv);
	buf_fmt(&b, "%s%*swaiting for: ", style_ink(&tv->st, INK_DIM), MARGIN,
		"");
	style_cut(&tv->st, &b, what, trace_columns(tv) == -1 ? -1 :
		  trace_columns(tv) - 30);
	buf_fmt(&b, " (%d s)%s", seconds, style_off(&tv->st));
	put_line(tv, &b);
}

static void text_note(struct view *v, const char *text)
{
	struct text_view *tv = text_view(v);

	end_section(tv);
	put_prose(tv, text, MARGIN);
	fflush(tv->st.out);
}

/* What stands above cannot be gone back to any more. */
static void text_interrupted(struct view *v)
{
	struct text_view *tv = text_view(v);

	tv->rows = tv->right_rows = 0;
	tv->gap = false;
}

static void text_missing(struct view *v, const struct view_missing *m)
{
	struct text_view *tv = text_view(v);
	struct style *st = &tv->st;
	struct buf b = { 0 };

	end_row(tv);
	buf_fmt(&b, " %s%s %s%s  ", style_ink(st, INK_BAD),
		style_cross(st), m->never ? "came, and must not: " :
		"did not come: ", style_off(st));
	style_cut(st, &b, m->who, -1);
	buf_str(&b, "  ");
	style_cut(st, &b, m->pattern, -1);
	put_line(tv, &b);
	buf_fmt(&b, "%s%*s", style_ink(st, INK_DIM), MARGIN, "");
	style_cut(st, &b, m->file, -1);
	buf_fmt(&b, ":%d", m->line);
	if (m->why)
		buf_fmt(&b, "; %s", m->why);
	buf_str(&b, style_off(st));
	put_line(tv, &b);
	for (int i = 0; i < 3 && m->nearest[i]; i++) {
		if (i == 0) {
			buf_fmt(&b, "%*s%s", MARGIN, "", m->never ?
				"this is it:" : "the nearest that came:");
			put_line(tv, &b);
		}
		put_event(tv, m->nearest[i]);
	}
}

static void text_unobservable(struct view *v,
			      const struct view_unobservable *u)
{
	struct text_view *tv = text_view(v);
	struct buf b = { 0 };
	char *text;

	end_row(tv);
	/* The reason is mostly the same: once is enough. */
	if (!tv->reason || strcmp(tv->reason, u->reason) != 0) {
		free(tv->reason);
		tv->reason = xstrdup(u->reason);
		text = xasprintf("not observable here, because %s:",
				 u->reason);
		put_prose(tv, text, MARGIN);
		free(text);
	}
	text = xasprintf(" ~ %s  %s", u->who, u->pattern);
	buf_str(&b, style_ink(&tv->st, INK_DIM));
	style_cut(&tv->st, &b, text, trace_columns(tv));
	buf_str(&b, style_off(&tv->st));
	free(text);
	put_line(tv, &b);
}

static void text_verdict(struct view *v, const struct view_verdict *vd)
{
	struct text_view *tv = text_view(v);
	struct style *st = &tv->st;
	struct buf b = { 0 };

	end_section(tv);
	if (vd->stopped) {
		buf_fmt(&b, " %s%s%s  %s", style_ink(st, INK_BAD),
			style_cross(st), style_off(st), vd->stopped);
		put_line(tv, &b);
	}
	if (vd->unparsed) {
		buf_fmt(&b, " %s  %llu lines of strace's made no sense",
			style_cross(st), vd->unparsed);
		put_line(tv, &b);
	}
	if (!vd->expected && vd->num_unobservable)
		buf_str(&b, "nothing to hold it to");
	else if (vd->held)
		buf_fmt(&b, "%sheld%s", style_ink(st, INK_GOOD),
			style_off(st));
	else if (vd->what_if)
		buf_fmt(&b, "%sdifferent%s", style_ink(st, INK_ASK),
			style_off(st));
	else
		buf_fmt(&b, "%snot held%s", style_ink(st, INK_BAD),
			style_off(st));
	buf_fmt(&b, ": %d of %d seen", vd->seen, vd->expected);
	if (vd->num_unobservable)
		buf_fmt(&b, ", %zu not observable here", vd->num_unobservable);
	put_line(tv, &b);
	fflush(st->out);
}

static void text_summary(struct view *v, const char *const *labs,
			 const bool *held, size_t count)
{
	struct text_view *tv = text_view(v);
	struct style *st = &tv->st;
	size_t good = 0;
	struct buf b = { 0 };

	put_blank(tv);
	for (size_t i = 0; i < count; i++) {
		int width = style_width(st, labs[i], strlen(labs[i]));

		good += held[i];
		buf_fmt(&b, " %s%s%s  ",
			style_ink(st, held[i] ? INK_GOOD : INK_BAD),
			held[i] ? style_check(st) : style_cross(st),
			style_off(st));
		style_cut(st, &b, labs[i], -1);
		buf_fmt(&b, "%*s %s", width < 16 ? 16 - width : 0, "",
			held[i] ? "held" : "not held");
		put_line(tv, &b);
	}
	buf_fmt(&b, "%zu of %zu labs held", good, count);
	put_line(tv, &b);
}

static void text_end(struct view *v)
{
	struct text_view *tv = text_view(v);

	end_row(tv);
	free(tv->same_who);
	free(tv->same_call);
	free(tv->reason);
	free(tv);
}

static const struct view_ops text_ops = {
	.scene = text_scene,
	.step = text_step,
	.command = text_command,
	.event = text_event,
	.met = text_met,
	.prose = text_prose,
	.explain = text_explain,
	.question = text_question,
	.graded = text_graded,
	.waiting = text_waiting,
	.note = text_note,
	.interrupted = text_interrupted,
	.missing = text_missing,
	.unobservable = text_unobservable,
	.verdict = text_verdict,
	.summary = text_summary,
	.end = text_end,
};

struct view *view_text_new(FILE *out, const struct view_options *opt)
{
	struct text_view *tv = xcalloc(1, sizeof(*tv));

	tv->view.ops = &text_ops;
	tv->opt = *opt;
	tv->who_width = 7;
	style_init(&tv->st, out, opt->columns);
	return &tv->view;
}
