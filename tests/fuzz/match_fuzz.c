/*
 * match_fuzz - any pattern (the first line) on any text (the rest)
 *
 * A text that matches has to match again with the names that it gave, likeness
 * has to say 100 exactly then, and for patterns without names a plain
 * recursive matcher has to agree.
 */
#include "lab/match.h"

#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool promise)
{
	if (!promise)
		abort();
}

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Slow and obvious. Both without spaces at their ends. */
static bool plain(const char *p, const char *t)
{
	const char *rest = p;

	if (!*p)
		return !*t;
	if (*p == '*')
		return plain(p + 1, t) || (*t && plain(p, t + 1));
	if (blank(*p)) {
		while (blank(*rest))
			rest++;
		return blank(*t) && (plain(rest, t + 1) || plain(p, t + 1));
	}
	if (*p == '\\' && p[1] && strchr("*$\\", p[1]))
		p++;
	return *p == *t && plain(p + 1, t + 1);
}

static char *trimmed(const char *s)
{
	size_t len;

	while (blank(*s))
		s++;
	len = strlen(s);
	while (len && blank(s[len - 1]))
		len--;
	return xstrndup(s, len);
}

static void compare(const char *pattern, const char *text, bool found)
{
	char *p = trimmed(pattern), *t = trimmed(text);

	if (!strchr(p, '$') && strlen(p) < 9 && strlen(t) < 13)
		must(plain(p, t) == found);
	free(p);
	free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *pattern = xstrndup((const char *)data, size);
	struct errmsg err = { 0 };
	struct names n = { 0 };
	char *text, *word;
	bool found;
	int near;

	text = strchr(pattern, '\n');
	if (text)
		*text++ = '\0';
	else
		text = pattern + strlen(pattern);

	names_set(&n, "k", "known value");
	near = match_nearness(pattern, text, &n);
	found = match(pattern, text, &n);
	must(near >= 0 && near <= 100 && (near == 100) == found);
	must(found || n.count == 1);
	must(!found || match(pattern, text, &n));
	compare(pattern, text, found);
	must(match_check(pattern, &err) == 0 || err.text[0]);
	word = names_expand(&n, pattern, &err);
	free(word);
	names_release(&n);
	free(pattern);
	return 0;
}
