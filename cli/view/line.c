#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "client:1 > server:2  SYN": the arrow as an arrow. */
static char *event_words(const struct style *st, const struct event *ev)
{
	const char *arrow = NULL;
	struct buf b = { 0 };

	if (ev->kind == EV_TCP && ev->old_state && ev->state &&
	    strcmp(ev->old_state, ev->state) != 0) {
		const char *at = strstr(ev->text, ev->state);

		if (at) {
			buf_add(&b, ev->text, at - ev->text);
			buf_fmt(&b, "%s %s %s", ev->old_state,
				style_arrow(st), at);
			return buf_take(&b);
		}
	}
	if (ev->kind == EV_PACKET)
		arrow = strstr(ev->text, " > ");
	if (!arrow || !st->utf8)
		return xstrdup(ev->text);
	buf_add(&b, ev->text, arrow - ev->text);
	buf_fmt(&b, " %s %s", style_arrow(st), arrow + 3);
	return buf_take(&b);
}

/*
 * What a line must not lose when it is cut: what a call returned (not the
 * reason in words), that it blocks, what became of a frame.
 */
static size_t tail_of(const struct event *ev, const char *words, char *tail,
		      size_t size)
{
	const char *at = NULL;
	size_t n;

	if (ev->kind == EV_CALL)
		for (const char *p = words; (p = strstr(p, ") = ")); p++)
			at = p;
	else if (ev->kind == EV_BLOCKED)
		at = strstr(words, ") blocks");
	else if (ev->kind == EV_PACKET)
		at = strstr(words, " [");
	if (!at)
		return 0;
	n = strlen(at);
	if (ev->kind == EV_CALL)
		n = 4 + strcspn(at + 4, "(");
	while (n && at[n - 1] == ' ')
		n--;
	snprintf(tail, size, "%.*s", (int)n, at);
	return at - words;
}

static void cut_event(const struct style *st, struct buf *b,
		      const struct event *ev, const char *words, int columns)
{
	const struct style plain = { 0 };	/* here ` is a character */
	char tail[256];
	size_t head = tail_of(ev, words, tail, sizeof(tail));
	int width = head ? style_width(&plain, tail, strlen(tail)) : 0;

	if (!head || columns < 0 || width > columns / 2 ||
	    style_width(&plain, words, strlen(words)) <= columns) {
		style_cut(st, b, words, columns);
	} else {
		char *first = xstrndup(words, head);

		style_cut(st, b, first, columns - width);
		buf_str(b, tail);
		free(first);
	}
}

void line_event(const struct style *st, struct line_place *place,
		const struct event *ev, struct buf *b)
{
	const char *who = ev->who ? ev->who : "?";
	int columns = place->columns, used;
	int width = style_width(st, who, strlen(who));
	char time[32], *words;

	if (width > place->who_width)
		place->who_width = width;
	snprintf(time, sizeof(time), "%8.3f", (ev->t_ns - place->t0_ns) / 1e9);
	if (place->numbers)
		buf_fmt(b, "%s%4u%s", style_ink(st, INK_DIM), ev->seq,
			style_off(st));
	if (ev->expected)
		buf_fmt(b, " %s%s%s ", style_ink(st, INK_GOOD),
			style_check(st), style_off(st));
	else
		buf_str(b, "   ");
	buf_fmt(b, "%s%s%s  ", style_ink(st, INK_DIM), time, style_off(st));
	if (!ev->expected)
		buf_str(b, style_ink(st, INK_DIM));
	buf_str(b, style_who(st, who));
	style_cut(st, b, who, -1);
	buf_fmt(b, "%*s%s  ", place->who_width - width, "", style_off(st));
	used = (place->numbers ? 4 : 0) + 3 + strlen(time) + 2 +
		place->who_width + 2;
	if (!ev->expected)
		buf_str(b, style_ink(st, INK_DIM));
	words = event_words(st, ev);
	cut_event(st, b, ev, words, columns == -1 ? -1 :
		  columns - used > 10 ? columns - used : 10);
	buf_str(b, style_off(st));
	free(words);
}
