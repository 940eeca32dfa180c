/*
 * Theory of operation. Each scene of either run becomes a list of items, an
 * item being one line with a key, by which it is compared, and a speaker. Speaker
 * by speaker the items are aligned (align.h). What is left over and minor is
 * then forgotten, and the rest is put back into one order: that of the first
 * run, into which the second one's own lines are woven where they came.
 */
#include "compare.h"

#include "buf.h"
#include "view/align.h"
#include "view/story.h"
#include "view/style.h"
#include "view/vary.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS		1000000LL
#define BLOCKED_NS	(500 * MS)	/* of a process that surely slept */
#define LASTING_NS	(150 * MS)	/* of a state that surely is seen */
#define TAIL_NS		(100 * MS)	/* longer than a run takes to rest */

#define LOOK_BACK	100	/* packets, for one that was sent before */

#define SIDE_BY_SIDE	110		/* columns */

struct item {
	const struct entry *entry;
	char *speaker, *key, *head;
	char *segment;		/* a packet's: what stays when it is repeated */
	char *shown;
	bool minor;		/* alone, it is no difference */
	bool done;		/* shown, or not to be */
	size_t previous;	/* of the same speaker; ALIGN_NONE: it is first */
	size_t beside;		/* in the other run */
};

struct run_side {
	const struct story *story;
	size_t first, last;	/* entries of this scene */
	struct vary vary;
	struct item *items;
	size_t count, shown;	/* up to there everything has been */
	int64_t end_ns;
	bool played;		/* from a handout: something was expected */
};

struct comparison {
	struct style st;
	struct view_options opt;
	const char *names[2];
	struct run_side side[2];
	int differences, in_commands;
	char *first;		/* the first difference in what happened */
};

static const struct event *event_of(const struct item *it)
{
	return it->entry->ev;
}

static bool is_call(const struct item *it)
{
	return event_of(it) && (event_of(it)->kind == EV_CALL ||
				event_of(it)->kind == EV_BLOCKED);
}

/* --- items ------------------------------------------------------------- */

/* "SYN seq 0 win ..." without what differs when it is sent once more. */
static char *segment_of(const char *text)
{
	const char *seq = strstr(text, " seq "), *end;

	if (!seq)
		return xstrdup(text);
	end = seq + strlen(" seq ");
	return xstrndup(text, end + strcspn(end, " ") - text);
}

/* What stands behind the state from this word on. */
static void cut_from(char *text, const char *word)
{
	char *at = strstr(text, word);

	if (at)
		*at = '\0';
}

static void set_packet(const struct run_side *side, struct item *it)
{
	const struct event *ev = event_of(it);
	char *from = vary_end(&side->vary, ev->from ? ev->from : "",
			      VARY_KEY);
	char *to = vary_end(&side->vary, ev->to ? ev->to : "", VARY_KEY);

	it->speaker = xasprintf("%s %s > %s", ev->who, from, to);
	it->head = xstrdup("packet");
	it->segment = segment_of(it->key);
	free(from);
	free(to);
}

static void set_tcp(const struct run_side *side, struct item *it)
{
	const struct event *ev = event_of(it);
	char *from = vary_end(&side->vary, ev->from ? ev->from : "",
			      VARY_KEY);
	char *to = vary_end(&side->vary, ev->to ? ev->to : "", VARY_KEY);

	it->speaker = xasprintf("%s %s %s", ev->who, from, to);
	it->head = xstrdup("state");
	cut_from(it->key, " retransmit ");
	free(from);
	free(to);
}

/* "child gone": the process is the speaker. "server NAME +1": the counter. */
static void set_sampled(struct item *it)
{
	const struct event *ev = event_of(it);
	size_t n = strlen(ev->text);

	if (ev->kind == EV_PROC)
		n = strcspn(ev->text, " ");
	else if (strrchr(ev->text, ' '))
		n = strrchr(ev->text, ' ') - ev->text;
	it->speaker = xasprintf("%s %.*s", ev->who, (int)n, ev->text);
	it->head = xstrdup("");
	if (ev->kind == EV_COUNT)
		it->key[strcspn(it->key, "+-")] = '\0';
}

static void set_event(const struct run_side *side, struct item *it)
{
	const struct event *ev = event_of(it);

	it->key = vary_text(&side->vary, ev, VARY_KEY);
	it->shown = vary_text(&side->vary, ev, VARY_SHOW);
	if (ev->kind == EV_PACKET) {
		set_packet(side, it);
	} else if (ev->kind == EV_TCP) {
		set_tcp(side, it);
	} else if (ev->kind == EV_PROC || ev->kind == EV_COUNT) {
		set_sampled(it);
	} else {
		bool child = ev->kind == EV_SIGNAL && ev->signal &&
			!strcmp(ev->signal, "SIGCHLD");

		/* When it is delivered is up to the scheduler. */
		it->speaker = xasprintf("%s%s", ev->who,
					child ? " SIGCHLD" : "");
		it->head = xstrdup(is_call(it) ? ev->call : "end");
	}
}

