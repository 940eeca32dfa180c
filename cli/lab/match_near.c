/*
 * How near a text comes to a pattern: the pattern's literal characters, sought
 * in the text in their order. One that directly follows the one before it, as
 * it does in the pattern, is worth more; so are those before the first star.
 */
#include "lab/match_pattern.h"

#include <string.h>

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
			c = pattern_is_blank(text[j - 1]) ? ' ' : text[j - 1];
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
	text = pattern_trim(text, &len);
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
