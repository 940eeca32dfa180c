/* puppet_text - texts and words in a message, and how they read in C */
#include "box/puppet_call.h"

#include "utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A literal longer than this is made by a loop in the C line. */
#define LITERAL_MAX 64

bool puppet_quote(char *out, size_t size, const void *bytes, size_t len,
		  char quote)
{
	const unsigned char *s = bytes;
	size_t n = 0, i = 0;

	out[n++] = quote;
	while (i < len && n + 10 < size) {
		unsigned int code;
		size_t wide = utf8_char((const char *)s + i, len - i, &code);

		if (wide > 1 && !utf8_is_control(code)) {
			memcpy(out + n, s + i, wide);
			n += wide;
			i += wide;
			continue;
		}
		if (s[i] == '\n')
			n += sprintf(out + n, "\\n");
		else if (s[i] == (unsigned char)quote || s[i] == '\\')
			n += sprintf(out + n, "\\%c", s[i]);
		else if (s[i] < ' ' || s[i] >= 127)
			n += sprintf(out + n, "\\%03o", s[i]);
		else
			out[n++] = s[i];
		i++;
	}
	snprintf(out + n, size - n, "%c%s", quote, i < len ? "..." : "");
	return i == len;
}

/* One character of a text; NULL if the escape is none. */
static const char *unescape(const char *s, unsigned char *c)
{
	static const char from[] = "ntr0\\*\"", to[] = "\n\t\r\0\\*\"";
	const char *at;
	char hex[3];

	if (*s != '\\') {
		*c = *s;
		return s + 1;
	}
	if (s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
	    isxdigit((unsigned char)s[3])) {
		snprintf(hex, sizeof(hex), "%s", s + 2);
		*c = strtoul(hex, NULL, 16);
		return s + 4;
	}
	at = s[1] ? strchr(from, s[1]) : NULL;
	if (!at)
		return NULL;
	*c = to[at - from];
	return s + 2;
}

/* The star of "x*1000" and its number, or the end of the word and 1. */
static const char *times_of(const char *word, int64_t *times)
{
	const char *star = strrchr(word, '*'), *end = word + strlen(word);
	int slashes = 0;

	*times = 1;
	if (!star || star == word || !isdigit((unsigned char)star[1]))
		return end;
	while (star - slashes > word && star[-slashes - 1] == '\\')
		slashes++;
	/* Too large a number comes out as one: the limit will stop it. */
	if (slashes % 2 || star[1 + strspn(star + 1, "0123456789")])
		return end;
	if (!puppet_number(star + 1, times))
		*times = INT32_MAX;
	return star;
}

static int no_room(struct puppet_parse *p)
{
	return puppet_bad(p, "one line can send %d bytes", PUPPET_DATA_MAX);
}

static void literal(struct buf *out, const void *bytes, size_t len, char quote)
{
	char text[4096];

	puppet_quote(text, sizeof(text), bytes, len, quote);
	buf_str(out, text);
}

static void repeated_in_c(struct puppet_parse *p, const unsigned char *s,
			  size_t at, size_t len, size_t times, struct buf *out)
{
	char to[32] = "buf";

	if (len * times <= LITERAL_MAX || times == 1) {
		literal(out, s, len * times, '"');
		return;
	}
	if (at)
		snprintf(to, sizeof(to), "buf + %zu", at);
	if (len == 1) {
		buf_fmt(&p->before, "memset(%s, ", to);
		literal(&p->before, s, 1, '\'');
		buf_fmt(&p->before, ", %zu); ", times);
	} else {
		buf_fmt(&p->before, "for (i = 0; i < %zu; i++) memcpy(%s + "
			"i * %zu, ", times, to, len);
		literal(&p->before, s, len, '"');
		buf_fmt(&p->before, ", %zu); ", len);
	}
	buf_str(out, to);
}