static void set_command(const struct run_side *side, struct item *it)
{
	const char *text = it->entry->text;

	it->speaker = xstrdup(">");
	it->key = vary_command(&side->vary, text, VARY_KEY);
	it->shown = vary_command(&side->vary, text, VARY_SHOW);
	it->head = xstrndup(text, strcspn(text, " "));
}

static bool same_speaker(const struct item *a, const struct item *b)
{
	return !strcmp(a->speaker, b->speaker);
}

static struct item *before(const struct run_side *side, const struct item *it)
{
	return it->previous == ALIGN_NONE ? NULL : &side->items[it->previous];
}

static struct item *after(const struct run_side *side, const struct item *it)
{
	struct item *end = side->items + side->count;

	for (struct item *next = (struct item *)it + 1; next < end; next++)
		if (same_speaker(next, it))
			return next;
	return NULL;
}

/* The lines of the same process after this one; SIGCHLD speaks for itself. */
static const struct item *next_of_process(const struct run_side *side,
					  const struct item *it)
{
	const struct item *end = side->items + side->count;

	for (const struct item *next = it + 1; next < end; next++)
		if (event_of(next) && event_of(next)->pid &&
		    event_of(next)->probe == PROBE_STRACE &&
		    event_of(next)->pid == event_of(it)->pid)
			return next;
	return NULL;
}

static bool starts_program(const struct item *it)
{
	return event_of(it)->kind == EV_CALL && it->previous == ALIGN_NONE &&
		!strcmp(event_of(it)->call, "execve");
}

/* Where a process is found by what kills it is chance. */
static bool is_cut_short(const struct run_side *side, const struct item *it)
{
	const struct event *ev = event_of(it);
	const struct item *end = side->items + side->count;

	if (ev->kind != EV_CALL || ev->has_ret || ev->error)
		return false;
	for (const struct item *p = side->items; p < end; p++)
		if (event_of(p) && event_of(p)->kind == EV_EXIT &&
		    event_of(p)->pid == ev->pid && event_of(p)->signal)
			return true;
	return false;
}

static bool is_minor_call(const struct run_side *side, const struct item *it)
{
	const struct event *ev = event_of(it);
	const struct item *next = next_of_process(side, it), *then;

	if (is_cut_short(side, it))
		return true;
	if (!next)
		return false;
	if (ev->kind == EV_BLOCKED)
		return event_of(next)->kind == EV_CALL &&
			!strcmp(event_of(next)->call, ev->call) &&
			event_of(next)->blocked_ns < BLOCKED_NS;
	if (!ev->error || strncmp(ev->error, "ERESTART", 8) != 0 ||
	    strcmp(next->speaker + strcspn(next->speaker, " "),
		   " SIGCHLD") != 0)
		return false;
	then = next_of_process(side, next);
	return !then || !is_call(then) ||
		strcmp(event_of(then)->call, "rt_sigreturn") != 0;
}

static bool is_minor_packet(const struct run_side *side, const struct item *it)
{
	const struct event *ev = event_of(it);
	const struct item *p = before(side, it);

	for (int i = 0; p && i < LOOK_BACK; i++, p = before(side, p))
		if (!strcmp(p->segment, it->segment) &&
		    p->entry->ev->fate == ev->fate)
			return true;
	return !ev->fate && strstr(ev->text, " ACK seq ") &&
		!strstr(ev->text, " len ");
}

/* Did it give way to another one at once, or was there no time to see? */
static bool is_passing(const struct run_side *side, const struct item *it)
{
	const struct item *next = after(side, it);
	int64_t end_ns = next ? event_of(next)->t_ns : side->end_ns;

	if (next)
		return end_ns - event_of(it)->t_ns < LASTING_NS;
	return side->played && end_ns - event_of(it)->t_ns < TAIL_NS;
}

/* A state that the kernel does not leave a socket in by itself. */
static bool is_on_the_way(const struct event *ev)
{
	return ev->kind == EV_TCP && ev->state &&
		strcmp(ev->state, "TIME-WAIT") != 0 &&
		strcmp(ev->state, "CLOSED") != 0;
}

static bool is_minor_state(const struct run_side *side, const struct item *it)
{
	const struct item *last = before(side, it);

	if (last && !strcmp(last->key, it->key))
		return true;	/* only told once more */
	return is_passing(side, it) &&
		(after(side, it) || is_on_the_way(event_of(it)));
}

/*
 * How many bytes lie where is looked at when all is at rest. A line that tells
 * of a change of state has what happened to lie there at that moment. What is
 * not acknowledged yet is about to be, or to be sent again.
 */
static void cut_bytes(struct run_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct item *it = &side->items[i];
		const struct event *ev = event_of(it);

		if (!ev || ev->kind != EV_TCP)
			continue;
		cut_from(it->key, " unsent ");
		cut_from(it->key, " unacked ");
		if (!ev->old_state || !ev->state || is_passing(side, it) ||
		    strcmp(ev->old_state, ev->state) != 0)
			cut_from(it->key, " unread ");
	}
}

