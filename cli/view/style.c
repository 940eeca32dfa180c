#include "style.h"

#include "utf8.h"

#include <assert.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static const char *const inks[] = {
	[INK_PLAIN]	= "",
	[INK_DIM]	= "\033[2m",
	[INK_BOLD]	= "\033[1m",
	[INK_GOOD]	= "\033[1;32m",
	[INK_BAD]	= "\033[1;31m",
	[INK_ASK]	= "\033[1;35m",
	[INK_TITLE]	= "\033[1m",
};
static_assert(sizeof(inks) / sizeof(inks[0]) == NUM_INKS,
	      "an ink has no escape");

/*
 * Readable on dark and on light, so none that is bright; red and green mean
 * something else here.
 */
static const char *const speakers[] = {
	"\033[36m", "\033[33m", "\033[35m", "\033[34m",
};

void style_resize(struct style *st)
{
	struct winsize size;

	if (!st->tty || ioctl(fileno(st->out), TIOCGWINSZ, &size) == -1 ||
	    size.ws_col == 0)
		return;
	st->columns = size.ws_col;
	st->rows = size.ws_row ? size.ws_row : 24;
}

void style_init(struct style *st, FILE *out, int columns)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	st->out = out;
	st->tty = isatty(fileno(out));
	st->colour = st->tty && !(no_color && *no_color) &&
		!(term && !strcmp(term, "dumb"));
	st->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	st->columns = 80;
	st->rows = 24;
	if (columns > 0)
		st->columns = columns;
	else
		style_resize(st);
}

const char *style_ink(const struct style *st, enum ink ink)
{
	return st->colour ? inks[ink] : "";
}

/* The same name has the same colour, in each run. */
const char *style_who(const struct style *st, const char *who)
{
	unsigned int sum = 0;

	if (!st->colour)
		return "";
	if (!strcmp(who, "server"))
		return speakers[0];
	if (!strcmp(who, "client"))
		return speakers[1];
	for (const char *p = who; *p; p++)
		sum = sum * 31 + (unsigned char)*p;
	return speakers[sum % (sizeof(speakers) / sizeof(speakers[0]))];
}

const char *style_off(const struct style *st)
{
	return st->colour ? "\033[0m" : "";
}

const char *style_check(const struct style *st)
{
	return st->utf8 ? "\u2713" : "+";
}

const char *style_cross(const struct style *st)
{
	return st->utf8 ? "\u2717" : "x";
}

const char *style_dots(const struct style *st)
{
	return st->utf8 ? "\u2026" : "...";
}

const char *style_arrow(const struct style *st)
{
	return st->utf8 ? "\u2192" : "->";
}

const char *style_dot(const struct style *st)
{
	return st->utf8 ? "\u00b7" : "-";
}

/* Bytes of the character at text, and its columns; "?" for what is none. */
static size_t character(const char *text, size_t len, int *columns)
{
	mbstate_t state = { 0 };
	wchar_t wc;
	size_t n;

	*columns = 1;
	if (*text >= ' ' && *text <= '~')	/* nearly all there is to show */
		return 1;
	n = mbrtowc(&wc, text, len, &state);
	if (n == 0 || n == (size_t)-1 || n == (size_t)-2)
		return 1;
	*columns = wcwidth(wc);
	if (*columns < 0)
		*columns = 1;
	return n;
}

int style_width(const struct style *st, const char *text, size_t len)
{
	int width = 0, columns;

	for (size_t i = 0; i < len;) {
		bool mark = st->colour && text[i] == '`';

		i += character(text + i, len - i, &columns);
		if (!mark)
			width += columns;
	}
	return width;
}

/* Outside of UTF-8 a longer character cannot be shown; a control never. */
static void add_printable(struct buf *b, const char *text, size_t n)
{
	unsigned int code;

	if (utf8_char(text, n, &code) != n || utf8_is_control(code))
		buf_char(b, '?');
	else
		buf_add(b, text, n);
}

void style_cut(const struct style *st, struct buf *b, const char *text,
	       int columns)
{
	size_t len = strlen(text);
	int used = 0, dots = st->utf8 ? 1 : 3;
	bool whole;

	whole = columns < 0 ||
		style_width(&(struct style){ 0 }, text, len) <= columns;
	for (size_t i = 0; i < len;) {
		int width;
		size_t n = character(text + i, len - i, &width);

		if (!whole && used + width > columns - dots) {
			buf_str(b, style_dots(st));
			return;
		}
		add_printable(b, text + i, n);
		used += width;
		i += n;
	}
}

size_t style_wrap(const struct style *st, const char *text, int columns,
		  const char **next)
{
	size_t len = strlen(text), last = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != ' ')
			continue;
		if (style_width(st, text, i) > columns && last)
			break;
		last = i;
	}
	*next = text + last;
	while (**next == ' ')
		(*next)++;
	return last;
}

void style_prose(const struct style *st, struct buf *b, const char *text,
		 size_t len, bool *in_code)
{
	int columns;

	if (*in_code)
		buf_str(b, style_ink(st, INK_BOLD));
	for (size_t i = 0; i < len;) {
		size_t n = character(text + i, len - i, &columns);

		if (st->colour && text[i] == '`') {
			*in_code = !*in_code;
			buf_str(b, *in_code ? style_ink(st, INK_BOLD) :
				style_off(st));
		} else {
			add_printable(b, text + i, n);
		}
		i += n;
	}
	if (*in_code)
		buf_str(b, style_off(st));
}
