/*
 * Fences, held against the source, because cmark takes one that is never closed
 * for a block up to the end: one forgotten line, and the steps below it would
 * only be shown.
 */
#include "lab/reader.h"

#include <string.h>
#include <strings.h>

size_t fence_len(const char *s, size_t len)
{
	size_t n = 0;

	if (!len || (*s != '`' && *s != '~'))
		return 0;
	while (n < len && s[n] == *s)
		n++;
	return n >= 3 ? n : 0;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	while ((text = strchr(text, '\n'))) {
		lines++;
		text++;
	}
	return lines;
}

/*
 * The line that opens a fenced block, from its fence on. NULL if the block is
 * an indented one: that has no info, and begins with its own first line.
 */
static const char *opening(const struct reader *r, cmark_node *node,
			   size_t *len)
{
	size_t skip = cmark_node_get_start_column(node) - 1;
	const char *text = literal(node);
	const char *s = reader_line(r, cmark_node_get_start_line(node), len);

	if (skip > *len)
		return NULL;
	s += skip;
	*len -= skip;
	if (!fence_len(s, *len))
		return NULL;
	if (!*cmark_node_get_fence_info(node) && !strncmp(text, s, *len) &&
	    text[*len] == '\n')
		return NULL;
	return s;
}

/* The line on which the next block after this one starts; 0: none does. */
static int next_start(cmark_node *node)
{
	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return node ? cmark_node_get_start_line(cmark_node_next(node)) : 0;
}

/*
 * The line that ends a closed block looks like a closing fence, is not part of
 * what is in the block, and does not open the next one (which it can, where a
 * list or a quote has ended around an open block).
 */
static bool is_closed(const struct reader *r, cmark_node *node,
		      const char *open, size_t open_len)
{
	int first = cmark_node_get_start_line(node);
	int last = cmark_node_get_end_line(node);
	const char *s;
	size_t len, fence;

	s = reader_line(r, last, &len);
	while (len && (is_blank(*s) || *s == '>')) {
		s++;
		len--;
	}
	fence = fence_len(s, len);
	if (!fence || *s != *open || fence < fence_len(open, open_len))
		return false;
	for (; fence < len; fence++) {
		if (!is_blank(s[fence]))
			return false;
	}
	return (int)count_lines(literal(node)) == last - first - 1 &&
	       next_start(node) != last;
}

int opens_lab(const char *text, char fence, size_t least)
{
	int line = 1;
	size_t n;

	for (; text; line++) {
		text += strspn(text, " \t");
		n = fence_len(text, strlen(text));
		if (n >= least && (!fence || *text == fence) &&
		    !strncmp(text + n, "lab", 3) &&
		    strchr(" \t\n", text[n + 3]))
			return line;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return 0;
}

bool is_lab(cmark_node *node)
{
	const char *info = cmark_node_get_fence_info(node);

	return cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK && info &&
	       !strncmp(info, "lab", 3) && (!info[3] || is_blank(info[3]));
}

static int check_fence(struct reader *r, cmark_node *node, const char *open,
		       size_t open_len)
{
	int line = cmark_node_get_start_line(node), inner;
	const char *info = cmark_node_get_fence_info(node);
	size_t fence = fence_len(open, open_len);

	if (!is_closed(r, node, open, open_len))
		return wrong(r, line, "this fence is never closed: end the "
			     "block with a line %.*s",
			     (int)(fence < 50 ? fence : 50), open);
	/* The end of a later block can hide that this one has none. */
	inner = opens_lab(literal(node), *open, fence);
	if (inner)
		return wrong(r, line + inner, "a lab block within the block of "
			     "line %d: close that one first, with a line %.*s",
			     line, (int)(fence < 50 ? fence : 50), open);
	if (is_lab(node) ? info[3] != '\0' : !strncasecmp(info, "lab", 3) &&
	    (!info[3] || is_blank(info[3])))
		return wrong(r, line, "a step begins with the fence ```lab "
			     "and nothing else");
	return 0;
}

static int check_block(struct reader *r, cmark_node *node)
{
	const char *open;
	size_t len;
	int inner;

	open = opening(r, node, &len);
	if (open)
		return check_fence(r, node, open, len);
	inner = opens_lab(literal(node), '\0', 3);
	if (inner)
		return wrong(r, cmark_node_get_start_line(node) + inner - 1,
			     "a lab block indented by four spaces is only "
			     "shown: begin its lines further left");
	return 0;
}

int reader_check_fences(struct reader *r, cmark_node *root)
{
	cmark_iter *iter = cmark_iter_new(root);
	cmark_node *node;
	int rc = 0;

	while (!rc && cmark_iter_next(iter) != CMARK_EVENT_DONE) {
		node = cmark_iter_get_node(iter);
		if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK)
			rc = check_block(r, node);
	}
	cmark_iter_free(iter);
	return rc;
}

bool contains_lab(cmark_node *root)
{
	cmark_iter *iter = cmark_iter_new(root);
	bool found = false;

	while (!found && cmark_iter_next(iter) != CMARK_EVENT_DONE)
		found = is_lab(cmark_iter_get_node(iter));
	cmark_iter_free(iter);
	return found;
}
