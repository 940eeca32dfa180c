#include "words.h"

#include "buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(struct words *w, char *word)
{
	if (w->count + 2 > w->room) {
		w->room = w->room ? 2 * w->room : 8;
		w->list = xrealloc(w->list, w->room * sizeof(*w->list));
	}
	w->list[w->count++] = word;
	w->list[w->count] = NULL;
}

size_t words_step(const char *p, char *quote)
{
	if (*p == '\\' && *quote != '\'' && p[1] && strchr("\\\"' $", p[1]))
		return 2;
	if (*quote ? *p == *quote : *p == '"' || *p == '\'')
		*quote = *quote ? 0 : *p;
	return 1;
}

/* One word from *p on, which is moved past it. */
static int take_word(const char **p, struct buf *word, struct errmsg *err)
{
	char quote = 0;

	while (**p && (quote || !strchr(" \t\r\n", **p))) {
		char before = quote;
		size_t n = words_step(*p, &quote);

		if (quote == before)
			buf_char(word, (*p)[n - 1]);
		*p += n;
	}
	if (quote)
		return errmsg_set(err, "a %c is never closed", quote);
	return 0;
}

int words_split(struct words *w, const char *line, struct errmsg *err)
{
	const char *p = line;

	*w = (struct words){ 0 };
	w->list = xcalloc(1, sizeof(*w->list));
	for (;;) {
		struct buf word = { 0 };

		p += strspn(p, " \t\r\n");
		if (!*p || *p == '#')
			return 0;
		if (take_word(&p, &word, err) == -1) {
			buf_release(&word);
			words_release(w);
			return -1;
		}
		take(w, buf_take(&word));
	}
}

void words_add(struct words *w, const char *word)
{
	take(w, xstrdup(word));
}

void words_add_fmt(struct words *w, const char *fmt, ...)
{
	va_list ap;
	char *word;

	va_start(ap, fmt);
	if (vasprintf(&word, fmt, ap) == -1)
		word = xstrdup("");
	va_end(ap);
	take(w, word);
}

void words_release(struct words *w)
{
	for (int i = 0; i < w->count; i++)
		free(w->list[i]);
	free(w->list);
	*w = (struct words){ 0 };
}
