/*
 * A prediction: the question before a step, and the list of what may come.
 */
#include "lab/reader.h"

#include "lab/match.h"

#include <stdlib.h>
#include <string.h>

/* The code span that the item begins with, if it is "who pattern". */
static cmark_node *option_code(cmark_node *item)
{
	cmark_node *paragraph = cmark_node_first_child(item), *code;
	char *who, *pattern;

	if (!paragraph ||
	    cmark_node_get_type(paragraph) != CMARK_NODE_PARAGRAPH)
		return NULL;
	code = cmark_node_first_child(paragraph);
	if (!code || cmark_node_get_type(code) != CMARK_NODE_CODE ||
	    !split_expectation(literal(code), &who, &pattern))
		return NULL;
	free(who);
	free(pattern);
	return code;
}

bool is_prediction(cmark_node *list)
{
	cmark_node *item = cmark_node_first_child(list);

	for (; item; item = cmark_node_next(item)) {
		if (!option_code(item))
			return false;
	}
	return true;
}

static int read_option(struct reader *r, cmark_node *item,
		       struct prediction *p)
{
	cmark_node *paragraph = cmark_node_first_child(item);
	cmark_node *code = option_code(item);
	int line = cmark_node_get_start_line(item);
	struct errmsg err = { 0 };
	struct option *o;
	char *text, *s;

	if (cmark_node_next(paragraph))
		return wrong(r, line, "an option of a prediction is one "
			     "paragraph: write '- `who pattern`: what that "
			     "means'");
	text = inline_text(r, paragraph, "", code);
	if (!text)
		return -1;
	s = text + strspn(text, " ");
	if (*s == ':')
		s++;
	s += strspn(s, " ");

	p->options = room_for_one(p->options, p->count, sizeof(*o));
	o = &p->options[p->count++];
	*o = (struct option){ .line = line, .text = xstrdup(s) };
	split_expectation(literal(code), &o->who, &o->pattern);
	free(text);
	if (match_check(o->pattern, &err) == -1)
		return wrong(r, line, "%s", err.text);
	return 0;
}

/* The paragraph just before becomes the question. */
static char *take_question(struct reader *r)
{
	struct scene *scene = last_scene(r);

	if (!scene->count || scene->count != r->after_paragraph)
		return NULL;
	return scene->items[--scene->count].prose;
}

int read_prediction(struct reader *r, cmark_node *list)
{
	int line = cmark_node_get_start_line(list);
	cmark_node *item = cmark_node_first_child(list);
	struct prediction *p;
	char *question;

	if (!r->h->count)
		return wrong(r, line, "a prediction before the first scene: "
			     "begin the scene with a line ## Name above it");
	if (r->asked)
		return wrong(r, line, "a second prediction for the same step "
			     "(the first is on line %d): put a step between "
			     "them", r->asked);
	if (!cmark_node_next(item))
		return wrong(r, line, "a prediction with a single option: "
			     "give it two items or more, or begin the item "
			     "with a word if it is prose");
	question = take_question(r);
	if (!question)
		return wrong(r, line, "a prediction without a question: ask "
			     "in the paragraph before it, or begin an item "
			     "with a word if the list is prose");

	p = &add_item(r, ITEM_PREDICTION, line)->prediction;
	p->line = line;
	p->question = question;
	r->asked = line;
	for (; item; item = cmark_node_next(item)) {
		if (read_option(r, item, p) == -1)
			return -1;
	}
	return 0;
}
