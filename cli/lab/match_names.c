/*
 * What $names stand for, and words with $names in them.
 */
#include "lab/match_pattern.h"

#include "buf.h"
#include "nearest.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct name *names_find(const struct names *n, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n->count; i++) {
		if (!strncmp(n->list[i].name, name, len) &&
		    n->list[i].name[len] == '\0')
			return &n->list[i];
	}
	return NULL;
}

const char *names_get(const struct names *n, const char *name)
{
	const struct name *found = names_find(n, name, strlen(name));

	return found ? found->value : NULL;
}

void names_set(struct names *n, const char *name, const char *value)
{
	struct name *found = names_find(n, name, strlen(name));
	char *copy = xstrdup(value);	/* first: value may be the old one */

	if (found) {
		free(found->value);
		found->value = copy;
		return;
	}
	if (n->count == n->room) {
		n->room = n->room ? 2 * n->room : 8;
		n->list = xrealloc(n->list, n->room * sizeof(*n->list));
	}
	n->list[n->count].name = xstrdup(name);
	n->list[n->count].value = copy;
	n->count++;
}

void names_release(struct names *n)
{
	size_t i;

	for (i = 0; i < n->count; i++) {
		free(n->list[i].name);
		free(n->list[i].value);
	}
	free(n->list);
	*n = (struct names){ 0 };
}

static int no_such_name(const struct names *n, const char *name, size_t len,
			struct errmsg *err)
{
	const char *list[64];
	char typed[64], hint[160];
	size_t count = 0;

	while (count < n->count && count < 64) {
		list[count] = n->list[count].name;
		count++;
	}
	snprintf(typed, sizeof(typed), "%.*s", (int)len, name);
	nearest_hint(hint, sizeof(hint), typed, list, count,
		     ": nothing has set it, and no pattern has taken it ($$, "
		     "or '...' around it, for a dollar)");
	return errmsg_set(err, "$%s is not known%s", typed, hint);
}

char *names_expand(const struct names *n, const char *line,
		   struct errmsg *err)
{
	const char *p = line;
	char quote = 0;
	const struct name *found;
	struct buf out = { 0 };
	size_t len;

	while (*p) {
		len = words_step(p, &quote);
		if (quote == '\'' || *p != '$') {
			buf_add(&out, p, len);
			p += len;
			continue;
		}
		p++;
		if (*p == '$') {
			buf_char(&out, *p++);
			continue;
		}
		len = pattern_name_len(p);
		if (!len) {
			errmsg_set(err, "a '$' without a name: write $name, or "
				   "$$ for a dollar (or '...' around it)");
			goto release;
		}
		found = names_find(n, p, len);
		if (!found) {
			no_such_name(n, p, len, err);
			goto release;
		}
		buf_str(&out, found->value);
		p += len;
	}
	return buf_take(&out);

release:
	buf_release(&out);
	return NULL;
}