static bool is_minor_count(const struct run_side *side, const struct item *it)
{
	static const char *const about_time[] = { "Retrans", "Delayed", "TLP",
		"LossProbe", "Timeout", "SegsIn", "SegsOut", "Pkts",
		"Octets", "HPHits", "HPAcks", "PureAcks" };

	for (size_t i = 0; i < sizeof(about_time) / sizeof(about_time[0]); i++)
		if (strstr(it->key, about_time[i]))
			return true;
	return before(side, it);
}

static bool is_minor(const struct run_side *side, const struct item *it)
{
	if (!event_of(it))
		return false;
	switch (event_of(it)->kind) {
	case EV_CALL:
	case EV_BLOCKED:
		return is_minor_call(side, it);
	case EV_PACKET:
		return is_minor_packet(side, it);
	case EV_TCP:
	case EV_PROC:
		return is_minor_state(side, it);
	case EV_COUNT:
		return is_minor_count(side, it);
	default:
		return false;
	}
}

static void add_item(struct run_side *side, const struct entry *e)
{
	struct item *it = &side->items[side->count];

	*it = (struct item){ .entry = e, .previous = ALIGN_NONE,
			     .beside = ALIGN_NONE };
	if (e->kind == ENTRY_COMMAND)
		set_command(side, it);
	else
		set_event(side, it);
	for (size_t i = side->count; i-- > 0;)
		if (same_speaker(&side->items[i], it)) {
			it->previous = i;
			break;
		}
	side->count++;
	if (!e->ev)
		return;
	side->played |= e->ev->expected != NULL;
	if (e->ev->t_ns > side->end_ns)
		side->end_ns = e->ev->t_ns;
}

static void side_init(struct run_side *side)
{
	size_t most = side->last - side->first;

	side->vary.by_host = true;
	vary_learn(&side->vary, side->story, side->first, side->last);
	side->items = xcalloc(most + 1, sizeof(*side->items));
	for (size_t i = side->first; i < side->last; i++)
		if (side->story->list[i].kind != ENTRY_SCENE)
			add_item(side, &side->story->list[i]);
	cut_bytes(side);
	for (size_t i = 0; i < side->count; i++) {
		struct item *it = &side->items[i];

		it->minor = is_minor(side, it);
		it->done = it->entry->ev && starts_program(it);
	}
}

static void side_release(struct run_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		free(side->items[i].speaker);
		free(side->items[i].key);
		free(side->items[i].head);
		free(side->items[i].segment);
		free(side->items[i].shown);
	}
	free(side->items);
	vary_release(&side->vary);
}

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

/* Is the last that was seen of this speaker one that nothing follows? */
static bool is_settled(const struct run_side *side, const size_t *index,
		       size_t n)
{
	const struct item *last = n ? &side->items[index[n - 1]] : NULL;

	return last && event_of(last) &&
		(event_of(last)->kind == EV_BLOCKED ||
		 event_of(last)->kind == EV_EXIT);
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
	const struct event *ev = event_of(it);
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
 * over with its last evidence, and what was still to come is not recorded.
 */
static void forgive_tail(struct run_side *side, const size_t *index,
			 const struct align_line *lines, size_t n,
			 const struct run_side *other, size_t others,
			 bool other_settled)
{
	const struct item *last = n ? &side->items[index[n - 1]] : NULL;

	if (!last || !event_of(last) || !other->played)
		return;
	if (others ? event_of(last)->probe == PROBE_STRACE && other_settled :
	    !may_be_unseen(other, last))
		return;
	while (n-- > 0 && lines[n].beside == ALIGN_NONE) {
		struct item *it = &side->items[index[n]];

		if (side->end_ns - event_of(it)->t_ns > TAIL_NS)
			return;
		it->minor = true;
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
				known = same_speaker(&c->side[0].items[j], it);
			if (!known)
				align_speaker(c, it->speaker);
		}
	forget_minor(&c->side[0]);
	forget_minor(&c->side[1]);
}

/* --- what is shown ----------------------------------------------------- */

static bool is_whole(const struct comparison *c)
{
	return c->opt.wide || (!c->st.tty && !c->opt.columns);
}

static int who_width(const struct comparison *c)
{
	size_t widest = 5;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < c->side[k].count; i++) {
			const struct event *ev = event_of(&c->side[k].items[i]);
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
	const struct event *ev = it ? event_of(it) : NULL;
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
	if (!event_of(it))
		return xasprintf("> %s", it->shown);
	return xasprintf("%s %s", event_of(it)->who, it->shown);
}

static void note_difference(struct comparison *c, const struct item *a,
			    const struct item *b)
{
	char *one, *two;

	if (!event_of(a ? a : b)) {
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

static void put_rows(struct comparison *c)
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
	put_rows(c);
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
