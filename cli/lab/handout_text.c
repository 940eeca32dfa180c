/*
 * The source of a handout: what is wrong in it, its characters and its lines.
 */
#include "lab/reader.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int wrong(struct reader *r, int line, const char *fmt, ...)
{
	char what[sizeof(r->err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return errmsg_set(r->err, "%s:%d: %s", r->h->path, line, what);
}

int some(const char *text)
{
	size_t len = strlen(text);

	if (len > 50) {
		len = 50;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	return len;
}

void *room_for_one(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	return xrealloc(list, (count ? 2 * count : 1) * size);
}

static bool is_control(unsigned int code)
{
	return utf8_is_control(code) && code != '\n' && code != '\t';
}

int reader_check_text(struct reader *r)
{
	const char *s = r->text.text;
	unsigned int code;
	size_t i, n;
	int line = 1;

	for (i = 0; i < r->text.len; i += n) {
		n = utf8_char(s + i, r->text.len - i, &code);
		if (!n)
			return wrong(r, line, "the byte 0x%02x is not UTF-8: "
				     "save the handout as UTF-8", code);
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

int reader_check_decoded(struct reader *r, int line, const char *text)
{
	size_t len = strlen(text), i, n;
	unsigned int code;

	for (i = 0; i < len; i += n) {
		n = utf8_char(text + i, len - i, &code);
		if (!n || is_control(code))
			return wrong(r, line, "a character reference to the "
				     "control character U+%04X: take it out",
				     code);
	}
	return 0;
}

void reader_take_text(struct reader *r, const char *text, size_t len)
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

const char *reader_line(const struct reader *r, int line, size_t *len)
{
	*len = 0;
	if (line < 1 || line > r->num_lines)
		return "";
	*len = r->starts[line] - r->starts[line - 1] - 1;
	return r->text.text + r->starts[line - 1];
}

char *reader_lines(const struct reader *r, int first, int last)
{
	struct buf b = { 0 };
	const char *s;
	size_t len;

	for (; first <= last; first++) {
		s = reader_line(r, first, &len);
		buf_add(&b, s, len);
		if (first < last)
			buf_char(&b, '\n');
	}
	return buf_take(&b);
}
