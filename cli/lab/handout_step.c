/*
 * A step: the lines of a lab block, each a command, an expectation or a
 * comment, and what is wrong with one that is none of them.
 */
#include "lab/reader.h"

#include "lab/match.h"

#include <stdlib.h>
#include <string.h>

static size_t who_len(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       (s[n] >= '0' && s[n] <= '9') || s[n] == '_' || s[n] & 0x80 ||
	       (n && (s[n] == '-' || s[n] == '.')))
		n++;
	return n;
}

bool split_expectation(const char *s, char **who, char **pattern)
{
	size_t n = who_len(s), end = strlen(s);
	const char *rest = s + n + strspn(s + n, " \t\n");

	while (end && is_blank(s[end - 1]))
		end--;
	if (!n || !is_blank(s[n]) || rest >= s + end)
		return false;
	*who = xstrndup(s, n);
	*pattern = xstrndup(rest, s + end - rest);
	return true;
}

static struct step_line *add_line(struct step *step, enum line_kind kind,
				  int line)
{
	struct step_line *l;

	step->lines = room_for_one(step->lines, step->count, sizeof(*l));
	l = &step->lines[step->count++];
	*l = (struct step_line){ .kind = kind, .line = line };
	return l;
}

static int read_command(struct reader *r, struct step *step, const char *s,
			int line)
{
	const char *words = s + 1 + strspn(s + 1, " \t");

	if (!*words)
		return wrong(r, line, "an empty command: write it after the "
			     "'>', as in '> start server ./server'");
	if (words == s + 1)
		return wrong(r, line, "no space after '>': write '> %.*s'",
			     some(words), words);
	add_line(step, LINE_COMMAND, line)->text = xstrdup(words);
	return 0;
}

/* Says what is wrong with a line that is not "who pattern". */
static int not_expectation(struct reader *r, const char *s, bool never,
			   int line)
{
	const char *mark = never ? "! " : "";
	size_t n = who_len(s);

	if (!*s)
		return wrong(r, line, "a pattern that nothing can be: write "
			     "'! who pattern', as in '! wire *RST*'");
	if (n && !s[n])
		return wrong(r, line, "'%s%.*s' says who, but not what: write "
			     "'%swho pattern', as in '%sserver close(*) = 0'",
			     mark, some(s), s, mark, mark);
	if ((*s == '$' || *s == '%') && is_blank(s[1]))
		return wrong(r, line, "a command begins with '> ': write "
			     "'> %.*s'", some(s + 2), s + 2);
	if (n && s[n] == ':' && is_blank(s[n + 1]))
		return wrong(r, line, "no colon after who: write '%s%.*s%.*s'",
			     mark, (int)n, s, some(s + n + 1), s + n + 1);
	return wrong(r, line, "'%s%.*s' does not begin with a name: write "
		     "'%swho pattern', as in '%sserver close(*) = 0'", mark,
		     some(s), s, mark, mark);
}

static int read_expectation(struct reader *r, struct step *step, const char *s,
			    int line)
{
	struct errmsg err = { 0 };
	struct step_line *l;
	char *who, *pattern;
	bool never = *s == '!';

	if (never) {
		s++;
		if (*s && !is_blank(*s))
			return wrong(r, line, "no space after '!': write "
				     "'! %.*s'", some(s), s);
		s += strspn(s, " \t");
	}
	if (!split_expectation(s, &who, &pattern))
		return not_expectation(r, s, never, line);
	l = add_line(step, never ? LINE_NEVER : LINE_EXPECT, line);
	l->who = who;
	l->pattern = pattern;
	if (match_check(pattern, &err) == -1)
		return wrong(r, line, "%s", err.text);
	return 0;
}

static int read_step_line(struct reader *r, struct step *step, char *s,
			  int line)
{
	size_t len = strlen(s);

	while (len && is_blank(s[len - 1]))
		s[--len] = '\0';
	s += strspn(s, " \t");
	if (!*s || *s == '#')
		return 0;
	if (fence_len(s, strlen(s)))
		return wrong(r, line, "a fence within the lab block of line "
			     "%d: close that one first, with a line of its "
			     "fence alone", step->line);
	if (*s == '>')
		return read_command(r, step, s, line);
	return read_expectation(r, step, s, line);
}

int read_step(struct reader *r, cmark_node *node)
{
	int first = cmark_node_get_start_line(node), line = first, rc = 0;
	struct step *step;
	char *text, *s, *end;

	if (!r->h->count)
		return wrong(r, first, "a step before the first scene: begin "
			     "the scene with a line ## Name above it");
	step = &add_item(r, ITEM_STEP, first)->step;
	step->line = first;
	step->number = ++r->steps;
	r->asked = 0;

	text = xstrdup(literal(node));
	for (s = text; !rc && *s; s = end) {
		end = s + strcspn(s, "\n");
		if (*end)
			*end++ = '\0';
		rc = read_step_line(r, step, s, ++line);
	}
	free(text);
	if (!rc && !step->count)
		return wrong(r, first, "an empty step: write a command "
			     "('> ...') or an expectation ('who pattern') "
			     "into it");
	return rc;
}
