/*
 * timeline - what happened, from all probes, in one order
 *
 * Probes add events as they come; timeline_flush() puts the new ones in the
 * order of their times. An event that comes after a younger one has been handed
 * on keeps its own time and its later place.
 *
 * The time line owns its events. It keeps the last TIMELINE_MAX of them; older
 * ones are dropped and counted, so that a long session has a bound.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "event.h"

#include <stddef.h>

#define TIMELINE_MAX	200000U

struct timeline {
	struct event **kept;	/* kept[i - first] is event i */
	size_t first, count, room;
	size_t flushed;		/* how many have been handed on */
	unsigned int next_seq;
};

/* Takes the event over. */
void timeline_add(struct timeline *tl, struct event *ev);

/* Event i of all that ever came; NULL if it is no longer kept. */
struct event *timeline_at(const struct timeline *tl, size_t i);

/*
 * Order what is new by time, then probe, then arrival: equal input gives an
 * equal order. It then counts as handed on, from event *from to tl->count.
 */
void timeline_flush(struct timeline *tl, size_t *from);

void timeline_release(struct timeline *tl);

#endif
