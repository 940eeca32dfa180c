/*
 * story - a recording as a list of what was done and what came of it
 *
 * The scenes, commands and events of a recorded run (replay.h), in the order in
 * which they were shown; prose, verdicts and what is folded are left out.
 * Whoever compares runs or makes something of them reads it in this form.
 *
 * A process that got its name late has it from its first line on here, and an
 * event that was first shown and then met has its `expected`.
 */
#ifndef STORY_H
#define STORY_H

#include "errmsg.h"
#include "event.h"

#include <stddef.h>

enum entry_kind {
	ENTRY_SCENE,
	ENTRY_COMMAND,
	ENTRY_EVENT,

	NUM_ENTRY_KINDS
};

struct entry {
	enum entry_kind kind;
	char *text;		/* a scene's title, a command; else NULL */
	struct event *ev;	/* an event; `expected` only says whether */
};

/* A zeroed struct is empty. */
struct story {
	struct entry *list;
	size_t count;
};

/* name is for messages. */
int story_read(struct story *st, const char *text, const char *name,
	       struct errmsg *err);
void story_release(struct story *st);

#endif
