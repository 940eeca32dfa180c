/* Two aligned runs on the screen: side by side, or one above the other. */
#include "comparison.h"

#include "buf.h"
#include "view/align.h"

#include <stdlib.h>
#include <string.h>

#define SIDE_BY_SIDE	110		/* columns */

static bool is_whole(const struct comparison *c)
{
	return c->opt.wide || (!c->st.tty && !c->opt.columns);
}

static int who_width(const struct comparison *c)
{
	size_t widest = 5;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < c->side[k].count; i++) {
			const struct event *ev =
				item_event(&c->side[k].items[i]);
			size_t n = ev ? strlen(ev->who) : 0;

			if (n > widest)
				widest = n;
		}
	return widest < 10 ? widest : 10;
}

/* As much of the text as so many columns hold, broken at a space if it can. */
static size_t part_of(const char *text, int columns)
{
	const struct style plain = { .colour = false };
	size_t n = strlen(text), broken;

	while (style_width(&plain, text, n) > columns) {
		n--;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	if (!text[n] || !n)
		return n ? n : strlen(text);
	for (broken = n; broken > n / 2 && text[broken] != ' '; broken--)
		;
	return broken > n / 2 ? broken : n;
}

/* Cut in the middle: a call's name and its result say the most. */
static char *shortened(const struct style *st, const char *text, int columns)
{
	const struct style plain = { .utf8 = st->utf8 };
	const char *result = strstr(text, ") = "), *next;
	struct buf b = { 0 };
	int room;

	while (result && (next = strstr(result + 1, ") = ")))
		result = next;
	if (!result || style_width(&plain, text, strlen(text)) <= columns ||
	    style_width(&plain, result, strlen(result)) > columns / 2) {
		style_cut(st, &b, text, columns);
		return buf_take(&b);
	}
	room = columns - style_width(&plain, result, strlen(result)) -
		(st->utf8 ? 1 : 3);
	buf_add(&b, text, part_of(text, room));
	buf_fmt(&b, "%s%s", style_dots(st), result);
	return buf_take(&b);
}

/*
 * A line as rows of text, at most so many columns wide (-1: one row). A
 * difference is shown to its end, what is common is cut.
 */
static struct buf *rows_of(const struct comparison *c, const struct item *it,
			   bool different, int columns, size_t *count)
{
	const struct event *ev = it ? item_event(it) : NULL;
	struct buf *rows = xcalloc(1, sizeof(*rows)), one = { 0 };
	int indent = ev ? who_width(c) + 2 : 2;
	const char *text;
	char *cut = NULL;

	*count = 0;
	if (!it)
		return rows;
	if (columns != -1)
		columns = columns - indent > 10 ? columns - indent : 10;
	if (!different && columns != -1)
		cut = shortened(&c->st, it->shown, columns);
	for (text = cut ? cut : it->shown; *text || !*count;) {
		size_t n = columns == -1 ? strlen(text) :
			part_of(text, columns);

		if (*count)
			buf_fmt(&one, "%*s", indent, "");
		else if (ev)
			buf_fmt(&one, "%-*s  ", indent - 2, ev->who);
		else
			buf_str(&one, "> ");
		buf_add(&one, text, n);
		text += n + strspn(text + n, " ");
		rows = xrealloc(rows, (*count + 1) * sizeof(*rows));
		rows[(*count)++] = one;
		one = (struct buf){ 0 };
	}
	free(cut);
	return rows;
}

static void free_rows(struct buf *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_release(&rows[i]);
	free(rows);
}

static const char *mark_ink(const struct comparison *c, bool different)
{
	if (!different)
		return style_ink(&c->st, INK_DIM);
	return style_ink(&c->st, c->differences + c->in_commands == 1 ?
			 INK_BAD : INK_ASK);
}

static void put_beside(const struct comparison *c, const struct item *a,
		       const struct item *b, bool different)
{
	const struct style plain = { .colour = false };
	int width = (c->st.columns - 3) / 2;
	const char *ink = mark_ink(c, different);
	char mark = !different ? ' ' : a && b ? '|' : a ? '<' : '>';
	size_t n, m;
	struct buf *ra = rows_of(c, a, different, width, &n);
	struct buf *rb = rows_of(c, b, different, width, &m);

	for (size_t i = 0; i < n || i < m; i++) {
		const char *left = i < n ? ra[i].text : "";
		const char *right = i < m ? rb[i].text : "";
		int used = style_width(&plain, left, strlen(left));

		fprintf(c->st.out, "%s%s%*s %c%s%s\n", ink, left,
			*right || mark != ' ' ? width - used : 0, "",
			mark, *right ? " " : "", right);
		fputs(style_off(&c->st), c->st.out);
	}
	free_rows(ra, n);
	free_rows(rb, m);
}

/* One of the two, or the line that they have in common. */
static void put_below(const struct comparison *c, const struct item *it,
		      char mark)
{
	const char *ink = mark_ink(c, mark != ' ');
	size_t n;
	struct buf *rows;

	if (!it)
		return;
	rows = rows_of(c, it, mark != ' ', is_whole(c) ? -1 :
		       c->st.columns - 3, &n);
	for (size_t i = 0; i < n; i++)
		fprintf(c->st.out, "%s%s%c %s%s\n", ink,
			mark == ' ' ? "" : " ", i ? ' ' : mark, rows[i].text,
			style_off(&c->st));
	free_rows(rows, n);
}

static char *line_of(const struct item *it)
{
	if (!item_event(it))
		return xasprintf("> %s", it->shown);
	return xasprintf("%s %s", item_event(it)->who, it->shown);
}

static void note_difference(struct comparison *c, const struct item *a,
			    const struct item *b)
{
	char *one, *two;

	if (!item_event(a ? a : b)) {
		c->in_commands++;
		return;
	}
	if (c->differences++)
		return;
	one = line_of(a ? a : b);
	two = a && b ? line_of(b) : NULL;
	c->first = two ? xasprintf("\n  1  %s\n  2  %s", one, two) :
		xasprintf(" only in %d:\n  %d  %s", a ? 1 : 2, a ? 1 : 2, one);
	free(one);
	free(two);
}

static void put_row(struct comparison *c, struct item *a, struct item *b)
{
	bool different = !a || !b || strcmp(a->key, b->key) != 0;

	if (a)
		a->done = true;
	if (b)
		b->done = true;
	if (different)
		note_difference(c, a, b);
	if (c->st.columns >= SIDE_BY_SIDE && !is_whole(c)) {
		put_beside(c, a, b, different);
	} else if (!different) {
		put_below(c, a, ' ');
	} else {
		put_below(c, a, '1');
		put_below(c, b, '2');
	}
}

/* The second run's own lines up to one of its items, in their order. */
static void put_second(struct comparison *c, size_t end)
{
	struct run_side *b = &c->side[1];

	while (b->shown < end && b->items[b->shown].done)
		b->shown++;
	for (size_t i = b->shown; i < end; i++) {
		struct item *it = &b->items[i];

		if (!it->done && it->beside == ALIGN_NONE &&
		    (it->previous == ALIGN_NONE ||
		     b->items[it->previous].done))
			put_row(c, NULL, it);
	}
}

void comparison_show(struct comparison *c)
{
	struct run_side *a = &c->side[0], *b = &c->side[1];

	for (size_t i = 0; i < a->count; i++) {
		struct item *it = &a->items[i];

		if (it->done)
			continue;
		if (it->beside == ALIGN_NONE) {
			put_row(c, it, NULL);
			continue;
		}
		put_second(c, it->beside);
		put_row(c, it, &b->items[it->beside]);
	}
	put_second(c, b->count);
}

