/*
 * record - what was shown since the last scene or box began, kept in memory
 *
 * From it the time line, the ladder, a comparison and saved files are made. It
 * is bounded: past RECORD_MAX bytes nothing more is kept, and record_full()
 * says so.
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
bool record_full(const struct record *r);

#endif
