/*
 * Theory of operation: the pattern becomes a row of tokens (match_pattern.h),
 * and a search walks through tokens and text at once. Where a token can take
 * more or less (*, spaces, an unknown name), it leaves a choice behind to come
 * back to. Every place from which the rest has already failed is remembered,
 * token by token and byte by byte, and never tried again; so a search cannot
 * take longer than the product of both lengths.
 *
 * A name that is taken and met again within one pattern breaks this: from
 * between the two, what fails with one value may hold with another. Whatever
 * was remembered there dies with the value: each such name opens a level, each
 * new value a new generation of that level. A budget bounds the whole.
 */
#include "lab/match_pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX (1U << 22)	/* for a name met again in its pattern */

/* Where a token could also have taken something else. */
struct choice {
	size_t token;
	size_t start;		/* SPACE, TAKE: where its run begins */
	size_t next;		/* STAR: go on from here; else: end here */
};

struct search {
	struct tokens *t;
	const char *text;
	size_t len;
	uint32_t *failed;	/* a row per elastic token: by generation */
	uint32_t *current;	/* the generation of each level */
	uint32_t generations;
	unsigned int steps;
	struct choice *choices;	/* at most one per elastic token */
	size_t num_choices;
};

/* True the first time within a generation. */
static bool first_time(struct search *s, const struct token *token, size_t pos)
{
	uint32_t *cell = &s->failed[token->row * (s->len + 1) + pos];

	if (*cell == s->current[token->level])
		return false;
	*cell = s->current[token->level];
	return true;
}

static bool takes_again(const struct search *s, const struct token *token)
{
	return token->kind == TOKEN_TAKE && s->t->takes[token->take].again;
}

/*
 * How far the run at pos goes that this token can take. Whoever ended up
 * inside a run before has tried all ends from there on, wherever it began; so
 * ends that were tried are left out. Only a name that is met again has to try
 * all, because there the beginning matters too.
 */
static size_t run_end(struct search *s, const struct token *token, size_t pos)
{
	bool (*fits)(char c) = token->kind == TOKEN_SPACE ? pattern_is_blank :
							  pattern_is_value;
	bool again = takes_again(s, token);

	while (pos < s->len && fits(s->text[pos]) &&
	       (again || first_time(s, token, pos + 1)))
		pos++;
	return pos;
}

static bool eat(const struct search *s, size_t *pos, const char *bytes,
		size_t len)
{
	if (s->len - *pos < len || memcmp(s->text + *pos, bytes, len))
		return false;
	*pos += len;
	return true;
}

/* Go back to the last choice and decide otherwise. False: none is left. */
static bool choose(struct search *s, size_t *at, size_t *pos)
{
	const struct token *token;
	struct choice *choice;
	struct take *take;

	if (!s->num_choices)
		return false;
	choice = &s->choices[s->num_choices - 1];
	token = &s->t->list[choice->token];
	*pos = choice->next;
	if (token->kind == TOKEN_STAR) {
		*at = choice->token;
		s->num_choices--;
		return true;
	}
	*at = choice->token + 1;
	if (token->kind == TOKEN_TAKE) {
		take = &s->t->takes[token->take];
		take->start = choice->start;
		take->end = choice->next;
		if (take->again)
			s->current[token->level + 1] = ++s->generations;
	}
	if (--choice->next == choice->start)
		s->num_choices--;
	return true;
}

/* Let the token *at take what it takes at *pos. False: it cannot. */
static bool advance(struct search *s, size_t *at, size_t *pos)
{
	const struct token *token = &s->t->list[*at];
	const struct take *take;
	size_t end;

	switch (token->kind) {
	case TOKEN_LITERAL:
		++*at;
		return eat(s, pos, s->t->literals.text + token->start,
			   token->len);
	case TOKEN_SAME:
		++*at;
		take = &s->t->takes[token->take];
		return eat(s, pos, s->text + take->start,
			   take->end - take->start);
	case TOKEN_STAR:
		if (!first_time(s, token, *pos))
			return false;
		if (*at + 1 == s->t->count)
			*pos = s->len;
		if (*pos < s->len)
			s->choices[s->num_choices++] = (struct choice){
				.token = *at,
				.next = *pos + 1,
			};
		++*at;
		return true;
	default:
		end = run_end(s, token, *pos);
		if (end == *pos)
			return false;
		s->choices[s->num_choices++] = (struct choice){
			.token = *at,
			.start = *pos,
			.next = end,
		};
		return choose(s, at, pos);
	}
}

static bool search_run(struct search *s)
{
	size_t at = 0, pos = 0;
	bool fits;

	for (;;) {
		if (s->t->num_levels && s->steps++ == STEPS_MAX)
			return false;
		if (at == s->t->count && pos == s->len)
			return true;
		fits = at < s->t->count && advance(s, &at, &pos);
		if (!fits && !choose(s, &at, &pos))
			return false;
	}
}

bool tokens_match(struct tokens *t, const char *text, size_t len)
{
	struct search s = { .t = t, .text = text, .len = len };
	size_t i;
	bool found;

	s.failed = xcalloc(t->num_rows * (len + 1) + 1, sizeof(*s.failed));
	s.current = xcalloc(t->num_levels + 1, sizeof(*s.current));
	s.choices = xcalloc(t->num_rows + 1, sizeof(*s.choices));
	for (i = 0; i <= t->num_levels; i++)
		s.current[i] = ++s.generations;

	found = search_run(&s);

	free(s.failed);
	free(s.current);
	free(s.choices);
	return found;
}

/* Most events differ from most patterns in the first letters. */
static bool begins_otherwise(const char *pattern, const char *text)
{
	while (pattern_is_blank(*pattern))
		pattern++;
	while (*pattern && *pattern == *text && !strchr("*$\\", *pattern) &&
	       !pattern_is_blank(*pattern)) {
		pattern++;
		text++;
	}
	return *pattern && *pattern != *text && !strchr("*$\\", *pattern) &&
	       !pattern_is_blank(*pattern);
}

bool match(const char *pattern, const char *text, struct names *n)
{
	struct tokens t;
	struct take *take;
	char *name, *value;
	size_t len, i;
	bool found;

	text = pattern_trim(text, &len);
	if (begins_otherwise(pattern, text) || strlen(pattern) > PATTERN_MAX)
		return false;

	tokens_init(&t, pattern, n);
	found = tokens_match(&t, text, len);
	for (i = 0; found && i < t.num_takes; i++) {
		take = &t.takes[i];
		name = xstrndup(take->name, take->name_len);
		value = xstrndup(text + take->start, take->end - take->start);
		names_set(n, name, value);
		free(name);
		free(value);
	}
	tokens_release(&t);
	return found;
}
