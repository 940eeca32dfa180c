/*
 * One run's lines as items: who speaks, what it is compared by, and whether it
 * would be a difference if the other run had nothing like it.
 */
#include "comparison.h"

#include "buf.h"
#include "view/align.h"

#include <stdlib.h>
#include <string.h>

#define MS		1000000LL
#define BLOCKED_NS	(500 * MS)	/* of a process that surely slept */
#define LASTING_NS	(500 * MS)	/* of a state that surely is seen */
#define LOOK_BACK	100	/* packets, for one that was sent before */

const struct event *item_event(const struct item *it)
{
	return it->entry->ev;
}

static bool is_call(const struct item *it)
{
	return item_event(it) && (item_event(it)->kind == EV_CALL ||
				item_event(it)->kind == EV_BLOCKED);
}

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

/* What had arrived by then depends on which of two that crossed was faster. */
static void cut_ack(char *text)
{
	char *ack = strstr(text, " ack ");
	size_t n = ack ? strlen(" ack ") : 0;

	if (!ack)
		return;
	n += strspn(ack + n, "0123456789");
	memmove(ack, ack + n, strlen(ack + n) + 1);
}

static void set_packet(const struct run_side *side, struct item *it)
{
	const struct event *ev = item_event(it);
	char *from = vary_end(&side->vary, ev->from ? ev->from : "",
			      VARY_KEY);
	char *to = vary_end(&side->vary, ev->to ? ev->to : "", VARY_KEY);

	it->speaker = xasprintf("%s %s > %s", ev->who, from, to);
	it->head = xstrdup("packet");
	it->segment = segment_of(it->key);
	cut_ack(it->key);
	free(from);
	free(to);
}

static void set_tcp(const struct run_side *side, struct item *it)
{
	const struct event *ev = item_event(it);
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
	const struct event *ev = item_event(it);
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
	const struct event *ev = item_event(it);

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

bool item_same_speaker(const struct item *a, const struct item *b)
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
		if (item_same_speaker(next, it))
			return next;
	return NULL;
}

/* The lines of the same process after this one; SIGCHLD speaks for itself. */
static const struct item *next_of_process(const struct run_side *side,
					  const struct item *it)
{
	const struct item *end = side->items + side->count;

	for (const struct item *next = it + 1; next < end; next++)
		if (item_event(next) && item_event(next)->pid &&
		    item_event(next)->probe == PROBE_STRACE &&
		    item_event(next)->pid == item_event(it)->pid)
			return next;
	return NULL;
}

static bool starts_program(const struct item *it)
{
	return item_event(it)->kind == EV_CALL && it->previous == ALIGN_NONE &&
		!strcmp(item_event(it)->call, "execve");
}

bool side_was_ending(const struct run_side *side, const struct item *it)
{
	return side->played &&
		side->end_ns - item_event(it)->t_ns < SIDE_TAIL_NS;
}

/* Where a process is found by what kills it is chance. */
static bool is_cut_short(const struct run_side *side, const struct item *it)
{
	const struct event *ev = item_event(it);
	const struct item *end = side->items + side->count;

	if (ev->kind != EV_CALL || ev->has_ret || ev->error)
		return false;
	for (const struct item *p = side->items; p < end; p++)
		if (item_event(p) && item_event(p)->kind == EV_EXIT &&
		    item_event(p)->pid == ev->pid && item_event(p)->signal)
			return true;
	return false;
}

/* Did it return, or was it killed, before everybody must have seen it sleep? */
static bool is_short_sleep(const struct event *sleep, const struct event *next)
{
	if (next->kind == EV_EXIT)
		return next->t_ns - sleep->t_ns < BLOCKED_NS;
	return next->kind == EV_CALL && !strcmp(next->call, sleep->call) &&
		next->blocked_ns < BLOCKED_NS;
}

static bool is_minor_call(const struct run_side *side, const struct item *it)
{
	const struct event *ev = item_event(it);
	const struct item *next = next_of_process(side, it), *then;

	if (is_cut_short(side, it))
		return true;
	if (!next)
		return ev->kind == EV_BLOCKED && !ev->expected &&
			side_was_ending(side, it);
	if (ev->kind == EV_BLOCKED)
		return is_short_sleep(ev, item_event(next));
	if (!ev->error || strncmp(ev->error, "ERESTART", 8) != 0 ||
	    strcmp(next->speaker + strcspn(next->speaker, " "),
		   " SIGCHLD") != 0)
		return false;
	then = next_of_process(side, next);
	return !then || !is_call(then) ||
		strcmp(item_event(then)->call, "rt_sigreturn") != 0;
}

static bool is_minor_packet(const struct run_side *side, const struct item *it)
{
	const struct event *ev = item_event(it);
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

	return next ? item_event(next)->t_ns - item_event(it)->t_ns <
		LASTING_NS : side_was_ending(side, it);
}

/*
 * A state that does not last by itself: of a socket, or of a zombie that the
 * box's init is about to ask for.
 */
static bool is_on_the_way(const struct event *ev)
{
	if (!ev->state)
		return false;
	if (ev->kind == EV_PROC)
		return !strcmp(ev->state, "Z (zombie) parent 1");
	return strcmp(ev->state, "TIME-WAIT") != 0 &&
		strcmp(ev->state, "CLOSED") != 0;
}

/* Told once more, or left only for a moment that nobody need have seen. */
static bool is_known(const struct run_side *side, const struct item *it)
{
	const struct item *p = before(side, it);

	while (p && strcmp(p->key, it->key) != 0)
		p = is_passing(side, p) ? before(side, p) : NULL;
	return p;
}

static bool is_minor_state(const struct run_side *side, const struct item *it)
{
	return is_known(side, it) ||
		(is_passing(side, it) &&
		 (after(side, it) || is_on_the_way(item_event(it))));
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
		const struct event *ev = item_event(it);

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
		"Octets", "HPHits", "HPAcks", "PureAcks", "Challenge",
		"InErrs" };

	for (size_t i = 0; i < sizeof(about_time) / sizeof(about_time[0]); i++)
		if (strstr(it->key, about_time[i]))
			return true;
	return before(side, it);
}

static bool is_minor(const struct run_side *side, const struct item *it)
{
	if (!item_event(it))
		return false;
	switch (item_event(it)->kind) {
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
		if (item_same_speaker(&side->items[i], it)) {
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

void side_init(struct run_side *side)
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

void side_release(struct run_side *side)
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

