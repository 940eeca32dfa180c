/* nearest - "did you mean": the word that a mistyped one is nearest to */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/* NULL if none is near enough to be worth saying. */
const char *nearest_word(const char *typed, const char *const *words,
			 size_t count);
/* "; did you mean 'labs'?"; or, if none is near enough, what else to say. */
void nearest_hint(char *hint, size_t size, const char *typed,
		  const char *const *words, size_t count, const char *other);

#endif
