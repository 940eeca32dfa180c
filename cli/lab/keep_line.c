#include "keep_line.h"

#include "buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BRACES_MAX	48	/* longer structures are not written out */
#define STRING_MAX	40
#define STRING_CUT	32

/* The length of the string in quotes at s, with both of them. */
static size_t quoted(const char *s)
{
	size_t n = 1;

	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n + (s[n] == '"');
}

/* The length of {...} or [...] at s, with all that is nested in it. */
static size_t braced(const char *s)
{
	int depth = 0;
	size_t n = 0;

	do {
		if (s[n] == '"') {
			n += quoted(s + n);
			continue;
		}
		depth += s[n] == '{' || s[n] == '[';
		depth -= s[n] == '}' || s[n] == ']';
		n++;
	} while (depth && s[n]);
	return n;
}

/* The field of a structure that says what matters, as "*htons(7000)*". */
static void put_field(struct buf *b, const char *s, size_t len,
		      const char *field, const char *end)
{
	const char *at = memmem(s, len, field, strlen(field));
	size_t n;

	if (!at)
		return;
	n = strcspn(at, end);
	if (at + n > s + len)
		n = s + len - at;
	n += at[n] == ')';
	buf_add(b, at, n);
	buf_char(b, '*');
}

static void put_braces(struct buf *b, const char *s, size_t len)
{
	if (len <= BRACES_MAX) {
		buf_add(b, s, len);
		return;
	}
	buf_char(b, '*');
	put_field(b, s, len, "htons(", ")");
	put_field(b, s, len, "sun_path=", "}");
	put_field(b, s, len, "sa_handler=SIG_", ",}");
	put_field(b, s, len, "sa_flags=SA", ",}");
}

/* A string's end is cut where its bytes have been escaped as a whole. */
static void put_string(struct buf *b, const char *s, size_t len)
{
	size_t n = 0;

	if (len <= STRING_MAX) {
		buf_add(b, s, len);
		return;
	}
	while (n < STRING_CUT)
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	buf_add(b, s, n);
	buf_char(b, '*');
}

/* "-1 EAGAIN (Resource ...)": the reason's words are the C library's. */
static void put_result(struct buf *b, const char *s, const char *error)
{
	const char *at = error ? strstr(s, error) : NULL;

	if (!at) {
		buf_str(b, s);
		return;
	}
	buf_add(b, s, at + strlen(error) - s);
	if (at[strlen(error)])
		buf_char(b, '*');
}

static char *call_pattern(const char *text, const struct event *ev)
{
	const char *result = NULL, *next = text;
	struct buf b = { 0 };

	while ((next = strstr(next, ") = ")))
		result = next++;
	/* What it gives back is what a register held. */
	if (!strcmp(ev->call, "rt_sigreturn") && !ev->error)
		return xstrdup("rt_sigreturn(*) = *");
	if (result && ev->has_ret && ev->ret > 0 &&
	    !strncmp(ev->call, "clone", 5)) {
		buf_fmt(&b, "clone*(*%s", result);
		return buf_take(&b);
	}
	while (*text && text != result) {
		bool string = *text == '"';
		size_t n = string ? quoted(text) :
			*text == '{' || (*text == '[' && text[1] == '{') ?
			braced(text) : 0;

		if (result && text + n > result)
			n = 0;		/* it is never closed */
		if (n && string)
			put_string(&b, text, n);
		else if (n)
			put_braces(&b, text, n);
		else
			buf_char(&b, *text);
		text += n ? n : 1;
	}
	if (result)
		put_result(&b, result, ev->error);
	return buf_take(&b);
}

/* "--- SIGCHLD {*si_code=CLD_EXITED*si_status=7*} ---" */
static char *signal_pattern(const char *text, const struct event *ev)
{
	const char *brace = strchr(text, '{');
	struct buf b = { 0 };

	if (!brace || ev->kind != EV_SIGNAL)
		return xstrdup(text);
	buf_add(&b, text, brace + 1 - text);
	buf_char(&b, '*');
	put_field(&b, brace, strlen(brace), "si_code=", ",}");
	put_field(&b, brace, strlen(brace), "si_status=", ",}");
	buf_str(&b, "} ---");
	return buf_take(&b);
}

/* "+++ killed by SIGSEGV (core dumped) +++": limits decide on the core. */
static char *exit_pattern(const char *text)
{
	const char *core = strstr(text, " (core dumped)");

	return core ? xasprintf("%.*s* +++", (int)(core - text), text) :
		xstrdup(text);
}

/* From one word on up to another one, or to the end. */
static void put_from(struct buf *b, const char *text, const char *from,
		     const char *to)
{
	const char *at = strstr(text, from), *end = at ? strstr(at, to) : NULL;

	if (!at)
		return;
	buf_str(b, " *");
	buf_add(b, at, end ? (size_t)(end - at) : strlen(at));
}

/*
 * "a > b PSH,ACK seq 1:7 * len 6 "hello\n"": which bytes, and what became of
 * the frame; not the window, nor what had been received meanwhile.
 */
