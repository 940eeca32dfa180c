/*
 * Theory of operation: the pattern becomes a row of tokens, and a search walks
 * through tokens and text at once. Where a token can take more or less (*,
 * spaces, an unknown name), it leaves a choice behind to come back to. Every
 * place from which the rest has already failed is remembered, token by token
 * and byte by byte, and never tried again; so a search cannot take longer than
 * the product of both lengths.
 *
 * A name that is taken and met again within one pattern breaks this: from
 * between the two, what fails with one value may hold with another. Whatever
 * was remembered there dies with the value: each such name opens a level, each
 * new value a new generation of that level. A budget bounds the whole.
 */
#include "lab/match.h"

#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX (1U << 22)	/* for a name met again in its pattern */

/* --- names ------------------------------------------------------------- */

static struct name *find_name(const struct names *n, const char *name,
			      size_t len)
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
	const struct name *found = find_name(n, name, strlen(name));

	return found ? found->value : NULL;
}

void names_set(struct names *n, const char *name, const char *value)
{
	struct name *found = find_name(n, name, strlen(name));
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

/* --- characters: the same in every locale ------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t name_len(const char *s)
{
	size_t len = 0;

	if (!begins_name(*s))
		return 0;
	while (begins_name(s[len]) || is_digit(s[len]))
		len++;
	return len;
}

/* What an unknown name can take. */
static bool is_value(char c)
{
	return begins_name(c) || is_digit(c) || c == '.' || c == '+' ||
	       c == '-' || c == '/';
}

/* --- a pattern, piece by piece ----------------------------------------- */

enum piece {
	PIECE_CHAR,
	PIECE_SPACE,
	PIECE_STAR,
	PIECE_NAME,
	PIECE_NO_NAME,		/* a dollar that nothing follows */

	NUM_PIECES
};

/* Read the piece at *at and step over it. *s is the character or the name. */
static enum piece next_piece(const char **at, const char **s, size_t *len)
{
	const char *p = *at;
	enum piece piece = PIECE_CHAR;

	*s = p;
	*len = 1;
	if (*p == '*') {
		piece = PIECE_STAR;
	} else if (is_blank(*p)) {
		piece = PIECE_SPACE;
		while (is_blank(p[*len]))
			(*len)++;
	} else if (*p == '\\' && (p[1] == '*' || p[1] == '$' || p[1] == '\\')) {
		*s = p + 1;
	} else if (*p == '$' && p[1] == '$') {
		*s = p + 1;
	} else if (*p == '$') {
		*s = p + 1;
		*len = name_len(*s);
		piece = *len ? PIECE_NAME : PIECE_NO_NAME;
	}
	*at = *s + *len;
	return piece;
}

int match_check(const char *pattern, struct errmsg *err)
{
	const char *at = pattern, *s;
	bool empty = true;
	size_t len;

	if (strlen(pattern) > PATTERN_MAX)
		return errmsg_set(err, "a pattern of more than %d bytes: use * "
				  "for what does not matter", PATTERN_MAX);
	while (*at) {
		switch (next_piece(&at, &s, &len)) {
		case PIECE_NO_NAME:
			return errmsg_set(err, "a '$' without a name: write "
					  "$name, or $$ for a dollar");
		case PIECE_SPACE:
			break;
		default:
			empty = false;
		}
	}
	if (empty)
		return errmsg_set(err, "an empty pattern, which nothing can "
				  "be: write * for anything");
	return 0;
}

char *names_expand(const struct names *n, const char *word,
		   struct errmsg *err)
{
	const char *p = word;
	const struct name *found;
	struct buf out = { 0 };
	size_t len;

	while (*p) {
		if (*p != '$') {
			buf_char(&out, *p++);
			continue;
		}
		p++;
		if (*p == '$') {
			buf_char(&out, *p++);
			continue;
		}
		len = name_len(p);
		if (!len) {
			errmsg_set(err, "a '$' without a name: write $name, or "
				   "$$ for a dollar");
			goto release;
		}
		found = find_name(n, p, len);
		if (!found) {
			errmsg_set(err, "$%.*s is not known: nothing has set "
				   "it, and no pattern has taken it",
				   (int)(len < 64 ? len : 64), p);
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

/* --- tokens ------------------------------------------------------------ */

enum token_kind {
	TOKEN_LITERAL,
	TOKEN_SAME,		/* a name taken before, in this pattern */
	TOKEN_STAR,		/* from here on: elastic, with a row each */
	TOKEN_SPACE,
	TOKEN_TAKE,		/* an unknown name */

	NUM_TOKEN_KINDS
};

struct token {
	enum token_kind kind;
	size_t start, len;	/* LITERAL: within the literals */
	size_t take;		/* TAKE, SAME: which */
	size_t row;		/* elastic: its row in the table */
	size_t level;		/* names that are met again, taken before it */
};

struct take {
	const char *name;
	size_t name_len;
	bool again;		/* a SAME of it follows */
	size_t start, end;	/* what it took of the text */
};

struct tokens {
	struct token *list;
	size_t count;
	struct buf literals;
	struct take *takes;
	size_t num_takes, num_rows, num_levels;
};

static struct token *add_token(struct tokens *t, enum token_kind kind)
{
	struct token *token = &t->list[t->count++];

	/* There is room for all: xcalloc(). NOLINTNEXTLINE(clang-analyzer-*) */
	*token = (struct token){ .kind = kind, .start = t->literals.len };
	return token;
}

static void add_literal(struct tokens *t, const char *s, size_t len)
{
	struct token *last = t->count ? &t->list[t->count - 1] : NULL;

	if (!len)
		return;
	if (!last || last->kind != TOKEN_LITERAL)
		last = add_token(t, TOKEN_LITERAL);
	buf_add(&t->literals, s, len);
	last->len += len;
}

static void add_unknown(struct tokens *t, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < t->num_takes; i++) {
		if (t->takes[i].name_len == len &&
		    !memcmp(t->takes[i].name, name, len))
			break;
	}
	if (i < t->num_takes) {
		t->takes[i].again = true;
		add_token(t, TOKEN_SAME)->take = i;
		return;
	}
	t->takes[t->num_takes++] = (struct take){
		.name = name,
		.name_len = len,
	};
	add_token(t, TOKEN_TAKE)->take = i;
}

static void add_piece(struct tokens *t, enum piece piece, const char *s,
		      size_t len, const struct names *n)
{
	const struct name *known;

	switch (piece) {
	case PIECE_STAR:
		if (!t->count || t->list[t->count - 1].kind != TOKEN_STAR)
			add_token(t, TOKEN_STAR);
		break;
	case PIECE_SPACE:
		add_token(t, TOKEN_SPACE);
		break;
	case PIECE_NAME:
		known = find_name(n, s, len);
		if (known)
			add_literal(t, known->value, strlen(known->value));
		else
			add_unknown(t, s, len);
		break;
	case PIECE_NO_NAME:
		add_literal(t, "$", 1);
		break;
	default:
		add_literal(t, s, len);
	}
}

/* The tokens borrow the names in the pattern. */
static void tokens_init(struct tokens *t, const char *pattern,
			const struct names *n)
{
	size_t room = strlen(pattern) + 1, len, i;
	const char *at = pattern, *s;
	enum piece piece;

	*t = (struct tokens){
		.list = xcalloc(room, sizeof(*t->list)),
		.takes = xcalloc(room / 2 + 1, sizeof(*t->takes)),
	};
	while (is_blank(*at))
		at++;
	while (*at) {
		piece = next_piece(&at, &s, &len);
		add_piece(t, piece, s, len, n);
	}
	if (t->count && t->list[t->count - 1].kind == TOKEN_SPACE)
		t->count--;

	for (i = 0; i < t->count; i++) {
		t->list[i].level = t->num_levels;
		if (t->list[i].kind >= TOKEN_STAR)
			t->list[i].row = t->num_rows++;
		if (t->list[i].kind == TOKEN_TAKE &&
		    t->takes[t->list[i].take].again)
			t->num_levels++;
	}
}

static void tokens_release(struct tokens *t)
{
	free(t->list);
	free(t->takes);
	buf_release(&t->literals);
}

/* --- the search -------------------------------------------------------- */

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
	bool (*fits)(char c) = token->kind == TOKEN_SPACE ? is_blank : is_value;
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

/* Fills in what the takes took. The text is without spaces at its ends. */
static bool tokens_match(struct tokens *t, const char *text, size_t len)
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

static const char *trim(const char *text, size_t *len)
{
	while (is_blank(*text))
		text++;
	*len = strlen(text);
	while (*len && is_blank(text[*len - 1]))
		--*len;
	return text;
}

/* Most events differ from most patterns in the first letters. */
static bool begins_otherwise(const char *pattern, const char *text)
{
	while (is_blank(*pattern))
		pattern++;
	while (*pattern && *pattern == *text && !strchr("*$\\", *pattern) &&
	       !is_blank(*pattern)) {
		pattern++;
		text++;
	}
	return *pattern && *pattern != *text && !strchr("*$\\", *pattern) &&
	       !is_blank(*pattern);
}

bool match(const char *pattern, const char *text, struct names *n)
{
	struct tokens t;
	struct take *take;
	char *name, *value;
	size_t len, i;
	bool found;

	text = trim(text, &len);
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

/* --- nearness ---------------------------------------------------------- */

#define NEAR_PATTERN 256
#define NEAR_TEXT 1024

#define GAIN_ALONE 1		/* a character that is somewhere in the text */
#define GAIN_JOINED 3		/* and directly after the one before it */

/* The literal characters of a pattern. */
struct near {
	char c[NEAR_PATTERN];
	bool joined[NEAR_PATTERN];	/* nothing elastic before it */
	int weight[NEAR_PATTERN];
	size_t count;
};

static void near_add(struct near *near, const char *s, size_t len, bool joined,
		     int weight)
{
	size_t i;

	for (i = 0; i < len && near->count < NEAR_PATTERN; i++) {
		near->c[near->count] = s[i];
		near->joined[near->count] = joined || i > 0;
		near->weight[near->count] = weight;
		near->count++;
	}
}

static void near_init(struct near *near, const struct tokens *t)
{
	const struct token *token;
	bool joined = false;
	int weight = 3;
	size_t i;

	near->count = 0;
	for (i = 0; i < t->count; i++) {
		token = &t->list[i];
		if (token->kind == TOKEN_LITERAL) {
			near_add(near, t->literals.text + token->start,
				 token->len, joined, weight);
			joined = true;
		} else if (token->kind == TOKEN_SPACE) {
			near_add(near, " ", 1, joined, weight);
			joined = true;
		} else {
			joined = false;
			weight = 1;
		}
	}
}

static int near_most(const struct near *near)
{
	int most = 0;
	size_t i;

	for (i = 0; i < near->count; i++)
		most += near->weight[i] *
			(near->joined[i] ? GAIN_JOINED : GAIN_ALONE);
	return most;
}

/* What it is worth to find the pattern's character i right behind these. */
static int near_gain(const struct near *near, size_t i, int best, int ending)
{
	int alone = best + GAIN_ALONE * near->weight[i];
	int joined = ending + GAIN_JOINED * near->weight[i];

	return near->joined[i] && ending && joined > alone ? joined : alone;
}

/*
 * The best that can be had by finding the pattern's characters in the text, in
 * order: best[j] within the first j bytes, ending[j] with the last one found
 * as byte j.
 */
static int near_best(const struct near *near, const char *text, size_t len)
{
	int best[NEAR_TEXT + 1] = { 0 }, ending[NEAR_TEXT + 1] = { 0 };
	int was_best, was_ending, gain;
	size_t i, j;
	char c;

	for (i = 0; i < near->count; i++) {
		was_best = 0;
		was_ending = 0;
		for (j = 1; j <= len; j++) {
			c = is_blank(text[j - 1]) ? ' ' : text[j - 1];
			gain = c != near->c[i] ? 0 :
			       near_gain(near, i, was_best, was_ending);
			was_best = best[j];
			was_ending = ending[j];
			ending[j] = gain;
			if (gain > best[j])
				best[j] = gain;
			if (best[j - 1] > best[j])
				best[j] = best[j - 1];
		}
	}
	return best[len];
}

int match_nearness(const char *pattern, const char *text,
		   const struct names *n)
{
	struct tokens t;
	struct near near;
	size_t len;
	int most, score = 0;

	if (strlen(pattern) > PATTERN_MAX)
		return 0;
	text = trim(text, &len);
	tokens_init(&t, pattern, n);
	if (tokens_match(&t, text, len)) {
		score = 100;
	} else {
		near_init(&near, &t);
		most = near_most(&near);
		if (len > NEAR_TEXT)
			len = NEAR_TEXT;
		if (most)
			score = 100 * near_best(&near, text, len) / most;
		if (score > 99)
			score = 99;
	}
	tokens_release(&t);
	return score;
}
