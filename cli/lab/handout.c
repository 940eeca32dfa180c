/*
 * Theory of operation: cmark finds the blocks and says on which lines they
 * are; the text is first brought to plain lines (no byte order mark, no CR),
 * so that its line numbers and ours agree. All fences are then checked against
 * the source, because cmark takes one that is never closed for a block up to
 * the end. After that one walk over the blocks builds the scenes.
 */
#include "lab/handout.h"

#include "buf.h"
#include "lab/match.h"

#include <cmark.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (4U << 20)	/* bytes: no handout is that long */
#define DEPTH_MAX 16		/* lists and quotes within each other */

struct reader {
	struct handout *h;
	struct errmsg *err;
	struct buf text;
	size_t *starts;		/* where each line starts in text */
	int num_lines;
	int title_line;		/* 0: none yet */
	int steps;		/* of the scene so far */
	int asked;		/* line of the prediction without a step yet */
	size_t after_paragraph;	/* items, when the last was a paragraph */
};

static int wrong(struct reader *r, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct reader *r, int line, const char *fmt, ...)
{
	char what[sizeof(r->err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return errmsg_set(r->err, "%s:%d: %s", r->h->path, line, what);
}

/* How much of a text fits into a message, without half a character. */
static int some(const char *text)
{
	size_t len = strlen(text);

	if (len > 50) {
		len = 50;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	return len;
}

/* Room for one more, doubled whenever count items fill it. */
static void *room_for_one(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	return xrealloc(list, (count ? 2 * count : 1) * size);
}

/* --- characters -------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * The length of the UTF-8 character at s, its code in *code; 0 if the bytes
 * are none (overlong, a surrogate, cut short).
 */
static size_t utf8_char(const unsigned char *s, size_t len, unsigned int *code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	*code = s[0];
	if (s[0] < 0x80)
		return 1;
	n = s[0] >= 0xf8 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 :
	    s[0] >= 0xc0 ? 2 : 0;
	if (!n || n > len)
		return 0;
	*code = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

static bool is_control(unsigned int code)
{
	return (code < 0x20 && code != '\n' && code != '\t') ||
	       (code >= 0x7f && code < 0xa0);
}

static int check_text(struct reader *r)
{
	const unsigned char *s = (const unsigned char *)r->text.text;
	unsigned int code;
	size_t i, n;
	int line = 1;

	for (i = 0; i < r->text.len; i += n) {
		n = utf8_char(s + i, r->text.len - i, &code);
		if (!n)
			return wrong(r, line, "the byte 0x%02x is not UTF-8: "
				     "save the handout as UTF-8", s[i]);
		if (!code)
			return wrong(r, line, "a NUL byte: a handout is plain "
				     "text");
		if (is_control(code))
			return wrong(r, line, "a control character (U+%04X): "
				     "only line breaks and tabs may be in a "
				     "handout", code);
		if (code == '\n')
			line++;
	}
	return 0;
}

/* References as &#27; turn into characters only within cmark. */
static int check_decoded(struct reader *r, int line, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = strlen(text), i, n;
	unsigned int code;

	for (i = 0; i < len; i += n) {
		n = utf8_char(s + i, len - i, &code);
		if (!n || is_control(code))
			return wrong(r, line, "a character reference to the "
				     "control character U+%04X: take it out",
				     code);
	}
	return 0;
}

/* --- lines ------------------------------------------------------------- */

/* The text with plain line ends, and where its lines start. */
static void take_text(struct reader *r, const char *text, size_t len)
{
	size_t i = 0, lines = 0;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		i = 3;
	buf_str(&r->text, "");
	for (; i < len; i++) {
		if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n')
			buf_char(&r->text, text[i]);
	}

	for (i = 0; i < r->text.len; i++)
		lines += r->text.text[i] == '\n';
	r->starts = xcalloc(lines + 2, sizeof(*r->starts));
	r->num_lines = 1;
	for (i = 0; i < r->text.len; i++) {
		if (r->text.text[i] == '\n')
			r->starts[r->num_lines++] = i + 1;
	}
	r->starts[r->num_lines] = r->text.len + 1;
}

/* A line of the source, from 1, without its end. "" if there is none. */
static const char *source_line(const struct reader *r, int line, size_t *len)
{
	*len = 0;
	if (line < 1 || line > r->num_lines)
		return "";
	*len = r->starts[line] - r->starts[line - 1] - 1;
	return r->text.text + r->starts[line - 1];
}

static char *source_lines(const struct reader *r, int first, int last)
{
	struct buf b = { 0 };
	const char *s;
	size_t len;

	for (; first <= last; first++) {
		s = source_line(r, first, &len);
		buf_add(&b, s, len);
		if (first < last)
			buf_char(&b, '\n');
	}
	return buf_take(&b);
}

/* --- fences ------------------------------------------------------------ */

/* How long a fence is at s; 0 if there is none. */
static size_t fence_len(const char *s, size_t len)
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

static const char *literal(cmark_node *node)
{
	const char *text = cmark_node_get_literal(node);

	return text ? text : "";
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
	const char *s = source_line(r, cmark_node_get_start_line(node), len);

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

	s = source_line(r, last, &len);
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

/*
 * The first line of a text, from 1, that would open a lab block, with a fence
 * of this character (0: of any) and at least this length; 0: none would.
 */
static int opens_lab(const char *text, char fence, size_t least)
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

/* The info's first word is "lab". */
static bool is_lab(cmark_node *node)
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

static int check_blocks(struct reader *r, cmark_node *root)
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

static bool contains_lab(cmark_node *root)
{
	cmark_iter *iter = cmark_iter_new(root);
	bool found = false;

	while (!found && cmark_iter_next(iter) != CMARK_EVENT_DONE)
		found = is_lab(cmark_iter_get_node(iter));
	cmark_iter_free(iter);
	return found;
}

/* --- prose ------------------------------------------------------------- */

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

/*
 * What a block says, in one line, after a marker. The inline `skip` (or NULL)
 * is left out. NULL with the error set if it may not be shown.
 */
static char *inline_text(struct reader *r, cmark_node *block,
			 const char *marker, cmark_node *skip)
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
	if (check_decoded(r, cmark_node_get_start_line(block), text) == -1) {
		free(text);
		return NULL;
	}
	return text;
}

static struct scene *last_scene(struct reader *r)
{
	return r->h->count ? &r->h->scenes[r->h->count - 1] : NULL;
}

static size_t *item_count(struct reader *r)
{
	return r->h->count ? &last_scene(r)->count : &r->h->intro_count;
}

static struct item *add_item(struct reader *r, enum item_kind kind, int line)
{
	struct scene *scene = last_scene(r);
	struct item **list = scene ? &scene->items : &r->h->intro;
	size_t *count = item_count(r);

	*list = room_for_one(*list, *count, sizeof(**list));
	(*list)[*count] = (struct item){ .kind = kind, .line = line };
	return &(*list)[(*count)++];
}

/* Takes the text over; nothing is added for one that is empty. */
static struct item *add_prose(struct reader *r, int line, char *text,
			      bool verbatim)
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

static int read_paragraph(struct reader *r, cmark_node *node,
			  const char *marker)
{
	int line = cmark_node_get_start_line(node);
	char *text = inline_text(r, node, marker, NULL);

	if (!text)
		return -1;
	if (add_prose(r, line, text, false))
		r->after_paragraph = *item_count(r);
	return 0;
}

static int read_summary(struct reader *r, cmark_node *node)
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

static bool is_table(const struct reader *r, cmark_node *node)
{
	int line = cmark_node_get_start_line(node) + 1;
	const char *s;
	size_t len;

	for (; line <= cmark_node_get_end_line(node); line++) {
		s = source_line(r, line, &len);
		if (is_table_rule(s, len))
			return true;
	}
	return false;
}

static int read_verbatim(struct reader *r, cmark_node *node)
{
	int first = cmark_node_get_start_line(node);

	add_prose(r, first,
		  source_lines(r, first, cmark_node_get_end_line(node)), true);
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
static int read_html(struct reader *r, cmark_node *node)
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

/* --- steps ------------------------------------------------------------- */

static size_t who_len(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       (s[n] >= '0' && s[n] <= '9') || s[n] == '_' || s[n] & 0x80 ||
	       (n && (s[n] == '-' || s[n] == '.')))
		n++;
	return n;
}

/* "who pattern" in two; false if it is not of that shape. */
static bool split_expectation(const char *s, char **who, char **pattern)
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

static int read_step(struct reader *r, cmark_node *node)
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

/* --- predictions ------------------------------------------------------- */

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

static bool is_prediction(cmark_node *list)
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

static int read_prediction(struct reader *r, cmark_node *list)
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

	if (check_text(r) == -1)
		return -1;
	root = cmark_parse_document(r->text.text, r->text.len,
				    CMARK_OPT_DEFAULT);
	rc = check_blocks(r, root);
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
	take_text(&r, text, len);

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
