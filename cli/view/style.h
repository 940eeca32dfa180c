/*
 * style - what a terminal can show: width, colour, characters
 *
 * Text from programs and packets has no control character in it when it gets
 * here (see probe/strace.h); prose comes from handouts, which have none either.
 */
#ifndef STYLE_H
#define STYLE_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct style {
	FILE *out;
	bool tty;
	bool colour;		/* a terminal, and NO_COLOR is not set */
	bool utf8;
	int columns;		/* of the terminal; 80 in a pipe */
	int rows;		/* of the terminal */
};

enum ink {
	INK_PLAIN,
	INK_DIM,
	INK_BOLD,
	INK_GOOD,
	INK_BAD,
	INK_ASK,
	INK_TITLE,

	NUM_INKS
};

/* columns 0: ask the terminal. */
void style_init(struct style *st, FILE *out, int columns);
void style_resize(struct style *st);	/* the window may have changed */

const char *style_ink(const struct style *st, enum ink ink);
const char *style_who(const struct style *st, const char *who);
const char *style_off(const struct style *st);

/* A character, or what stands for it where it cannot be shown. */
const char *style_check(const struct style *st);	/* seen */
const char *style_cross(const struct style *st);	/* missing */
const char *style_dots(const struct style *st);		/* cut here */
const char *style_arrow(const struct style *st);
const char *style_dot(const struct style *st);		/* between titles */

/* How many columns the text takes; `code` marks count if they are shown. */
int style_width(const struct style *st, const char *text, size_t len);

/* Append text, cut to so many columns with a mark. -1: whole. */
void style_cut(const struct style *st, struct buf *b, const char *text,
	       int columns);

/*
 * The length of the next line of prose, at most so many columns wide, broken at
 * a space; *next is where to go on. `in_code` is carried from line to line:
 * style_prose() turns `code` into bold, or leaves its marks without colour.
 */
size_t style_wrap(const struct style *st, const char *text, int columns,
		  const char **next);
void style_prose(const struct style *st, struct buf *b, const char *text,
		 size_t len, bool *in_code);

#endif
