/* line - one event as one line for a person */
#ifndef LINE_H
#define LINE_H

#include "event.h"
#include "style.h"

struct line_place {
	int64_t t0_ns;		/* times are told from here */
	int columns;		/* -1: whole */
	int who_width;		/* grows with the longest name */
	bool numbers;
};

/* Mark, time, who, what; cut so that what matters of it stays in sight. */
void line_event(const struct style *st, struct line_place *place,
		const struct event *ev, struct buf *b);

#endif
