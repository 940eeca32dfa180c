/*
 * Theory of operation: cmark finds the blocks and says on which lines they
 * are; the text is first brought to plain lines (no byte order mark, no CR),
 * so that its line numbers and ours agree. All fences are then checked against
 * the source (handout_fence.c). After that one walk over the blocks builds the
 * scenes.
 */
#include "lab/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4U << 20)	/* bytes: no handout is that long */
#define DEPTH_MAX 16		/* lists and quotes within each other */

/* --- scenes ------------------------------------------------------------ */

/* Whatever has to be true when a scene is over. */
static int end_scene(struct reader *r)
{
	struct scene *scene = last_scene(r);

	if (!scene)
		return 0;
	if (r->asked)
		return wrong(r, r->asked, "no step follows this prediction in "
			     "its scene: put the ```lab block that decides it "
			     "after it");
	if (!r->steps)
		return wrong(r, scene->line, "the scene '%.*s' has no step: "
			     "give it a ```lab block", some(scene->title),
			     scene->title);
	return 0;
}

static int begin_scene(struct reader *r, char *title, int line)
{
	struct handout *h = r->h;

	if (end_scene(r) == -1) {
		free(title);
		return -1;
	}
	h->scenes = room_for_one(h->scenes, h->count, sizeof(*h->scenes));
	h->scenes[h->count++] = (struct scene){ .line = line, .title = title };
	r->steps = 0;
	r->after_paragraph = 0;
	return 0;
}

static int read_heading(struct reader *r, cmark_node *node, int depth)
{
	int line = cmark_node_get_start_line(node);
	int level = cmark_node_get_heading_level(node);
	char *text = inline_text(r, node, "", NULL);

	if (!text)
		return -1;
	if (depth || level > 2) {
		add_prose(r, line, text, false);
		return 0;
	}
	if (*text && level == 2)
		return begin_scene(r, text, line);
	if (*text && !r->title_line) {
		r->title_line = line;
		free(r->h->title);
		r->h->title = text;
		return 0;
	}
	if (!*text)
		wrong(r, line, "a heading without words: write %s",
		      level == 1 ? "# Title" : "## Name of the scene");
	else
		wrong(r, line, "a second title: a handout has one # Title, "
		      "and begins each scene with ## Name");
	free(text);
	return -1;
}

/* --- the walk ---------------------------------------------------------- */

static int read_block(struct reader *r, cmark_node *node, int depth);

static int read_blocks(struct reader *r, cmark_node *node, int depth)
{
	for (; node; node = cmark_node_next(node)) {
		if (read_block(r, node, depth) == -1)
			return -1;
	}
	return 0;
}

/* One entry of an ordinary list: its first paragraph has the marker. */
static int read_entry(struct reader *r, cmark_node *item, const char *marker,
		      int depth)
{
	cmark_node *node = cmark_node_first_child(item);

	if (node && cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH &&
	    !is_table(r, node)) {
		if (read_paragraph(r, node, marker) == -1)
			return -1;
		node = cmark_node_next(node);
	}
	return read_blocks(r, node, depth + 1);
}

static int read_list(struct reader *r, cmark_node *list, int depth)
{
	bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
	int number = cmark_node_get_list_start(list), rc = 0;
	cmark_node *item = cmark_node_first_child(list);
	char *marker;

	if (is_prediction(list))
		return read_prediction(r, list);
	for (; !rc && item; item = cmark_node_next(item)) {
		marker = ordered ? xasprintf("%*s%d. ", 2 * depth, "", number++)
				 : xasprintf("%*s- ", 2 * depth, "");
		rc = read_entry(r, item, marker, depth);
		free(marker);
	}
	return rc;
}

static int read_quote(struct reader *r, cmark_node *quote, int depth)
{
	if (!contains_lab(quote))
		return read_verbatim(r, quote);
	return read_blocks(r, cmark_node_first_child(quote), depth + 1);
}

static bool is_title(cmark_node *node)
{
	return cmark_node_get_type(node) == CMARK_NODE_HEADING &&
	       cmark_node_get_heading_level(node) == 1;
}

