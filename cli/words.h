/*
 * words - a line split as a shell would: spaces, "…", '…', \ before a
 * character. A # that begins a word starts a comment.
 */
#ifndef WORDS_H
#define WORDS_H

#include "errmsg.h"

#include <stddef.h>

struct words {
	char **list;		/* ends in NULL */
	int count, room;
};

int words_split(struct words *w, const char *line, struct errmsg *err);
/*
 * The length of the next character of a line, with the backslash before it.
 * *quote is 0 at the line's beginning, and then the quotes that one is within:
 * within '...' everything stands for itself.
 */
size_t words_step(const char *p, char *quote);

void words_add(struct words *w, const char *word);	/* a copy */
void words_add_fmt(struct words *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_release(struct words *w);

#endif