static char *packet_pattern(const char *text, const struct event *ev)
{
	const char *seq = strstr(text, " seq "), *flags;
	bool data = strstr(text, " len "), only_ack;
	struct buf b = { 0 };

	if (!seq || strstr(text, " UDP ") || strstr(text, " ICMP"))
		return xstrdup(text);
	for (flags = seq; flags > text && flags[-1] != ' '; flags--)
		;
	only_ack = !strncmp(flags, "ACK ", 4);
	buf_add(&b, text, seq - text);
	if (data || only_ack)
		buf_fmt(&b, " seq %.*s", (int)strcspn(seq + 5, " "), seq + 5);
	if (only_ack && !data && strstr(seq, " ack "))
		buf_fmt(&b, "%.*s",
			(int)(5 + strcspn(strstr(seq, " ack ") + 5, " ")),
			strstr(seq, " ack "));
	if (strstr(text, " urg "))
		put_from(&b, text, " urg ", " [");
	else if (data)
		put_from(&b, text, " len ", " [");
	if (b.len > 160) {
		b.len = strstr(b.text, " * ") - b.text;
		b.text[b.len] = '\0';
		data = false;
	}
	if (!data)
		buf_str(&b, " *");
	if (ev->fate)
		buf_fmt(&b, "%s [%s]", data ? "*" : "", ev->fate);
	else if (data && strchr(seq, '['))
		buf_char(&b, '*');
	return buf_take(&b);
}

/* Up to the state, and what lies there at rest; not the timers. */
static char *tcp_pattern(const char *text, const struct event *ev,
			 bool at_rest)
{
	const char *state = ev->state ? strstr(text, ev->state) : NULL, *end;
	struct buf b = { 0 };

	if (!state)
		return xstrdup(text);
	if (!strcmp(ev->state, "LISTEN")) {
		/* Nobody's address is a star: that pattern meets it, too. */
		state = strstr(text, " \\* ");
		return state ? xasprintf("%.*s * %s", (int)(state - text),
					 text, state + 4) : xstrdup(text);
	}
	end = state + strlen(ev->state);
	buf_add(&b, text, end - text);
	if (at_rest && !strncmp(end, " unread ", 8)) {
		buf_str(&b, " unread ");
		buf_add(&b, end + 8, strspn(end + 8, "0123456789"));
	}
	if (strcmp(ev->state, "CLOSED") != 0)
		buf_char(&b, '*');
	return buf_take(&b);
}

/* "child Z (zombie)*": who adopts it is not said here. */
static char *proc_pattern(const char *text)
{
	const char *parent = strstr(text, ") parent ");

	if (parent)
		return xasprintf("%.*s*", (int)(parent + 1 - text), text);
	parent = strstr(text, " (was ");
	if (parent)
		return xasprintf("%.*s (was *)", (int)(parent - text), text);
	return xstrdup(text);
}

/* "server ListenOverflows +*" */
static char *count_pattern(const char *text)
{
	const char *sign = strrchr(text, ' ');

	if (!sign || !sign[1])
		return xstrdup(text);
	return xasprintf("%.*s*", (int)(sign + 2 - text), text);
}

char *keep_pattern(const struct vary *v, const struct event *ev, bool at_rest)
{
	char *text = vary_text(v, ev, VARY_PATTERN), *pattern;

	switch (ev->kind) {
	case EV_CALL:
	case EV_BLOCKED:
		pattern = call_pattern(text, ev);
		break;
	case EV_EXIT:
		pattern = exit_pattern(text);
		break;
	case EV_PACKET:
		pattern = packet_pattern(text, ev);
		break;
	case EV_TCP:
		pattern = tcp_pattern(text, ev, at_rest);
		break;
	case EV_PROC:
		pattern = proc_pattern(text);
		break;
	case EV_COUNT:
		pattern = count_pattern(text);
		break;
	default:
		pattern = signal_pattern(text, ev);
	}
	free(text);
	return pattern;
}

/* What words are made of: "parent.1", "10.0.0.2", "7000"; a name of less. */
static size_t word_len(const char *s, bool name)
{
	size_t n = 0;

	while (name && (isalnum((unsigned char)s[n]) || s[n] == '_'))
		n++;
	while (!name && s[n] &&
	       (isalnum((unsigned char)s[n]) || strchr("._-", s[n]) ||
		(unsigned char)s[n] >= 0x80))
		n++;
	return n;
}

/* "server:7000" is two words; so is "again@server". */
char *keep_command(const char *text, const struct names *words,
		   const struct names *known)
{
	struct buf b = { 0 };

	while (*text) {
		bool dollar = *text == '$';
		size_t n = word_len(text + dollar, dollar);
		char *word = xstrndup(text + dollar, n);
		const char *value = names_get(words, word);

		if (dollar && !names_get(known, word))
			buf_str(&b, "$$");
		else if (dollar)
			buf_char(&b, '$');
		if (!n && !dollar)
			buf_char(&b, *text++);
		else
			buf_str(&b, value && !dollar ? value : word);
		text += n + dollar;
		/* What was written $$ is written so again. */
		if (dollar && !n && *text == '$')
			text++;
		free(word);
	}
	return buf_take(&b);
}

char *keep_segment(const char *text)
{
	const char *seq = strstr(text, " seq ");

	if (!seq)
		return xstrdup(text);
	seq += strlen(" seq ");
	return xstrndup(text, seq + strcspn(seq, " ") - text);
}
