/*
 * comparison - what comparing two scenes is about; for compare.c,
 * compare_items.c and compare_show.c alone
 */
#ifndef COMPARISON_H
#define COMPARISON_H

#include "view/story.h"
#include "view/style.h"
#include "view/vary.h"
#include "view/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item {
	const struct entry *entry;
	char *speaker, *key, *head;
	char *segment;		/* a packet's: what stays when it is repeated */
	char *shown;
	bool minor;		/* alone, it is no difference */
	bool done;		/* shown, or not to be */
	size_t previous;	/* of its speaker; ALIGN_NONE: it is first */
	size_t beside;		/* in the other run */
};

struct run_side {
	const struct story *story;
	size_t first, last;	/* entries of this scene */
	struct vary vary;
	struct item *items;
	size_t count, shown;	/* up to there everything has been */
	int64_t end_ns;
	bool played;		/* from a handout: something was expected */
};

struct comparison {
	struct style st;
	struct view_options opt;
	const char *names[2];
	struct run_side side[2];
	int differences, in_commands;
	char *first;		/* the first difference in what happened */
};

const struct event *item_event(const struct item *it);	/* NULL: a command */
bool item_same_speaker(const struct item *a, const struct item *b);

/* Time within which the other run may have broken off. */
#define SIDE_TAIL_NS	500000000LL

/* Was its handout's scene over before anybody could be sure of what follows? */
bool side_was_ending(const struct run_side *side, const struct item *it);

/* From story, first and last: the items, and which of them are minor. */
void side_init(struct run_side *side);
void side_release(struct run_side *side);

/* Everything that is left, woven into one order; fills in the counts. */
void comparison_show(struct comparison *c);

#endif
