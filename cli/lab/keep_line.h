/*
 * keep_line - an event as a pattern, a command as a person would write it
 *
 * Pure functions on text; for keep.c alone.
 */
#ifndef KEEP_LINE_H
#define KEEP_LINE_H

#include "lab/match.h"
#include "view/vary.h"

/*
 * The pattern that a like event meets again: short enough to be read, with the
 * result and the error whole. at_rest: bytes that lie somewhere lie there for
 * good. The caller frees it.
 */
char *keep_pattern(const struct vary *v, const struct event *ev,
		   bool at_rest);

/*
 * Each whole word of a command that is a key of *words becomes its value. A
 * dollar that begins no known name is written $$. The caller frees it.
 */
char *keep_command(const char *text, const struct names *words,
		   const struct names *known);

/* The words of a packet's line that stay when it is sent once more. */
char *keep_segment(const char *text);

#endif
