/*
 * A pattern is read piece by piece, the same for match_check(), which looks for
 * what no pattern would mean, and for the tokens: literal characters side by
 * side become one, and so do stars; a name that is known becomes its value.
 */
#include "lab/match_pattern.h"

#include <stdlib.h>
#include <string.h>

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t pattern_name_len(const char *s)
{
	size_t len = 0;

	if (!begins_name(*s))
		return 0;
	while (begins_name(s[len]) || is_digit(s[len]))
		len++;
	return len;
}

bool pattern_is_value(char c)
{
	return begins_name(c) || is_digit(c) || c == '.' || c == '+' ||
	       c == '-' || c == '/';
}

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
	} else if (pattern_is_blank(*p)) {
		piece = PIECE_SPACE;
		while (pattern_is_blank(p[*len]))
			(*len)++;
	} else if (*p == '\\' && (p[1] == '*' || p[1] == '$' || p[1] == '\\')) {
		*s = p + 1;
	} else if (*p == '$' && p[1] == '$') {
		*s = p + 1;
	} else if (*p == '$') {
		*s = p + 1;
		*len = pattern_name_len(*s);
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
	/* Copied from the screen. An event's text has neither. */
	if (strstr(pattern, "\u2192"))
		return errmsg_set(err, "'\u2192' is on the screen alone: write "
				  "> between the ends of a frame, and of a "
				  "state only the new one");
	if (strstr(pattern, "\u2026"))
		return errmsg_set(err, "'\u2026' is where the screen has cut "
				  "the line: write * for the rest");
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
		known = names_find(n, s, len);
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

void tokens_init(struct tokens *t, const char *pattern, const struct names *n)
{
	size_t room = strlen(pattern) + 1, len, i;
	const char *at = pattern, *s;
	enum piece piece;

	*t = (struct tokens){
		.list = xcalloc(room, sizeof(*t->list)),
		.takes = xcalloc(room / 2 + 1, sizeof(*t->takes)),
	};
	while (pattern_is_blank(*at))
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

void tokens_release(struct tokens *t)
{
	free(t->list);
	free(t->takes);
	buf_release(&t->literals);
}

const char *pattern_trim(const char *text, size_t *len)
{
	while (pattern_is_blank(*text))
		text++;
	*len = strlen(text);
	while (*len && pattern_is_blank(text[*len - 1]))
		--*len;
	return text;
}
