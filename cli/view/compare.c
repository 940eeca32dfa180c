/*
 * Theory of operation. Each scene of either run becomes a list of items, an
 * item being one line with a key, by which it is compared, and a speaker.
 * Speaker by speaker the items are aligned (align.h). What is left over and
 * minor is then forgotten, and the rest is put back into one order: that of the
 * first run, into which the second one's own lines are woven where they came.
 */
#include "compare.h"

#include "buf.h"
#include "comparison.h"
#include "view/align.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- alignment --------------------------------------------------------- */

/* The items of one speaker that count, as a row for align(). */
static size_t row_of(const struct run_side *side, const char *speaker,
		     size_t *index, struct align_line *lines)
{
	size_t n = 0;

	for (size_t i = 0; i < side->count; i++) {
		const struct item *it = &side->items[i];

		if (it->done || strcmp(it->speaker, speaker) != 0)
			continue;
		index[n] = i;
		lines[n++] = (struct align_line){
			.key = it->key, .minor = it->minor,
			.head = it->minor ? NULL : it->head,
		};
	}
	return n;
}

/*
 * Is the last that was seen of this speaker one that nothing follows? Who fell
 * asleep just before the end may have been about to be woken.
 */
static bool is_settled(const struct run_side *side, const size_t *index,
		       size_t n)
{
	const struct item *last = n ? &side->items[index[n - 1]] : NULL;

	if (!last || !item_event(last))
		return false;
	return item_event(last)->kind == EV_EXIT ||
		(item_event(last)->kind == EV_BLOCKED &&
		 !side_was_ending(side, last));
}

static bool has_speaker(const struct run_side *side, const char *speaker)
{
	for (size_t i = 0; i < side->count; i++)
		if (!strcmp(side->items[i].speaker, speaker))
			return true;
	return false;
}

/*
 * The other run has nothing at all of this speaker. That may be for having
 * ended early if it was only to be looked at: a process that is known, the
 * socket of a connection that is.
 */
static bool may_be_unseen(const struct run_side *other, const struct item *it)
{
	const struct event *ev = item_event(it);
	char *there, *back;
	bool known;

	if (ev->kind == EV_PROC || ev->kind == EV_COUNT)
		return true;
	if (ev->kind == EV_SIGNAL)
		return has_speaker(other, ev->who);
	if (ev->kind != EV_TCP)
		return false;
	if (!ev->to || !strcmp(ev->to, "*"))
		return true;
	known = sscanf(it->speaker, "tcp %ms %ms", &there, &back) == 2;
	if (known) {
		char *way = xasprintf("wire %s > %s", there, back);
		char *and_back = xasprintf("wire %s > %s", back, there);

		known = has_speaker(other, way) ||
			has_speaker(other, and_back);
		free(way);
		free(and_back);
		free(there);
		free(back);
	}
	return known;
}

/*
 * The end of a row that the other run has nothing beside. A handout's scene is
 * over with its last evidence, and what was still to come is not recorded: not
 * for a while, or, where a process was on its way, as long as it likes. But
 * what is evidence itself has to come.
 */
static void forgive_tail(struct run_side *side, const size_t *index,
			 const struct align_line *lines, size_t n,
			 const struct run_side *other, size_t others,
			 bool other_settled)
{
	const struct item *last = n ? &side->items[index[n - 1]] : NULL;

	if (!last || !item_event(last) || !other->played)
		return;
	if (others ? item_event(last)->probe == PROBE_STRACE && other_settled :
	    !may_be_unseen(other, last))
		return;
	while (n-- > 0 && lines[n].beside == ALIGN_NONE) {
		struct item *it = &side->items[index[n]];
		const struct event *ev = item_event(it);
		bool going = others && ev->probe == PROBE_STRACE &&
			ev->kind != EV_SIGNAL;

		if (ev->expected || (!going && side->end_ns - ev->t_ns >
				     SIDE_TAIL_NS))
			return;
		it->minor = true;
	}
}

/* "unread 5": what the line says of bytes; NULL if it says nothing. */
static const char *bytes_of(const struct item *it)
{
	const struct event *ev = item_event(it);

	return ev && ev->kind == EV_TCP ? strstr(it->shown, " unread ") :
		NULL;
}

/*
 * That bytes lie somewhere is told with a change of state, or else when all is
 * at rest: where the other run has told it of the same socket, it is known.
 */
static void forgive_bytes(struct run_side *side, const size_t *index,
			  const struct align_line *lines, size_t n,
			  const struct run_side *other, const size_t *others,
			  size_t m)
{
	for (size_t i = 0; i < n; i++) {
		struct item *it = &side->items[index[i]];
		const char *bytes = bytes_of(it), *theirs;

		for (size_t k = 0; bytes && lines[i].beside == ALIGN_NONE &&
		     k < m; k++) {
			theirs = bytes_of(&other->items[others[k]]);
			if (theirs && !strcmp(theirs, bytes))
				it->minor = true;
		}
	}
}

static void align_speaker(struct comparison *c, const char *speaker)
{
	struct run_side *a = &c->side[0], *b = &c->side[1];
	size_t *ia = xcalloc(a->count + 1, sizeof(*ia));
	size_t *ib = xcalloc(b->count + 1, sizeof(*ib));
	struct align_line *la = xcalloc(a->count + 1, sizeof(*la));
	struct align_line *lb = xcalloc(b->count + 1, sizeof(*lb));
	size_t n = row_of(a, speaker, ia, la), m = row_of(b, speaker, ib, lb);

	align(la, n, lb, m);
	for (size_t i = 0; i < n; i++)
		if (la[i].beside != ALIGN_NONE)
			a->items[ia[i]].beside = ib[la[i].beside];
	for (size_t i = 0; i < m; i++)
		if (lb[i].beside != ALIGN_NONE)
			b->items[ib[i]].beside = ia[lb[i].beside];
	forgive_bytes(a, ia, la, n, b, ib, m);
	forgive_bytes(b, ib, lb, m, a, ia, n);
	forgive_tail(a, ia, la, n, b, m, is_settled(b, ib, m));
	forgive_tail(b, ib, lb, m, a, n, is_settled(a, ia, n));
	free(ia);
	free(ib);
	free(la);
	free(lb);
}