static int read_block(struct reader *r, cmark_node *node, int depth)
{
	int line = cmark_node_get_start_line(node);

	if (depth > DEPTH_MAX)
		return wrong(r, line, "lists or quotes %d deep: begin further "
			     "left", depth);
	if (!r->title_line && !is_title(node) &&
	    cmark_node_get_type(node) != CMARK_NODE_HTML_BLOCK)
		return wrong(r, line, "the title comes first: begin with a "
			     "line # Title");

	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_HEADING:
		return read_heading(r, node, depth);
	case CMARK_NODE_PARAGRAPH:
		if (is_table(r, node))
			return read_verbatim(r, node);
		if (!depth && !r->h->count && !*r->h->summary)
			return read_summary(r, node);
		return read_paragraph(r, node, "");
	case CMARK_NODE_CODE_BLOCK:
		if (is_lab(node))
			return read_step(r, node);
		add_prose(r, line, xstrdup(literal(node)), true);
		return 0;
	case CMARK_NODE_HTML_BLOCK:
		return read_html(r, node);
	case CMARK_NODE_LIST:
		return read_list(r, node, depth);
	case CMARK_NODE_BLOCK_QUOTE:
		return read_quote(r, node, depth);
	default:
		return 0;	/* a rule between two paragraphs */
	}
}

static int read_document(struct reader *r)
{
	cmark_node *root;
	int rc;

	if (reader_check_text(r) == -1)
		return -1;
	root = cmark_parse_document(r->text.text, r->text.len,
				    CMARK_OPT_DEFAULT);
	rc = reader_check_fences(r, root);
	if (!rc)
		rc = read_blocks(r, cmark_node_first_child(root), 0);
	if (!rc)
		rc = end_scene(r);
	if (!rc && !r->title_line)
		rc = wrong(r, 1, "no title: begin with a line # Title");
	if (!rc && !r->h->count)
		rc = wrong(r, r->title_line, "no scene: begin one with a line "
			   "## Name, and put a ```lab block into it");
	cmark_node_free(root);
	return rc;
}

struct handout *handout_parse(const char *path, const char *text, size_t len,
			      struct errmsg *err)
{
	struct reader r = { .h = xcalloc(1, sizeof(*r.h)), .err = err };
	int rc;

	r.h->path = xstrdup(path);
	r.h->title = xstrdup("");
	r.h->summary = xstrdup("");
	reader_take_text(&r, text, len);

	rc = read_document(&r);

	free(r.starts);
	buf_release(&r.text);
	if (rc == -1) {
		handout_free(r.h);
		return NULL;
	}
	return r.h;
}

static int read_file(const char *path, struct buf *text, struct errmsg *err)
{
	FILE *f = fopen(path, "re");
	char part[4096];
	size_t n;
	int rc = 0;

	if (!f)
		return errmsg_errno(err, "%s", path);
	while (text->len <= FILE_MAX &&
	       (n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(text, part, n);
	if (ferror(f))
		rc = errmsg_errno(err, "%s", path);
	else if (text->len > FILE_MAX)
		rc = errmsg_set(err, "%s: longer than %u MiB, which no "
				"handout is", path, FILE_MAX >> 20);
	fclose(f);
	return rc;
}

struct handout *handout_read(const char *path, struct errmsg *err)
{
	struct handout *h = NULL;
	struct buf text = { 0 };

	if (read_file(path, &text, err) == 0)
		h = handout_parse(path, text.text ? text.text : "", text.len,
				  err);
	buf_release(&text);
	return h;
}

static void free_item(struct item *item)
{
	struct prediction *p = &item->prediction;
	struct step *s = &item->step;
	size_t i;

	free(item->prose);
	for (i = 0; i < s->count; i++) {
		free(s->lines[i].text);
		free(s->lines[i].who);
		free(s->lines[i].pattern);
	}
	free(s->lines);
	for (i = 0; i < p->count; i++) {
		free(p->options[i].who);
		free(p->options[i].pattern);
		free(p->options[i].text);
	}
	free(p->options);
	free(p->question);
}

static void free_items(struct item *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free_item(&items[i]);
	free(items);
}

void handout_free(struct handout *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < h->count; i++) {
		free(h->scenes[i].title);
		free_items(h->scenes[i].items, h->scenes[i].count);
	}
	free(h->scenes);
	free_items(h->intro, h->intro_count);
	free(h->path);
	free(h->title);
	free(h->summary);
	free(h);
}
