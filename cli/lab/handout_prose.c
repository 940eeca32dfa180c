/*
 * Prose: what a block says, without its marks, as one item of the handout.
 * Tables, quotes and other code keep their line breaks, as they have a shape.
 */
#include "lab/reader.h"

#include <stdlib.h>
#include <string.h>

static void add_inline(struct buf *b, cmark_node *node)
{
	const char *text = literal(node);

	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
		buf_str(b, text);
		break;
	case CMARK_NODE_CODE:
		buf_fmt(b, "`%s`", text);
		break;
	case CMARK_NODE_HTML_INLINE:
		if (strncmp(text, "<!--", 4))
			buf_str(b, text);
		break;
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK:
		buf_char(b, ' ');
		break;
	default:
		break;		/* emphasis and links: what is in them comes */
	}
}

char *inline_text(struct reader *r, cmark_node *block, const char *marker,
		  cmark_node *skip)
{
	cmark_iter *iter = cmark_iter_new(block);
	struct buf b = { 0 };
	cmark_event_type event;
	char *text, *p;

	buf_str(&b, marker);
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		if (event == CMARK_EVENT_ENTER &&
		    cmark_iter_get_node(iter) != skip)
			add_inline(&b, cmark_iter_get_node(iter));
	}
	cmark_iter_free(iter);

	while (b.len && is_blank(b.text[b.len - 1]))
		b.text[--b.len] = '\0';
	text = buf_take(&b);
	for (p = text; *p; p++) {
		if (is_blank(*p))
			*p = ' ';
	}
	if (reader_check_decoded(r, cmark_node_get_start_line(block),
				 text) == -1) {
		free(text);
		return NULL;
	}
	return text;
}

struct scene *last_scene(struct reader *r)
{
	return r->h->count ? &r->h->scenes[r->h->count - 1] : NULL;
}

static size_t *item_count(struct reader *r)
{
	return r->h->count ? &last_scene(r)->count : &r->h->intro_count;
}

struct item *add_item(struct reader *r, enum item_kind kind, int line)
{
	struct scene *scene = last_scene(r);
	struct item **list = scene ? &scene->items : &r->h->intro;
	size_t *count = item_count(r);

	*list = room_for_one(*list, *count, sizeof(**list));
	(*list)[*count] = (struct item){ .kind = kind, .line = line };
	return &(*list)[(*count)++];
}

struct item *add_prose(struct reader *r, int line, char *text, bool verbatim)
{
	size_t len = strlen(text);
	struct item *item;

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (!text[strspn(text, " \t\n")]) {
		free(text);
		return NULL;
	}
	item = add_item(r, ITEM_PROSE, line);
	item->prose = text;
	item->verbatim = verbatim;
	return item;
}

int read_paragraph(struct reader *r, cmark_node *node, const char *marker)
{
	int line = cmark_node_get_start_line(node);
	char *text = inline_text(r, node, marker, NULL);

	if (!text)
		return -1;
	if (add_prose(r, line, text, false))
		r->after_paragraph = *item_count(r);
	return 0;
}

int read_summary(struct reader *r, cmark_node *node)
{
	char *text = inline_text(r, node, "", NULL);

	if (!text)
		return -1;
	free(r->h->summary);
	r->h->summary = text;
	return 0;
}

/* A row as |---|:-:|, which makes the paragraph that it is in a table. */
static bool is_table_rule(const char *s, size_t len)
{
	bool bar = false, dash = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!strchr("|-: \t>", s[i]))
			return false;
		bar |= s[i] == '|';
		dash |= s[i] == '-';
	}
	return bar && dash;
}

bool is_table(const struct reader *r, cmark_node *node)
{
	int line = cmark_node_get_start_line(node) + 1;
	const char *s;
	size_t len;

	for (; line <= cmark_node_get_end_line(node); line++) {
		s = reader_line(r, line, &len);
		if (is_table_rule(s, len))
			return true;
	}
	return false;
}

int read_verbatim(struct reader *r, cmark_node *node)
{
	int first = cmark_node_get_start_line(node);

	add_prose(r, first,
		  reader_lines(r, first, cmark_node_get_end_line(node)), true);
	return 0;
}

/* Add the text without its comments. A comment that never ends: its place. */
static const char *add_uncommented(struct buf *b, const char *text)
{
	const char *comment, *end;

	while ((comment = strstr(text, "<!--"))) {
		buf_add(b, text, comment - text);
		end = strstr(comment + 4, "-->");
		if (!end)
			return comment;
		text = end + 3;
	}
	buf_str(b, text);
	return NULL;
}

/* HTML is shown as it is, but for its comments. */
int read_html(struct reader *r, cmark_node *node)
{
	int line = cmark_node_get_start_line(node), rc = -1;
	const char *text = literal(node), *open;
	struct buf b = { 0 };

	open = add_uncommented(&b, text);
	if (open) {
		while (text < open)
			line += *text++ == '\n';
		wrong(r, line, "this comment is never closed: end it with "
		      "-->");
	} else if (opens_lab(b.text, '\0', 3)) {
		wrong(r, line, "a lab block within HTML is only shown: leave "
		      "an empty line before it");
	} else if (!r->title_line && b.text[strspn(b.text, " \t\n")]) {
		wrong(r, line, "the title comes first: begin with a line "
		      "# Title");
	} else {
		add_prose(r, line, buf_take(&b), true);
		rc = 0;
	}
	buf_release(&b);
	return rc;
}
