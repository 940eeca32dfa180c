#include "nearest.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 40

/* Edits (insert, delete, replace, swap neighbours) from a to b. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	size_t d[LONGEST + 1][LONGEST + 1];

	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

const char *nearest_word(const char *typed, const char *const *words,
			 size_t count)
{
	size_t limit = strlen(typed) / 3 + 1, best = limit + 1;
	const char *near = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t d = distance(typed, words[i]);

		if (d < best) {
			best = d;
			near = words[i];
		}
	}
	return near;
}

void nearest_hint(char *hint, size_t size, const char *typed,
		  const char *const *words, size_t count, const char *other)
{
	const char *near = nearest_word(typed, words, count);

	if (near)
		snprintf(hint, size, "; did you mean '%s'?", near);
	else
		snprintf(hint, size, "%s", other);
}
