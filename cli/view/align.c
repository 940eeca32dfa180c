#include "align.h"

#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 2000	/* lines of each that are aligned at one time */

enum {
	WEIGHT_EQUAL = 10000,
	WEIGHT_UNLIKE = 9000,	/* equal, but one of them is minor */
	WEIGHT_MINOR = 100,
	WEIGHT_HEAD = 1,
};

enum step { STEP_A, STEP_B, STEP_BOTH };

static int weight(const struct align_line *a, const struct align_line *b)
{
	if (!strcmp(a->key, b->key))
		return a->minor != b->minor ? WEIGHT_UNLIKE :
			a->minor ? WEIGHT_MINOR : WEIGHT_EQUAL;
	if (a->head && b->head && !strcmp(a->head, b->head))
		return WEIGHT_HEAD;
	return 0;
}

/*
 * best[j] is the weight of the best way to align what follows line i of a and
 * line j of b; how[] remembers the first step of it.
 */
static void align_piece(struct align_line *a, size_t n, size_t a_from,
			struct align_line *b, size_t m, size_t b_from)
{
	int *best = xcalloc(m + 1, sizeof(*best));
	uint8_t *how = xcalloc(n * m + 1, 1);
	size_t i, j;

	for (i = n; i-- > 0;) {
		int diagonal = 0;	/* best[j + 1] of the row below */

		for (j = m; j-- > 0;) {
			int below = best[j], w = weight(&a[i], &b[j]);
			enum step step = STEP_A;

			if (best[j + 1] > best[j]) {
				best[j] = best[j + 1];
				step = STEP_B;
			}
			if (w && diagonal + w >= best[j]) {
				best[j] = diagonal + w;
				step = STEP_BOTH;
			}
			how[i * m + j] = step;
			diagonal = below;
		}
	}
	for (i = j = 0; i < n && j < m;) {
		enum step step = how[i * m + j];

		if (step == STEP_BOTH) {
			a[i].beside = b_from + j;
			b[j].beside = a_from + i;
		}
		i += step != STEP_B;
		j += step != STEP_A;
	}
	free(best);
	free(how);
}

static bool same(const struct align_line *a, const struct align_line *b)
{
	return a->minor == b->minor && !strcmp(a->key, b->key);
}

void align(struct align_line *a, size_t n, struct align_line *b, size_t m)
{
	size_t i, from = 0;

	for (i = 0; i < n; i++)
		a[i].beside = ALIGN_NONE;
	for (i = 0; i < m; i++)
		b[i].beside = ALIGN_NONE;
	while (n && m && same(&a[n - 1], &b[m - 1])) {
		a[--n].beside = m - 1;
		b[--m].beside = n;
	}
	while (from < n && from < m && same(&a[from], &b[from])) {
		a[from].beside = b[from].beside = from;
		from++;
	}
	for (; from < n && from < m; from += PIECE) {
		size_t rest_a = n - from, rest_b = m - from;

		align_piece(a + from, rest_a < PIECE ? rest_a : PIECE, from,
			    b + from, rest_b < PIECE ? rest_b : PIECE, from);
	}
}
