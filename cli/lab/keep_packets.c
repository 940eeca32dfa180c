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

static bool was_sent_before(const struct keeper *k, size_t i)
{
	const struct event *ev = keeper_event(k, i);
	char *segment = keep_segment(ev->text);
	bool before = false;

	for (size_t n = i; n-- > k->first && !before;) {
		const struct event *old = keeper_event(k, n);
		char *earlier;

		if (!is_packet(old) || old->fate != ev->fate)
			continue;
		earlier = keep_segment(old->text);
		before = !strcmp(earlier, segment);
		free(earlier);
	}
	free(segment);
	return before;
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
		split = strcmp(theirs, segment) != 0;
		free(theirs);
	}
	free(segment);
	return split;
}

/* Where the sender's bytes end: the number that is to be acknowledged. */
static long end_of(const char *text)
{
	const char *seq = strstr(text, " seq ");
	long from = 0, to = 0;

	if (!seq)
		return 0;
	if (sscanf(seq, " seq %ld:%ld", &from, &to) < 2)
		to = from;
	return to + (memmem(text, seq - text, "SYN", 3) != NULL) +
		(memmem(text, seq - text, "FIN", 3) != NULL);
}

/* Was it sent without knowing of what the other side had sent last? */
static bool has_crossed(const struct keeper *k, const struct segment *seg,
			size_t i)
{
	const struct event *ev = keeper_event(k, i), *last = NULL;
	const char *ack = strstr(ev->text, " ack ");
	long number;

	while (i-- > seg->events && !last) {
		last = keeper_event(k, i);
		if (!k->keep[i] || !is_packet(last) ||
		    strcmp(last->from, ev->to) != 0 ||
		    strcmp(last->to, ev->from) != 0)
			last = NULL;
	}
	if (!last || !strstr(last->text, " seq "))
		return false;
	if (!ack || sscanf(ack, " ack %ld", &number) != 1)
		return !strstr(ev->text, " RST ");
	return number < end_of(last->text);
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
		k->keep[i] = ev->expected;
		if (ev->expected || !seg->quiet_start ||
		    was_sent_before(k, i) ||
		    (!ev->fate && strstr(ev->text, " ACK seq ") &&
		     !is_data(ev)) ||
		    is_split(k, seg, ev) || has_crossed(k, seg, i) ||
		    (first && one && !keeper_same_ends(first, ev)))
			continue;
		k->keep[i] = true;
		if (!first)
			first = ev;
	}
}
