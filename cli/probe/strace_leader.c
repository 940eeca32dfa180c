#include "probe/strace_leader.h"

#include "probe/strace_text.h"

#define DAY_NS		(86400 * NS_PER_S)
#define SINCE_MOST	100000000	/* seconds; what is more is a date */

/* "12:34:56.789" after the hours; s if it is no time of day. */
static const char *day_stamp(const char *s, const char *end, int64_t hours,
			     struct leader *l)
{
	int64_t min, sec, ns;

	if (end - s < 6 || s[0] != ':' || !is_digit(s[1]) || !is_digit(s[2]) ||
	    s[3] != ':' || !is_digit(s[4]) || !is_digit(s[5]) || hours > 23)
		return s;
	min = (s[1] - '0') * 10 + (s[2] - '0');
	sec = (s[4] - '0') * 10 + (s[5] - '0');
	s = strace_fraction(s + 6, end, &ns);
	l->stamp = STAMP_DAY;
	l->ns = ((hours * 60 + min) * 60 + sec) * NS_PER_S + ns;
	return s;
}

/* A number: a pid, with its command's name under -Y, or a stamp. */
static const char *leader_number(const char *s, const char *end,
				 struct leader *l)
{
	const char *at, *past;
	int64_t v = 0, ns = 0;
	bool pid;

	at = strace_number(s, end, &v);
	if (at == end)
		return end;		/* more of it may come */
	pid = !l->pid && l->stamp == STAMP_NONE && v <= PID_MOST;
	if (*at == '<' && pid) {
		at = after(at, end, '>');
	} else if (*at == ':' && l->stamp == STAMP_NONE) {
		past = day_stamp(at, end, v, l);
		return past == at ? s : past;
	} else if (l->stamp == STAMP_NONE && (*at == '.' || !pid) && at > s) {
		if (v > INT64_MAX / NS_PER_S - 1)
			return s;
		past = strace_fraction(at, end, &ns);
		if (past < end && *past != ' ')
			return s;
		l->stamp = v < SINCE_MOST ? STAMP_SINCE : STAMP_EPOCH;
		l->ns = v * NS_PER_S + ns;
		return past;
	}
	if (!pid || at == end || *at != ' ')
		return s;
	l->pid = v;
	return at;
}

/* Of a number, of an address, or of what SELinux calls a process. */
static bool is_bracketed(char c)
{
	return is_name(c) || c == ':' || c == '.' || c == ',' || c == '-' ||
	       c == '!';
}

/*
 * "[pid  7]", "[pid 7<sh>]", -n's "[  14]", -i's "[00007f376f360dd4]", and
 * --secontext's "[unconfined_t]", "[u:r:t:s0-s0:c0.c1023]", "[is_t!!ought_t]".
 */
static const char *leader_bracket(const char *s, const char *end,
				  struct leader *l)
{
	const char *at = s + 1;
	int64_t v = 0;

	if (starts(s, end, "[pid ")) {
		at = strace_number(skip_spaces(s + 5, end), end, &v);
		if (at < end && *at == '<')
			at = after(at, end, '>');
		if (at == end || *at != ']' || v > PID_MOST)
			return s;
		l->pid = v;
		return at + 1;
	}
	at = skip_spaces(at, end);
	while (at < end && is_bracketed(*at))
		at++;
	return at < end && *at == ']' ? at + 1 : s;
}

void leader_read(struct leader *l, const char *s, const char *end)
{
	const char *past;

	*l = (struct leader){ .stamp = STAMP_NONE };
	for (;;) {
		past = s = skip_spaces(s, end);
		if (s == end)
			break;
		if (is_digit(*s))
			past = leader_number(s, end, l);
		else if (*s == '[')
			past = leader_bracket(s, end, l);
		else if (starts(s, end, "(+") && l->stamp != STAMP_NONE)
			past = after(s, end, ')');	/* -r beside -t */
		if (past == s)
			break;
		s = past;
	}
	l->body = s;
}

int64_t leader_midnight(const struct leader_clock *c, int64_t ns)
{
	return ns + DAY_NS / 2 < c->last_ns ? c->day_ns + DAY_NS : c->day_ns;
}

void leader_settle(struct leader_clock *c, struct leader *l)
{
	if (l->stamp == STAMP_SINCE) {
		if (c->since_ns < INT64_MAX / 2)
			c->since_ns += l->ns;
		l->ns = c->since_ns;
	} else if (l->stamp == STAMP_DAY) {
		c->day_ns = leader_midnight(c, l->ns);
		c->last_ns = l->ns;
		l->ns += c->day_ns;
	}
}

int64_t leader_clock_ns(enum stamp stamp, int64_t ns)
{
	return stamp == STAMP_DAY || stamp == STAMP_EPOCH ? ns : 0;
}
