/*
 * align - two rows of lines put beside each other
 *
 * The longest common subsequence, with weights: that as many lines as can be
 * stand beside an equal one, then as many as can beside one with the same head
 * (the same call with another result), and that no line crosses another.
 *
 * Rows of any length are taken; where both are thousands long they are aligned
 * piece by piece, which may find fewer pairs than there are.
 */
#ifndef ALIGN_H
#define ALIGN_H

#include <stdbool.h>
#include <stddef.h>

struct align_line {
	const char *key;	/* equal lines have equal keys */
	const char *head;	/* NULL: stands only beside an equal one */
	bool minor;		/* better unpaired than one that is not */
	size_t beside;		/* filled in: in the other row, or ALIGN_NONE */
};

#define ALIGN_NONE ((size_t)-1)

void align(struct align_line *a, size_t n, struct align_line *b, size_t m);

#endif
