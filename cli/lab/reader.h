/*
 * reader - what reading a handout is about; for handout*.c alone
 *
 * handout.c walks over the blocks that cmark finds and asks the others for what
 * is in them:
 *	handout_text.c		characters and lines of the source
 *	handout_fence.c		fences: is each one closed, is it a step's
 *	handout_prose.c		what a block says, as a person reads it
 *	handout_step.c		the lines of a lab block
 *	handout_predict.c	a list that asks what will come
 *
 * What can fail returns -1 (or NULL) with the error set. What was added to the
 * handout before that stays in it, for handout_free().
 */
#ifndef READER_H
#define READER_H

#include "buf.h"
#include "lab/handout.h"

#include <cmark.h>

struct reader {
	struct handout *h;
	struct errmsg *err;
	struct buf text;
	size_t *starts;		/* where each line starts in text */
	int num_lines;
	int title_line;		/* 0: none yet */
	int steps;		/* of the scene so far */
	int asked;		/* line of the prediction without a step yet */
	size_t after_paragraph;	/* items, when the last was a paragraph */
};

/* Sets the error to "path:line: what is wrong"; returns -1. */
int wrong(struct reader *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* How much of a text fits into a message, without half a character. */
int some(const char *text);

/* Room for one more, doubled whenever count items fill it. */
void *room_for_one(void *list, size_t count, size_t size);

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static inline const char *literal(cmark_node *node)
{
	const char *text = cmark_node_get_literal(node);

	return text ? text : "";
}

/* The text with plain line ends, and where its lines start. */
void reader_take_text(struct reader *r, const char *text, size_t len);

/* Is it UTF-8 without control characters? */
int reader_check_text(struct reader *r);

/* References as &#27; turn into characters only within cmark. */
int reader_check_decoded(struct reader *r, int line, const char *text);

/* A line of the source, from 1, without its end. "" if there is none. */
const char *reader_line(const struct reader *r, int line, size_t *len);
char *reader_lines(const struct reader *r, int first, int last);

/* How long a fence is at s; 0 if there is none. */
size_t fence_len(const char *s, size_t len);

/*
 * The first line of a text, from 1, that would open a lab block, with a fence
 * of this character (0: of any) and at least this length; 0: none would.
 */
int opens_lab(const char *text, char fence, size_t least);

/* The info's first word is "lab". */
bool is_lab(cmark_node *node);
bool contains_lab(cmark_node *root);

int reader_check_fences(struct reader *r, cmark_node *root);

/* The scene that is being read; NULL before the first one. */
struct scene *last_scene(struct reader *r);

/* An item of the last scene, or of the introduction. */
struct item *add_item(struct reader *r, enum item_kind kind, int line);

/* Takes the text over. NULL for one that is empty: nothing is added then. */
struct item *add_prose(struct reader *r, int line, char *text, bool verbatim);

/*
 * What a block says, in one line, after a marker. The inline `skip` (or NULL)
 * is left out. NULL with the error set if it may not be shown.
 */
char *inline_text(struct reader *r, cmark_node *block, const char *marker,
		  cmark_node *skip);

bool is_table(const struct reader *r, cmark_node *node);

int read_paragraph(struct reader *r, cmark_node *node, const char *marker);
int read_summary(struct reader *r, cmark_node *node);
int read_verbatim(struct reader *r, cmark_node *node);
int read_html(struct reader *r, cmark_node *node);

/* "who pattern" in two; false if it is not of that shape. */
bool split_expectation(const char *s, char **who, char **pattern);

int read_step(struct reader *r, cmark_node *node);

bool is_prediction(cmark_node *list);
int read_prediction(struct reader *r, cmark_node *list);

#endif
