/*
 * match_pattern - a pattern as a row of tokens; for match*.c alone
 *
 * tokens_init() reads a pattern, with the names known then; tokens_match() says
 * whether a text is what it describes; tokens_release() after that.
 */
#ifndef MATCH_PATTERN_H
#define MATCH_PATTERN_H

#include "buf.h"
#include "lab/match.h"

enum token_kind {
	TOKEN_LITERAL,
	TOKEN_SAME,		/* a name taken before, in this pattern */
	TOKEN_STAR,		/* from here on: elastic, with a row each */
	TOKEN_SPACE,
	TOKEN_TAKE,		/* an unknown name */

	NUM_TOKEN_KINDS
};

struct token {
	enum token_kind kind;
	size_t start, len;	/* LITERAL: within the literals */
	size_t take;		/* TAKE, SAME: which */
	size_t row;		/* elastic: its row in the table */
	size_t level;		/* names that are met again, taken before it */
};

struct take {
	const char *name;
	size_t name_len;
	bool again;		/* a SAME of it follows */
	size_t start, end;	/* what it took of the text */
};

struct tokens {
	struct token *list;
	size_t count;
	struct buf literals;
	struct take *takes;
	size_t num_takes, num_rows, num_levels;
};

/* The tokens borrow the names in the pattern. */
void tokens_init(struct tokens *t, const char *pattern, const struct names *n);
void tokens_release(struct tokens *t);

/* Fills in what the takes took. The text is without spaces at its ends. */
bool tokens_match(struct tokens *t, const char *text, size_t len);

/* NULL where nothing is known by that name, which need not be terminated. */
struct name *names_find(const struct names *n, const char *name, size_t len);

/* Characters are the same in every locale. */
static inline bool pattern_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What an unknown name can take. */
bool pattern_is_value(char c);

/* How long the name is that s begins with; 0: with none. */
size_t pattern_name_len(const char *s);

/* Where the text begins and how long it is without spaces at its ends. */
const char *pattern_trim(const char *text, size_t *len);

#endif
