/*
 * strace_text - the bytes of one of strace's lines; for strace*.c alone
 *
 * Pure functions on the bytes from s up to end, of which nothing past end is
 * read; no line needs to be terminated. The small ones are here to be inlined:
 * the parser asks them of each line many times.
 */
#ifndef STRACE_TEXT_H
#define STRACE_TEXT_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NS_PER_S	1000000000LL
#define STRACE_WORD_MAX	64	/* a call's, an error's, a signal's name */

static inline bool starts(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - s) >= len && !memcmp(s, word, len);
}

static inline bool ends(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - s) >= len && !memcmp(end - len, word, len);
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_upper(char c)
{
	return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static inline bool is_name(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z') || c == '?';
}

static inline const char *skip_spaces(const char *s, const char *end)
{
	while (s < end && *s == ' ')
		s++;
	return s;
}

static inline const char *trim(const char *s, const char *end)
{
	while (end > s && end[-1] == ' ')
		end--;
	return end;
}

/* Past the next c; s if there is none. */
static inline const char *after(const char *s, const char *end, char c)
{
	const char *at = memchr(s, c, end - s);

	return at ? at + 1 : s;
}

/* Past the digits, or s if there are none or too many to be counted. */
const char *strace_number(const char *s, const char *end, int64_t *value);

/* ".123456" as nanoseconds; any number of digits, or nothing. */
const char *strace_fraction(const char *s, const char *end, int64_t *ns);

/*
 * The word of capitals at s ("EAGAIN", "SIGTERM") into word, which has room
 * for STRACE_WORD_MAX; false if it is none.
 */
bool strace_capitals(char *word, const char *s, const char *end);

/*
 * *s and *end become those of a harmless line, without its carriage return:
 * control characters and invalid UTF-8 as \ooo. It lies where it lay, or in
 * room if something had to be changed.
 */
void strace_clean(struct buf *room, const char **s, const char **end);

#endif
