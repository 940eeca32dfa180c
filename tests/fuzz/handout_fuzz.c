/*
 * handout_fuzz - any bytes as a handout
 *
 * What is read has to keep the header's promises: texts that a terminal can be
 * given, lines that lie in the file and go forwards, and a step for each
 * prediction.
 */
#include "lab/handout.h"
#include "lab/match.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A macro: the analyser then sees that what comes after it is true. */
#define must(promise) do { if (!(promise)) abort(); } while (0)

static void check_text(const char *s, bool verbatim)
{
	const unsigned char *p;

	must(s != NULL);
	for (p = (const unsigned char *)s; *p; p++) {
		must(*p != 0x7f && (*p >= 0x20 || *p == '\t' ||
				    (*p == '\n' && verbatim)));
		must(*p != 0xc2 || p[1] >= 0xa0);
	}
}

static void check_expectation(const char *who, const char *pattern)
{
	struct errmsg err;

	check_text(who, false);
	check_text(pattern, false);
	must(*who && !strchr(who, ' '));
	must(match_check(pattern, &err) == 0);
}

static void check_step(const struct step *s, int last)
{
	const struct step_line *l;
	int line = s->line;

	must(s->count > 0);
	for (l = s->lines; l < s->lines + s->count; l++) {
		must(l->line > line && l->line <= last);
		line = l->line;
		if (l->kind != LINE_COMMAND) {
			check_expectation(l->who, l->pattern);
			continue;
		}
		check_text(l->text, false);
		must(*l->text && *l->text != ' ');
	}
}

static void check_prediction(const struct prediction *p)
{
	size_t i;

	must(p->count >= 2);
	check_text(p->question, false);
	for (i = 0; i < p->count; i++) {
		check_expectation(p->options[i].who, p->options[i].pattern);
		check_text(p->options[i].text, false);
	}
}

static void check_items(const struct item *items, size_t count, int line,
			int last)
{
	bool asked = false;
	size_t i;

	for (i = 0; i < count; i++) {
		must(items[i].line >= line && items[i].line <= last);
		line = items[i].line;
		switch (items[i].kind) {
		case ITEM_PROSE:
			check_text(items[i].prose, items[i].verbatim);
			must(*items[i].prose);
			break;
		case ITEM_STEP:
			check_step(&items[i].step, last);
			asked = false;
			break;
		default:
			check_prediction(&items[i].prediction);
			must(!asked);
			asked = true;
		}
	}
	must(!asked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct errmsg err = { 0 };
	struct handout *h;
	int last = 1;
	size_t i;

	for (i = 0; i < size; i++)
		last += data[i] == '\n';

	h = handout_parse("f", (const char *)data, size, &err);
	if (!h) {
		must(!strncmp(err.text, "f:", 2) && atoi(err.text + 2) >= 1 &&
		     atoi(err.text + 2) <= last);
		return 0;
	}
	check_text(h->title, false);
	check_text(h->summary, false);
	must(*h->title && h->count > 0);
	check_items(h->intro, h->intro_count, 1, last);
	for (i = 0; i < h->count; i++) {
		check_text(h->scenes[i].title, false);
		check_items(h->scenes[i].items, h->scenes[i].count,
			    h->scenes[i].line, last);
	}
	handout_free(h);
	return 0;
}
