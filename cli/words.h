/*
 * words - a line split as a shell would: spaces, "…", '…', \ before a
 * character. A # that begins a word starts a comment.
 */
#ifndef WORDS_H
#define WORDS_H

#include "errmsg.h"

struct words {
	char **list;		/* ends in NULL */
	int count;
};

int words_split(struct words *w, const char *line, struct errmsg *err);
void words_release(struct words *w);

#endif
