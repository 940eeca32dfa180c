#include "probe/strace_call.h"

#include "probe/strace_text.h"

/* Past the closing quote of the string at s; NULL if it does not close. */
static const char *string_end(const char *s, const char *end)
{
	const char *first = ++s, *at;

	while ((s = memchr(s, '"', end - s))) {
		for (at = s; at > first && at[-1] == '\\'; at--)
			;
		s++;
		if ((s - 1 - at) % 2 == 0)
			return s;
		first = s;
	}
	return NULL;
}

/*
 * Past the ">" of what -y and -Y add: 3</tmp/a b>, 3<TCP:[1.2.3.4:5->...]>,
 * 0</dev/tty<char 5:0>>. In a path strace writes ">" as \76, so that "->" ends
 * it; in a socket's description it does not.
 */
static const char *decoration_end(const char *s, const char *end)
{
	bool path = end - s > 1 && s[1] == '/';
	int depth = 0;

	for (; s < end; s++) {
		if (*s == '"') {
			s = string_end(s, end);
			if (!s)
				return NULL;
			s--;
		} else if (*s == '\\') {
			s++;
		} else if (*s == '<') {
			depth++;
		} else if (*s == '>' && (path || s[-1] != '-') && !--depth) {
			return s + 1;
		}
	}
	return NULL;
}

/* Is this ")" followed by "  = "? Then *ret is what comes next. */
static bool is_close(const char *s, const char *end, const char **ret)
{
	const char *at = skip_spaces(s + 1, end);

	if (at == s + 1 || end - at < 3 || at[0] != '=' || at[1] != ' ')
		return false;
	*ret = at + 2;
	return true;
}

static const bool stops[256] = {
	['"'] = true, ['('] = true, [')'] = true, ['<'] = true,
};

/*
 * The arguments end at the ")" that closes the first "(" and has " = " after
 * it; outside of strings and descriptions. If the parentheses do not match
 * (a description that we do not know), it is the last ")" with " = ".
 */
static void parts_find(struct parts *parts, const char *s, const char *end)
{
	bool decorated = true;
	const char *ret, *past;
	int depth = 0;

	for (; s < end; s++) {
		if (!stops[(unsigned char)*s])
			continue;
		if (*s == '"') {
			past = string_end(s, end);
			if (!past) {
				parts->quoted = true;
				parts->ret = NULL;
				return;
			}
			s = past - 1;
		} else if (*s == '<' && decorated && is_name(s[-1]) &&
			   end - s > 1 && s[1] != '<') {
			past = decoration_end(s, end);
			decorated = past != NULL;
			if (past)
				s = past - 1;
		} else if (*s == '(') {
			depth++;
		} else if (*s == ')') {
			if (is_close(s, end, &ret)) {
				parts->close = s;
				parts->ret = ret;
				if (!depth)
					return;
			}
			if (depth)
				depth--;
		}
	}
}

bool parts_read(struct parts *parts, const char *s, const char *end)
{
	const char *at = s;

	*parts = (struct parts){ 0 };
	while (at < end && is_name(*at))
		at++;
	if (at == s || at - s >= STRACE_WORD_MAX || at == end || *at != '(' ||
	    is_digit(*s))
		return false;
	parts->open = at;
	parts_find(parts, at + 1, end);
	return true;
}

void call_add_entry_args(struct buf *out, const char *call, const char *s,
			 const char *end)
{
	static const char *const bare[] = {
		"pause", "fork", "vfork", "sync", "sched_yield",
	};
	size_t i;

	end = trim(s, end);
	buf_add(out, s, end - s);
	if (s == end) {
		for (i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
			if (!strcmp(call, bare[i]))
				return;
		buf_add(out, "...", 3);
	} else if (end[-1] == ',') {
		buf_add(out, " ...", 4);
	}
}

void call_copy_name(char *name, const char *s, const char *end)
{
	memcpy(name, s, end - s);
	name[end - s] = '\0';
}

int64_t call_cut_time(const char *s, const char **end)
{
	const char *at = *end, *past;
	int64_t sec = 0, ns;

	if (at == s || at[-1] != '>')
		return -1;
	at = memrchr(s, '<', at - s);
	if (!at || at == s || at[-1] != ' ')
		return -1;
	past = strace_number(at + 1, *end, &sec);
	if (past == at + 1 || sec > INT64_MAX / NS_PER_S - 1)
		return -1;
	past = strace_fraction(past, *end, &ns);
	if (past + 1 != *end)
		return -1;
	*end = trim(s, at);
	return sec * NS_PER_S + ns;
}

bool call_ret(const char **s, const char *end, long long *ret)
{
	unsigned int base = 10, digit;
	unsigned long long v = 0;
	const char *at = *s;
	bool minus;

	minus = at < end && *at == '-';
	at += minus;
	if (at == end || !is_digit(*at))
		return false;
	if (*at == '0')
		base = end - at > 2 && at[1] == 'x' ? 16 : 8;
	if (base == 16)
		at += 2;
	for (; at < end; at++) {
		digit = is_digit(*at) ? (unsigned int)(*at - '0') :
			*at >= 'a' && *at <= 'f' ?
			(unsigned int)(*at - 'a' + 10) : 99;
		if (digit >= base)
			break;
		v = v * base + digit;
	}
	*ret = (long long)(minus ? 0 - v : v);
	*s = at;
	return true;
}

bool call_result(struct event *ev, char *error, const char *s, const char *end)
{
	bool unknown = s < end && *s == '?';

	if (unknown)
		s++;
	else if (call_ret(&s, end, &ev->ret))
		ev->has_ret = true;
	else
		return false;
	if ((unknown || ev->ret < 0) && end - s > 2 && s[0] == ' ' &&
	    s[1] == 'E' && strace_capitals(error, s + 1, end))
		ev->error = error;
	return true;
}
