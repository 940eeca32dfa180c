/*
 * Which sampled states are expected, of sockets, processes and counters: those
 * that last. What passes may be seen or not.
 */
#include "keeper.h"

#include <stdlib.h>
#include <string.h>

static bool same_socket(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && !strcmp(a->from, b->from) &&
		!strcmp(a->to, b->to);
}

/* The last that was seen of this socket before the segment; or NULL. */
static const struct event *state_before(const struct keeper *k,
					const struct segment *seg,
					const struct event *ev)
{
	for (size_t i = seg->events; i-- > k->first;) {
		const struct event *old = keeper_event(k, i);

		if (old && old->kind == EV_TCP && old->from && old->to &&
		    old->state && same_socket(old, ev))
			return old;
	}
	return NULL;
}

static bool is_last_of_socket(const struct keeper *k,
			      const struct segment *seg, size_t i)
{
	for (size_t n = i + 1; n < seg->end; n++) {
		const struct event *ev = keeper_event(k, n);

		if (ev && ev->kind == EV_TCP && ev->from && ev->to &&
		    same_socket(ev, keeper_event(k, i)))
			return false;
	}
	return true;
}

static bool is_on_lo(const struct event *ev)
{
	return !ev->host || !strcmp(ev->host, "lo");
}

static bool is_listener(const struct event *ev)
{
	return !strcmp(ev->to, "*");
}

static long unread(const struct event *ev)
{
	const char *bytes = strstr(ev->text, " unread ");

	return bytes ? atol(bytes + strlen(" unread ")) : 0;
}

/*
 * A change of nothing but how much lies there unread. It is told at rest, as
 * a change from what was told last; and as nobody knows at which moments all
 * will be at rest again, it has to be another number than each one before.
 */
static bool is_of_bytes(const struct keeper *k, const struct segment *seg,
			const struct event *ev)
{
	if (!unread(ev) || !ev->old_state || strcmp(ev->old_state, ev->state))
		return false;
	for (size_t i = k->first; i < seg->events; i++) {
		const struct event *old = keeper_event(k, i);

		if (old && old->kind == EV_TCP && old->from && old->to &&
		    same_socket(old, ev) && unread(old) == unread(ev))
			return false;
	}
	return true;
}

/*
 * A state that lasts, and is another one than before: the last of the segment,
 * seen at rest, or one that lasts by itself.
 */
static bool is_lasting(const struct keeper *k, const struct segment *seg,
		       size_t i)
{
	const struct event *ev = keeper_event(k, i), *old;

	if (!ev->from || !ev->to || !ev->state || !seg->quiet_start ||
	    !is_last_of_socket(k, seg, i) ||
	    keeper_is_reset_by_chance(k, seg, ev))
		return false;
	old = state_before(k, seg, ev);
	if (old && (is_listener(ev) || is_of_bytes(k, seg, ev) ?
		    !strcmp(old->text, ev->text) :
		    !strcmp(old->state, ev->state)))
		return false;
	/* That it is gone is told of what has been seen: on lo, by chance. */
	if (!strcmp(ev->state, "CLOSED") && is_on_lo(ev) && !old)
		return false;
	return seg->quiet_end || (!is_listener(ev) &&
				  (!strcmp(ev->state, "TIME-WAIT") ||
				   !strcmp(ev->state, "CLOSED")));
}

/*
 * Between hosts each frame is looked at on its way, so the states of one
 * connection come in one order. A listener's, and those on lo, do not: of them
 * one alone is taken.
 */
static void choose_states(struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	size_t listener = seg->end, lone = seg->end;
	bool expected = false;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(k, i);

		if (!ev || ev->kind != EV_TCP)
			continue;
		k->keep[i] = ev->expected;
		expected |= k->keep[i];
	}
	for (size_t i = seg->events; i < seg->end && !expected; i++) {
		const struct event *ev = keeper_event(k, i);

		if (!ev || ev->kind != EV_TCP || !is_lasting(k, seg, i))
			continue;
		if (is_listener(ev))
			listener = i;
		else if (is_on_lo(ev))
			lone = i;
		else if (!first || keeper_same_ends(first, ev)) {
			k->keep[i] = true;
			first = ev;
		}
		k->at_rest[i] = seg->quiet_end &&
			is_of_bytes(k, seg, ev);
	}
	if (!first && lone < seg->end)
		k->keep[lone] = true;
	else if (!first && listener < seg->end)
		k->keep[listener] = true;
}

/* Nothing else was seen of it in this segment. */
static bool is_last_in_proc(const struct keeper *k, const struct segment *seg,
			    size_t i)
{
	for (size_t n = i + 1; n < seg->end; n++)
		if (keeper_event(k, n) && keeper_event(k, n)->kind == EV_PROC &&
		    keeper_event(k, n)->pid == keeper_event(k, i)->pid)
			return false;
	return true;
}

static bool ended_here(const struct keeper *k, const struct segment *seg,
		       pid_t pid)
{
	for (size_t i = seg->events; i < seg->end; i++)
		if (keeper_is_traced(keeper_event(k, i)) && k->keep[i] &&
		    keeper_event(k, i)->kind == EV_EXIT &&
		    keeper_event(k, i)->pid == pid)
			return true;
	return false;
}

static bool is_lasting_proc(const struct keeper *k, const struct segment *seg,
			    size_t i)
{
	const struct event *ev = keeper_event(k, i);

	if (!is_last_in_proc(k, seg, i))
		return false;
	if (!strcmp(ev->state, "gone"))
		return keeper_process(k, ev->pid)->parent &&
			(ended_here(k, seg, ev->pid) || seg->quiet_start);
	return seg->quiet_start && seg->quiet_end &&
		(ev->state[0] == 'Z' || ev->state[0] == 'T' ||
		 !strncmp(ev->state, "parent ", 7));
}

/*
 * Of one process at a time: who of two is gone first is up to the scheduler. A
 * zombie is seen for sure if it stays one.
 */
static void choose_proc(struct keeper *k, const struct segment *seg)
{
	const struct event *only = NULL;
	bool expected = false;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(k, i);

		expected |= ev && ev->expected && ev->kind == EV_PROC;
	}
	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(k, i);
		const struct process *p = ev && ev->kind == EV_PROC &&
			ev->state ? keeper_process(k, ev->pid) : NULL;

		if (!p || !p->name)
			continue;
		k->keep[i] = expected ? ev->expected != NULL :
			(!only || only->pid == ev->pid) &&
			is_lasting_proc(k, seg, i);
		if (k->keep[i])
			only = ev;
	}
}

static void choose_counts(struct keeper *k, const struct segment *seg)
{
	for (size_t i = seg->events; i < seg->end; i++)
		if (keeper_event(k, i) && keeper_event(k, i)->kind == EV_COUNT)
			k->keep[i] = keeper_event(k, i)->expected;
}

void keeper_choose_states(struct keeper *k, const struct segment *seg)
{
	choose_states(k, seg);
	choose_proc(k, seg);
	choose_counts(k, seg);
}
