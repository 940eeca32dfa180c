/*
 * handout - a lab's Markdown, read into scenes, steps and predictions
 *
 * Only reads: whether a command or a program exists is for the caller, which
 * gets the line number of everything. A handout that is wrong is refused with
 * "file:line: what, and how it should read".
 *
 *	# Title			the lab; the first paragraph is its summary
 *	## Scene		played in a fresh box
 *	```lab			a step:
 *	> start a ./a		  a command
 *	a  close(*) = 0		  an expectation: who, then a pattern
 *	! wire *RST*		  must not come
 *	# a comment
 *	```
 *	- `a bind(*) = 0`: ...	a prediction: a list in which every item begins
 *				with a who and a pattern, after the paragraph
 *				that asks, before the step that grades it
 *	<!-- ... -->		dropped
 *	anything else		prose
 *
 * A who is one word of letters, digits, _ - and . (any bytes beyond ASCII are
 * letters). Every text in a handout is valid UTF-8 without control characters
 * (but for line breaks and tabs in verbatim prose): a file that has others,
 * also as character references, is refused.
 *
 * The handout owns everything in it.
 */
#ifndef HANDOUT_H
#define HANDOUT_H

#include "errmsg.h"

#include <stdbool.h>
#include <stddef.h>

enum line_kind {
	LINE_COMMAND,
	LINE_EXPECT,
	LINE_NEVER,

	NUM_LINE_KINDS
};

struct step_line {
	enum line_kind kind;
	int line;		/* in the file, from 1 */
	char *text;		/* a command's words, after "> " */
	char *who, *pattern;	/* an expectation's */
};

struct step {
	int line;
	int number;		/* 1, 2, ... within its scene */
	struct step_line *lines;
	size_t count;
};

struct option {
	int line;
	char *who, *pattern;
	char *text;		/* what the item says after its pattern */
};

/* Asked before the step that follows it. */
struct prediction {
	int line;
	char *question;		/* the paragraph before the list */
	struct option *options;
	size_t count;
};

enum item_kind {
	ITEM_PROSE,
	ITEM_STEP,
	ITEM_PREDICTION,

	NUM_ITEM_KINDS
};

struct item {
	enum item_kind kind;
	int line;
	/*
	 * ITEM_PROSE: one block, its lines joined with spaces, emphasis marks
	 * taken away and `code` left between its backticks. Each entry of a
	 * list is one, with "- " or "1. " before it, and two spaces before
	 * that for each list it is nested in. `verbatim` text (other fenced
	 * blocks, tables, quotes) keeps its line breaks.
	 */
	char *prose;
	bool verbatim;
	struct step step;
	struct prediction prediction;
};

struct scene {
	int line;
	char *title;
	struct item *items;
	size_t count;
};

struct handout {
	char *path;
	char *title;
	char *summary;		/* "" if there is none */
	struct item *intro;	/* prose between the summary and scene 1 */
	size_t intro_count;
	struct scene *scenes;
	size_t count;
};

/*
 * Read a file; or text that is at hand (path is then only for messages).
 * Returns NULL with *err filled in.
 */
struct handout *handout_read(const char *path, struct errmsg *err);
struct handout *handout_parse(const char *path, const char *text, size_t len,
			      struct errmsg *err);
void handout_free(struct handout *h);

#endif
