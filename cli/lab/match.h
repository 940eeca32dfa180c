/*
 * match - a pattern held against one line of text
 *
 *	*		any run of characters, also none; the shortest that does
 *	$name		a known name stands for its value; an unknown one takes
 *			a run of letters, digits and _ . + - / (the longest
 *			that does) and must meet the same value from then on
 *			($$ is one dollar)
 *	\*  \$  \\	the character itself
 *	spaces		any run of white space; at least one character of it
 *	anything else	itself, a backslash before another character included
 *
 * A name is [A-Za-z_][A-Za-z0-9_]*. The pattern has to account for the whole
 * text. Leading and trailing spaces of both do not count. Runs in time
 * proportional to the product of both lengths at the worst. One exception: an
 * unknown name that stands twice in the same pattern. There the work has a
 * limit, far beyond what any line of a trace needs, after which it counts as
 * no match.
 */
#ifndef MATCH_H
#define MATCH_H

#include "errmsg.h"

#include <stdbool.h>
#include <stddef.h>

#define PATTERN_MAX 1024	/* bytes; a longer one matches nothing */

/* What $names stand for. A zeroed struct is empty. */
struct names {
	struct name {
		char *name, *value;
	} *list;
	size_t count, room;
};

const char *names_get(const struct names *n, const char *name);	/* or NULL */
void names_set(struct names *n, const char *name, const char *value);
void names_release(struct names *n);

/*
 * True if it matches; names taken on the way are then set in *n. Otherwise *n
 * is as it was.
 */
bool match(const char *pattern, const char *text, struct names *n);

/* Would this pattern ever match anything a person meant? 0, or -1 and *err. */
int match_check(const char *pattern, struct errmsg *err);

/*
 * How near a text comes to a pattern, for "the nearest events were": 0 nothing
 * in common, 100 it matches. Pure text likeness of the literal parts, in which
 * the beginning (the call's name) weighs most. Only the first 1024 bytes of
 * the text are compared.
 */
int match_nearness(const char *pattern, const char *text,
		   const struct names *n);

/*
 * Put the values of known $names into a command's line, but not within '...';
 * $$ is one dollar. The caller frees it. An unknown name is an error: NULL, and
 * *err says which.
 */
char *names_expand(const struct names *n, const char *line,
		   struct errmsg *err);

#endif
