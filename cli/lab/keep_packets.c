/* Which packets are expected: those that came of the command, in one order. */
#include "keeper.h"

#include "keep_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_packet(const struct event *ev)
{
	return ev && ev->kind == EV_PACKET && ev->from && ev->to;
}

bool keeper_same_ends(const struct event *a, const struct event *b)
{
	return (!strcmp(a->from, b->from) && !strcmp(a->to, b->to)) ||
		(!strcmp(a->from, b->to) && !strcmp(a->to, b->from));
}

/* The numbers of its bytes, SYN and FIN among them: from, and up to. */
static bool read_range(const char *text, long *from, long *to)
{
	const char *seq = strstr(text, " seq ");
	int n = seq ? sscanf(seq, " seq %ld:%ld", from, to) : 0;

	if (n < 1)
		return false;
	if (n < 2)
		*to = *from;
	*to += (memmem(text, seq - text, "SYN", 3) != NULL) +
		(memmem(text, seq - text, "FIN", 3) != NULL);
	return true;
}

static long number_after(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at ? atol(at + strlen(word)) : -1;
}

/* Of the same sender: the same once more? Data may be cut otherwise then. */
static bool is_same_again(const struct event *old, const struct event *ev)
{
	char *earlier = keep_segment(old->text);
	char *later = keep_segment(ev->text);
	bool same = !strcmp(earlier, later);
	long from, to, old_from, old_to;

	free(earlier);
	free(later);
	if (!read_range(old->text, &old_from, &old_to) ||
	    !read_range(ev->text, &from, &to) || strstr(ev->text, " RST"))
		return same;
	if (from < to)
		return from < old_to && old_from < to;
	return same && number_after(old->text, " ack ") ==
		number_after(ev->text, " ack ");
}

static bool has_fate(const struct event *ev, const char *fate)
{
	return ev->fate && !strcmp(ev->fate, fate);
}

/*
 * Was the like of it on the wire before? Who is slow makes the kernel send
 * again what is held, or what is not acknowledged because something is held.
 * But what was lost has to come again.
 */
static bool was_there(const struct keeper *k, size_t i)
{
	const struct event *ev = keeper_event(k, i);
	bool fresh = !ev->fate || has_fate(ev, "held");

	if (has_fate(ev, "held again"))
		return true;
	for (size_t n = k->first; n < i; n++) {
		const struct event *old = keeper_event(k, n);

		if (!is_packet(old) || strcmp(old->from, ev->from) != 0 ||
		    strcmp(old->to, ev->to) != 0 || !is_same_again(old, ev))
			continue;
		if (old->fate == ev->fate ||
		    (fresh && !has_fate(old, "dropped")))
			return true;
	}
	return false;
}

void keeper_learn_repeated(struct keeper *k)
{
	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = keeper_event(k, i);

		k->repeated[i] = is_packet(ev) ? was_there(k, i) :
			ev && ev->kind == EV_TCP &&
			strstr(ev->text, " retransmit ");
	}
}

/*
 * A busy machine relays slowly, and the kernel sends again what is on its way;
 * whoever has closed by then answers with a RST that need not come.
 */
bool keeper_is_reset_by_chance(const struct keeper *k,
			       const struct segment *seg,
			       const struct event *ev)
{
	const struct event *again = NULL;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *p = keeper_event(k, i);

		if (!is_packet(p) || p->fate || !keeper_same_ends(p, ev))
			continue;
		if (k->repeated[i])
			again = p;
		else if (again && strstr(p->text, " RST") &&
			 !strcmp(p->from, again->to))
			return true;
	}
	return false;
}

/* The same line but for what became of it? */
static bool is_same_frame(const struct event *a, const struct event *b)
{
	const char *end = strrchr(a->text, '['), *other = strrchr(b->text, '[');

	return end && other && end - a->text == other - b->text &&
		!memcmp(a->text, b->text, end - a->text);
}

/*
 * It is held, and a command of its own let it go or dropped it: which can be
 * done only once it is there.
 */
static bool is_asked_for(const struct keeper *k, size_t i)
{
	const struct event *ev = keeper_event(k, i);
	const char *command = "";

	if (!has_fate(ev, "held"))
		return false;
	for (size_t n = i + 1; n < k->last; n++) {
		const struct entry *e = &k->story->list[n];

		if (e->kind == ENTRY_COMMAND)
			command = e->text;
		if (is_packet(e->ev) && (has_fate(e->ev, "let go") ||
					 has_fate(e->ev, "dropped")) &&
		    is_same_frame(e->ev, ev))
			return !strncmp(command, "wire next", 9) ||
				!strncmp(command, "wire drop", 9);
	}
	return false;
}

static bool is_data(const struct event *ev)
{
	return strstr(ev->text, " len ");
}

/* Two writes may go as one segment, or as two. */
static bool is_split(const struct keeper *k, const struct segment *seg,
		     const struct event *ev)
{
	char *segment;
	bool split = false;

	if (!is_data(ev) || !strstr(ev->text, " seq "))
		return false;
	segment = keep_segment(ev->text);
	for (size_t i = seg->events; i < seg->end && !split; i++) {
		const struct event *other = keeper_event(k, i);
		char *theirs;

		if (!is_packet(other) || !is_data(other) ||
		    other->fate != ev->fate ||
		    strcmp(other->from, ev->from) != 0 ||
		    strcmp(other->to, ev->to) != 0)
			continue;
		theirs = keep_segment(other->text);
		split = strcmp(theirs, segment) != 0 && !k->repeated[i];
		free(theirs);
	}
	free(segment);
	return split;
}

/* Was it sent without knowing of what the other side had sent last? */
static bool has_crossed(const struct keeper *k, const struct segment *seg,
			size_t i)
{
	const struct event *ev = keeper_event(k, i), *last = NULL;
	long from, to, ack = number_after(ev->text, " ack ");

	while (i-- > seg->events && !last) {
		last = keeper_event(k, i);
		if (!k->keep[i] || !is_packet(last) ||
		    strcmp(last->from, ev->to) != 0 ||
		    strcmp(last->to, ev->from) != 0)
			last = NULL;
	}
	if (!last || !read_range(last->text, &from, &to))
		return false;
	return ack == -1 ? !strstr(ev->text, " RST ") : ack < to;
}

/* How many processes have made connections in this segment? */
static int count_callers(const struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	int callers = 0;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(k, i);

		if (!keeper_is_traced(ev) || !ev->call ||
		    strcmp(ev->call, "connect") != 0 ||
		    (first && first->pid == ev->pid))
			continue;
		first = ev;
		callers++;
	}
	return callers;
}

void keeper_choose_packets(struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	bool one = count_callers(k, seg) != 1;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(k, i);

		if (!is_packet(ev))
			continue;
		k->keep[i] = ev->expected ||
			(seg->quiet_start && is_asked_for(k, i));
		if (k->keep[i] || !seg->quiet_start || k->repeated[i] ||
		    (!ev->fate && strstr(ev->text, " ACK seq ") &&
		     !is_data(ev)) ||
		    (strstr(ev->text, " RST") &&
		     keeper_is_reset_by_chance(k, seg, ev)) ||
		    is_split(k, seg, ev) || has_crossed(k, seg, i) ||
		    (first && one && !keeper_same_ends(first, ev)))
			continue;
		k->keep[i] = true;
		if (!first)
			first = ev;
	}
}
