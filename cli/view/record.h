/*
 * record - what was shown since the last scene or box began, kept in memory
 *
 * From it the time line, the ladder, a comparison and saved files are made. It
 * is bounded: past RECORD_MAX bytes nothing more is kept; record_limit() sees
 * to that, and is to be called now and then.
 */
#ifndef RECORD_H
#define RECORD_H

#include "view.h"

#define RECORD_MAX	(64U << 20)

struct record;

struct record *record_new(void);
void record_free(struct record *r);

/* The view that fills it; the record outlives it. */
struct view *record_view(struct record *r);

/* Start anew. What was there can be taken first: the caller frees it. */
void record_clear(struct record *r);
char *record_take(struct record *r);

/* All of it, as lines; valid until more is recorded. "" if there is none. */
const char *record_text(struct record *r);
/* True once: from now on nothing is kept, and a person should be told. */
bool record_limit(struct record *r);

#endif