static void forget_minor(struct run_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct item *it = &side->items[i];

		if (it->minor && it->beside == ALIGN_NONE)
			it->done = true;
	}
}

static void align_sides(struct comparison *c)
{
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < c->side[k].count; i++) {
			const struct item *it = &c->side[k].items[i];
			bool known = it->previous != ALIGN_NONE;

			/* The second run's speakers that are new. */
			for (size_t j = 0; k && !known &&
			     j < c->side[0].count; j++)
				known = item_same_speaker(
					&c->side[0].items[j], it);
			if (!known)
				align_speaker(c, it->speaker);
		}
	forget_minor(&c->side[0]);
	forget_minor(&c->side[1]);
}

/* --- scenes ------------------------------------------------------------ */

/* What the given ports are called here and there, where that is different. */
static void put_ports(const struct comparison *c)
{
	const struct vary *a = &c->side[0].vary, *b = &c->side[1].vary;
	int one, two;

	for (int k = 0; (one = vary_given(a, k)) && (two = vary_given(b, k));
	     k++)
		if (one != two)
			fprintf(c->st.out, "%sport %d in 1 is %d in 2%s\n",
				style_ink(&c->st, INK_DIM), one, two,
				style_off(&c->st));
}

static const char *title_of(const struct run_side *side)
{
	const struct entry *e = &side->story->list[side->first];

	return side->first < side->last && e->kind == ENTRY_SCENE ? e->text :
		"";
}

static void put_head(const struct comparison *c)
{
	fputc('\n', c->st.out);
	for (int k = 0; k < 2; k++) {
		const char *title = title_of(&c->side[k]);

		fprintf(c->st.out, "%s%d  %s%s%s%s\n",
			style_ink(&c->st, INK_TITLE), k + 1, c->names[k],
			*title ? ": " : "", title, style_off(&c->st));
	}
	put_ports(c);
	fputc('\n', c->st.out);
}

/* The next scene from *at on; false if there is none. */
static bool next_scene(struct run_side *side, const struct story *st,
		       size_t *at)
{
	if (*at >= st->count)
		return false;
	*side = (struct run_side){ .story = st, .first = (*at)++ };
	while (*at < st->count && st->list[*at].kind != ENTRY_SCENE)
		(*at)++;
	side->last = *at;
	return true;
}

static void compare_scene(struct comparison *c)
{
	side_init(&c->side[0]);
	side_init(&c->side[1]);
	align_sides(c);
	put_head(c);
	comparison_show(c);
	side_release(&c->side[0]);
	side_release(&c->side[1]);
}

static void put_summary(const struct comparison *c)
{
	FILE *out = c->st.out;

	fputc('\n', out);
	if (!c->differences)
		fputs("no difference", out);
	else
		fprintf(out, "%d difference%s", c->differences,
			c->differences == 1 ? "" : "s");
	if (c->in_commands)
		fprintf(out, " in what happened, %d in the commands",
			c->in_commands);
	if (c->first)
		fprintf(out, "; first difference:%s", c->first);
	fputc('\n', out);
}

int compare_runs(const char *a, const char *a_name, const char *b,
		 const char *b_name, FILE *out,
		 const struct view_options *opt, struct errmsg *err)
{
	struct comparison c = { .opt = *opt, .names = { a_name, b_name } };
	struct story one, two = { 0 };
	size_t at[2] = { 0 };
	bool more[2];
	int rc = -1;

	if (story_read(&one, a, a_name, err) == -1)
		return -1;
	if (story_read(&two, b, b_name, err) == -1)
		goto release;
	style_init(&c.st, out, opt->columns);
	for (;;) {
		more[0] = next_scene(&c.side[0], &one, &at[0]);
		more[1] = next_scene(&c.side[1], &two, &at[1]);
		if (!more[0] && !more[1])
			break;
		/* A scene that one of them lacks is compared to nothing. */
		for (int k = 0; k < 2; k++)
			if (!more[k])
				c.side[k] = (struct run_side){
					.story = k ? &two : &one };
		compare_scene(&c);
	}
	put_summary(&c);
	rc = c.differences;
	free(c.first);
	story_release(&two);
release:
	story_release(&one);
	return rc;
}

/* The number of the scene that the line begins; 0: it begins none. */
static int scene_number(const char *line, size_t len)
{
	static const char begin[] = "{\"type\":\"scene\"";
	json_t *o;
	int number;

	if (len < strlen(begin) || strncmp(line, begin, strlen(begin)) != 0)
		return 0;
	o = json_loadb(line, len, 0, NULL);
	number = json_integer_value(json_object_get(o, "number"));
	json_decref(o);
	return number;
}

int compare_split(const char *text, int number, char **part,
		  struct errmsg *err)
{
	const char *from = NULL;

	while (*text) {
		size_t len = strcspn(text, "\n");
		int n = scene_number(text, len);

		if (n && from)
			break;
		if (n == number && n)
			from = text;
		text += len + (text[len] == '\n');
	}
	if (!from)
		return errmsg_set(err, "there is no scene %d in the "
				  "recording", number);
	*part = xstrndup(from, text - from);
	return 0;
}