/* The word as the next text of the message; its C and its length. */
static int add_text(struct puppet_parse *p, const char *word, struct buf *c,
		    size_t *len)
{
	struct puppet_message *m = p->msg;
	unsigned char *start = m->data + m->data_len, byte;
	size_t room = PUPPET_DATA_MAX - (m->data_len - m->text_count);
	int64_t times;
	const char *end = times_of(word, &times);
	size_t n = 0;

	if (m->text_count == PUPPET_TEXTS)
		return puppet_bad(p, "at most %d texts", PUPPET_TEXTS);
	while (word < end) {
		const char *next = unescape(word, &byte);

		if (!next)
			return puppet_bad(p, "'%.8s': no such escape; there "
					  "are \\n \\r \\t \\0 \\xNN \\\\ \\*",
					  word);
		if (n == room)
			return no_room(p);
		start[n++] = byte;
		word = next;
	}
	if (n && (size_t)times > room / n)
		return no_room(p);
	for (int64_t t = 1; t < times; t++)
		memcpy(start + t * n, start, n);
	*len = n * times;
	start[*len] = '\0';
	repeated_in_c(p, start, m->data_len, n, times, c);
	m->text[m->text_count].at = m->data_len;
	m->text[m->text_count++].len = *len;
	m->data_len += *len + 1;
	return PUPPET_OK;
}

int take_text(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	size_t len;
	int rc;

	if (!word)
		return puppet_left_out(p, arg, i);
	rc = add_text(p, word, &p->c[i], &len);
	if (rc != PUPPET_OK)
		return rc;
	p->at++;
	buf_fmt(&p->c[i], ", %zu", len);
	return PUPPET_OK;
}

/* arg->c as for take_lens. Flags that follow are not texts. */
int take_texts(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const struct puppet_arg *next = p->call->args[i + 1];
	int end = p->count, first = p->at;

	if (!puppet_word(p))
		return puppet_missing(p, arg->name);
	if (next && next->take == take_flags)
		while (end > first + 1 &&
		       puppet_name_find(next->names, p->words[end - 1]))
			end--;
	buf_str(&p->c[i], "(struct iovec[]){ ");
	while (p->at < end) {
		size_t len = 0;
		int rc;

		buf_str(&p->c[i], p->at > first ? ", { " : "{ ");
		rc = add_text(p, p->words[p->at], &p->c[i], &len);
		if (rc != PUPPET_OK)
			return rc;
		buf_fmt(&p->c[i], ", %zu }", len);
		p->at++;
	}
	buf_fmt(&p->c[i], " }%s%d", arg->c, end - first);
	return PUPPET_OK;
}

/* A word as it is. */
static int add_word(struct puppet_parse *p, struct buf *c)
{
	struct puppet_message *m = p->msg;
	const char *word = p->words[p->at];
	size_t len = strlen(word);

	if (m->text_count == PUPPET_TEXTS)
		return puppet_bad(p, "at most %d words", PUPPET_TEXTS);
	if (len > PUPPET_DATA_MAX - (m->data_len - m->text_count))
		return no_room(p);
	memcpy(m->data + m->data_len, word, len + 1);
	m->text[m->text_count].at = m->data_len;
	m->text[m->text_count++].len = len;
	m->data_len += len + 1;
	p->at++;
	literal(c, word, len, '"');
	return PUPPET_OK;
}

int take_path(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	if (!puppet_word(p))
		return puppet_missing(p, arg->name);
	return add_word(p, &p->c[i]);
}

/* A program's arguments, itself (the text before) as the first. */
int take_args(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	(void)arg;
	buf_str(&p->c[i], "(char *[]){ ");
	if (p->c[i - 1].len)
		buf_str(&p->c[i], p->c[i - 1].text);
	while (puppet_word(p)) {
		int rc;

		buf_str(&p->c[i], ", ");
		rc = add_word(p, &p->c[i]);
		if (rc != PUPPET_OK)
			return rc;
	}
	buf_str(&p->c[i], ", NULL }");
	return PUPPET_OK;
}

