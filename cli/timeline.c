#include "timeline.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>

/* The older half goes at once, so that dropping costs little an event. */
static void drop_oldest(struct timeline *tl)
{
	size_t kept = tl->count - tl->first;
	size_t go = kept / 2;

	if (kept < TIMELINE_MAX || tl->flushed < tl->first + go)
		return;
	for (size_t i = 0; i < go; i++)
		event_free(tl->kept[i]);
	memmove(tl->kept, tl->kept + go, (kept - go) * sizeof(*tl->kept));
	tl->first += go;
}

void timeline_add(struct timeline *tl, struct event *ev)
{
	drop_oldest(tl);
	if (tl->count - tl->first == tl->room) {
		tl->room = tl->room ? 2 * tl->room : 256;
		tl->kept = xrealloc(tl->kept, tl->room * sizeof(*tl->kept));
	}
	ev->seq = tl->next_seq++;
	tl->kept[tl->count++ - tl->first] = ev;
}

struct event *timeline_at(const struct timeline *tl, size_t i)
{
	return i < tl->first || i >= tl->count ? NULL : tl->kept[i - tl->first];
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = *(struct event *const *)a;
	const struct event *y = *(struct event *const *)b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	if (x->probe != y->probe)
		return x->probe < y->probe ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void timeline_flush(struct timeline *tl, size_t *from)
{
	size_t n = tl->count - tl->flushed;

	*from = tl->flushed;
	if (n > 1)
		qsort(tl->kept + (tl->flushed - tl->first), n,
		      sizeof(*tl->kept), by_time);
	tl->flushed = tl->count;
}

void timeline_release(struct timeline *tl)
{
	for (size_t i = tl->first; i < tl->count; i++)
		event_free(tl->kept[i - tl->first]);
	free(tl->kept);
	*tl = (struct timeline){ 0 };
}
