/*
 * Theory of operation
 *
 * A line is LEADER BODY. The leader holds what strace puts before everything:
 * a pid, a time stamp, what -n and -i add. The body is one of
 *
 *	name(args) = ret <time>			a whole call
 *	name(args <unfinished ...>		the first half of a call
 *	<... name resumed>args) = ret <time>	the second half
 *	--- SIGNAL {...} ---			also "stopped by"
 *	+++ exited with N +++			also "killed by", "superseded by"
 *
 * or a note of strace's, or nothing that we know. First halves wait in a table
 * by pid. A second half is put behind its first, and the whole is then read as
 * if strace had never split it. A call that strace has begun and that another
 * line broke into is kept in `held` until its rest comes, as a line of its own.
 *
 * A line is read where it lies in the bytes fed, unless it spans two pieces or
 * must be made harmless first. No line costs an allocation: all buffers stay.
 */
#include "probe/strace.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_S	1000000000LL
#define DAY_NS		(86400 * NS_PER_S)
#define PID_MOST	(1 << 22)	/* PID_MAX_LIMIT of the kernel */
#define SINCE_MOST	100000000	/* seconds; what is more is a date */
#define WORD_MAX	64		/* a call's, an error's, a signal's name */
#define PIECES_MAX	8		/* of a call; each costs a copy of it */
#define LOOK_MAX	16		/* pending calls tried for a lost pid */
#define KEEP_ROOM	4096		/* bytes a spare pending call may keep */
#define FIRST_MAX	400		/* of the first unparsed line */

enum stamp {
	STAMP_NONE,
	STAMP_SINCE,	/* -r: since the line before */
	STAMP_DAY,	/* -t, -tt: since midnight */
	STAMP_EPOCH,	/* -ttt */
};

struct leader {
	pid_t pid;		/* 0: none */
	enum stamp stamp;
	int64_t ns;
	const char *body;
};

/* A call that was entered; text is what strace printed of it: "read(0, ". */
struct pending {
	pid_t pid;
	enum stamp stamp;
	int64_t ns;
	unsigned int pieces;		/* what it was joined of, less one */
	struct buf text;
	struct pending *prev, *next;	/* the latest first; next: spares too */
};

struct table {
	struct pending **slots;		/* open addressing, linear */
	unsigned int bits, used;	/* bits 0: no slots yet */
	struct pending *latest, *spare;
};

struct strace_parser {
	strace_sink *sink;
	void *arg;
	struct buf line;		/* begun, and not ended */
	bool over;			/* it was longer than we keep */
	int64_t day_ns, last_ns;	/* -t: the days gone by, the last stamp */
	int64_t since_ns;		/* -r: the sum of all stamps */
	struct table table;
	struct pending held;
	bool holding, held_by_note;
	struct strace_counts counts;
	char *first_unparsed;

	struct buf clean, joined;
	/* The event that the sink sees, and the one of strace_pending(). */
	struct buf text, args, peek_clean, peek_text, peek_args;
	char call[WORD_MAX], error[WORD_MAX], signal[WORD_MAX];
	char peek_call[WORD_MAX];
};

/* A call to be read: entered then, over now. */
struct call {
	pid_t pid;
	enum stamp stamp, end_stamp;
	int64_t ns, end_ns;
	bool split;			/* the two stamps are of two lines */
	unsigned int pieces;
	const char *s, *end;
};

/* Where the parts of a call are; ret is NULL if it has not returned. */
struct parts {
	const char *open, *close, *ret;
	bool quoted;			/* it ends within a string */
};

/* Bytes */

static bool starts(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - s) >= len && !memcmp(s, word, len);
}

static bool ends(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - s) >= len && !memcmp(end - len, word, len);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static bool is_name(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z') || c == '?';
}

static const char *skip_spaces(const char *s, const char *end)
{
	while (s < end && *s == ' ')
		s++;
	return s;
}

static const char *trim(const char *s, const char *end)
{
	while (end > s && end[-1] == ' ')
		end--;
	return end;
}

/* Past the next c; s if there is none. */
static const char *after(const char *s, const char *end, char c)
{
	const char *at = memchr(s, c, end - s);

	return at ? at + 1 : s;
}

/* Past the digits, or s if there are none or too many to be counted. */
static const char *number(const char *s, const char *end, int64_t *value)
{
	const char *at = s;
	int64_t v = 0;

	while (at < end && is_digit(*at) && at - s < 18)
		v = v * 10 + (*at++ - '0');
	if (at < end && is_digit(*at))
		return s;
	*value = v;
	return at;
}

/* ".123456" as nanoseconds; any number of digits, or nothing. */
static const char *fraction(const char *s, const char *end, int64_t *ns)
{
	int64_t unit = NS_PER_S;

	*ns = 0;
	if (s == end || *s != '.')
		return s;
	for (s++; s < end && is_digit(*s); s++) {
		unit /= 10;
		*ns += (*s - '0') * unit;
	}
	return s;
}

/* The word of capitals at s ("EAGAIN", "SIGTERM"); false if it is none. */
static bool capitals(char *word, const char *s, const char *end)
{
	size_t len = 0;

	while (s + len < end && is_upper(s[len]))
		len++;
	if (!len || len >= WORD_MAX)
		return false;
	memcpy(word, s, len);
	word[len] = '\0';
	return true;
}

/* Making a line harmless */

/* The length of the UTF-8 character at s that may be shown; 0: none is. */
static int shown_utf8(const unsigned char *s, const unsigned char *end)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = *s;
	int i, len;

	len = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	if (!len || c >= 0xf8 || end - s < len)
		return 0;
	c &= 0xff >> (len + 1);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return c < 0xa0 ? 0 : len;	/* U+0080 to U+009F are controls */
}

/* Is there a byte that is not printable ASCII? Eight at a time. */
static bool is_dirty(const char *s, size_t n)
{
	const uint64_t ones = 0x0101010101010101, high = ones * 0x80;
	uint64_t w, bad = 0;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&w, s, 8);
		bad |= w | ((w - ones * 0x20) & ~w) | (w + ones);
	}
	if (bad & high)
		return true;
	for (; n; s++, n--)
		if ((unsigned char)(*s - ' ') >= 0x7f - ' ')
			return true;
	return false;
}

static void add_clean(struct buf *out, const char *bytes, size_t n)
{
	const unsigned char *s = (const unsigned char *)bytes, *end = s + n;
	char octal[4] = "\\";
	int len;

	while (s < end) {
		len = *s >= ' ' && *s < 0x7f ? 1 : shown_utf8(s, end);
		if (len) {
			buf_add(out, s, len);
			s += len;
			continue;
		}
		octal[1] = '0' + (*s >> 6);
		octal[2] = '0' + (*s >> 3 & 7);
		octal[3] = '0' + (*s & 7);
		buf_add(out, octal, 4);
		s++;
	}
}

/* *s and *end become those of a harmless line, without its carriage return. */
static void make_clean(struct buf *room, const char **s, const char **end)
{
	if (*end > *s && (*end)[-1] == '\r')
		--*end;
	if (!is_dirty(*s, *end - *s))
		return;
	buf_clear(room);
	add_clean(room, *s, *end - *s);
	*s = room->text;
	*end = room->text + room->len;
}

/* The leader */

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
	s = fraction(s + 6, end, &ns);
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

	at = number(s, end, &v);
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
		past = fraction(at, end, &ns);
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

/* "[pid  7]", "[pid 7<sh>]", -n's "[  14]", -i's "[00007f376f360dd4]". */
static const char *leader_bracket(const char *s, const char *end,
				  struct leader *l)
{
	const char *at = s + 1;
	int64_t v = 0;

	if (starts(s, end, "[pid ")) {
		at = number(skip_spaces(s + 5, end), end, &v);
		if (at < end && *at == '<')
			at = after(at, end, '>');
		if (at == end || *at != ']' || v > PID_MOST)
			return s;
		l->pid = v;
		return at + 1;
	}
	while (at < end && (is_digit(*at) || (*at >= 'a' && *at <= 'f') ||
			    *at == '?' || *at == ' '))
		at++;
	return at < end && *at == ']' ? at + 1 : s;
}

static void leader_read(struct leader *l, const char *s, const char *end)
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

/* Midnight before this time of day: it is a new one if the clock went back. */
static int64_t midnight(const struct strace_parser *p, int64_t ns)
{
	return ns + DAY_NS / 2 < p->last_ns ? p->day_ns + DAY_NS : p->day_ns;
}

/* The stamp on a scale that goes on, from line to line. */
static void leader_settle(struct strace_parser *p, struct leader *l)
{
	if (l->stamp == STAMP_SINCE) {
		if (p->since_ns < INT64_MAX / 2)
			p->since_ns += l->ns;
		l->ns = p->since_ns;
	} else if (l->stamp == STAMP_DAY) {
		p->day_ns = midnight(p, l->ns);
		p->last_ns = l->ns;
		l->ns += p->day_ns;
	}
}

/* What -r alone says is no time of any clock. */
static int64_t clock_ns(enum stamp stamp, int64_t ns)
{
	return stamp == STAMP_DAY || stamp == STAMP_EPOCH ? ns : 0;
}

/* The calls in flight */

static unsigned int table_home(const struct table *t, pid_t pid)
{
	return (uint32_t)pid * 2654435769U >> (32 - t->bits);
}

/* The slot that holds pid's call, or the free one where it would go. */
static unsigned int table_slot(const struct table *t, pid_t pid)
{
	unsigned int mask = (1U << t->bits) - 1, i = table_home(t, pid);

	while (t->slots[i] && t->slots[i]->pid != pid)
		i = (i + 1) & mask;
	return i;
}

static struct pending *table_find(const struct table *t, pid_t pid)
{
	return t->used ? t->slots[table_slot(t, pid)] : NULL;
}

static void table_grow(struct table *t)
{
	struct pending *pend;

	free(t->slots);
	t->bits = t->bits ? t->bits + 1 : 4;
	t->slots = xcalloc(1U << t->bits, sizeof(*t->slots));
	for (pend = t->latest; pend; pend = pend->next)
		t->slots[table_slot(t, pend->pid)] = pend;
}

/* Takes it out of the table; the caller has it now. */
static void table_unlink(struct table *t, struct pending *pend)
{
	unsigned int mask = (1U << t->bits) - 1, free_slot, i, home;

	free_slot = i = table_slot(t, pend->pid);
	t->slots[i] = NULL;
	for (i = (i + 1) & mask; t->slots[i]; i = (i + 1) & mask) {
		home = table_home(t, t->slots[i]->pid);
		if (((i - home) & mask) < ((i - free_slot) & mask))
			continue;
		t->slots[free_slot] = t->slots[i];
		t->slots[i] = NULL;
		free_slot = i;
	}
	t->used--;
	if (pend->prev)
		pend->prev->next = pend->next;
	else
		t->latest = pend->next;
	if (pend->next)
		pend->next->prev = pend->prev;
}

static void table_drop(struct table *t, struct pending *pend)
{
	if (!pend)
		return;
	table_unlink(t, pend);
	if (pend->text.room > KEEP_ROOM)
		buf_release(&pend->text);
	pend->next = t->spare;
	t->spare = pend;
}

static void table_drop_pid(struct table *t, pid_t pid)
{
	table_drop(t, table_find(t, pid));
}

static void table_link(struct table *t, struct pending *pend, pid_t pid)
{
	if (!t->bits || t->used * 4 >= 3U << t->bits)
		table_grow(t);
	pend->pid = pid;
	pend->prev = NULL;
	pend->next = t->latest;
	if (t->latest)
		t->latest->prev = pend;
	t->latest = pend;
	t->slots[table_slot(t, pid)] = pend;
	t->used++;
}

/* An empty one for this pid, in place of what it had. */
static struct pending *table_add(struct table *t, pid_t pid)
{
	struct pending *pend;

	table_drop_pid(t, pid);
	pend = t->spare;
	if (pend)
		t->spare = pend->next;
	else
		pend = xcalloc(1, sizeof(*pend));
	buf_clear(&pend->text);
	table_link(t, pend, pid);
	return pend;
}

static void table_release(struct table *t)
{
	struct pending *pend;

	while (t->latest)
		table_drop(t, t->latest);
	while ((pend = t->spare)) {
		/* Each is in the list once. NOLINTNEXTLINE(clang-analyzer-*) */
		t->spare = pend->next;
		buf_release(&pend->text);
		free(pend);
	}
	free(t->slots);
}

/* The parts of a call */

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

/* False if it does not begin like a call. */
static bool parts_read(struct parts *parts, const char *s, const char *end)
{
	const char *at = s;

	*parts = (struct parts){ 0 };
	while (at < end && is_name(*at))
		at++;
	if (at == s || at - s >= WORD_MAX || at == end || *at != '(' ||
	    is_digit(*s))
		return false;
	parts->open = at;
	parts_find(parts, at + 1, end);
	return true;
}

/*
 * What strace knew of the arguments when it stopped printing: "0, " becomes
 * "0, ...". Nothing at all is "...", but for calls that have no arguments.
 */
static void add_entry_args(struct buf *out, const char *call, const char *s,
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

static void copy_name(char *name, const char *s, const char *end)
{
	memcpy(name, s, end - s);
	name[end - s] = '\0';
}

/* Results */

/* -T's " <0.000123>" at the end. Cuts it off; -1 if there is none. */
static int64_t cut_time(const char *s, const char **end)
{
	const char *at = *end, *past;
	int64_t sec = 0, ns;

	if (at == s || at[-1] != '>')
		return -1;
	at = memrchr(s, '<', at - s);
	if (!at || at == s || at[-1] != ' ')
		return -1;
	past = number(at + 1, *end, &sec);
	if (past == at + 1 || sec > INT64_MAX / NS_PER_S - 1)
		return -1;
	past = fraction(past, *end, &ns);
	if (past + 1 != *end)
		return -1;
	*end = trim(s, at);
	return sec * NS_PER_S + ns;
}

/* A number as C writes it (umask() returns 022); false if it is none. */
static bool read_ret(const char **s, const char *end, long long *ret)
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

/* Fills in ret and error; false if it is no result. */
static bool read_result(struct strace_parser *p, struct event *ev,
			const char *s, const char *end)
{
	bool unknown = s < end && *s == '?';

	if (unknown)
		s++;
	else if (read_ret(&s, end, &ev->ret))
		ev->has_ret = true;
	else
		return false;
	if ((unknown || ev->ret < 0) && end - s > 2 && s[0] == ' ' &&
	    s[1] == 'E' && capitals(p->error, s + 1, end))
		ev->error = p->error;
	return true;
}

/* What comes of a line */

static void emit(struct strace_parser *p, struct event *ev)
{
	ev->probe = PROBE_STRACE;
	ev->text = p->text.text;
	p->counts.events++;
	p->sink(p->arg, ev);
}

static void unparsed(struct strace_parser *p, const char *s, const char *end)
{
	p->counts.unparsed++;
	if (!p->first_unparsed)
		p->first_unparsed = xstrndup(s, end - s > FIRST_MAX ?
					     FIRST_MAX : end - s);
}

static void pend(struct strace_parser *p, const struct call *c,
		 const char *end)
{
	struct pending *pending = table_add(&p->table, c->pid);

	pending->stamp = c->stamp;
	pending->ns = c->ns;
	pending->pieces = c->pieces;
	buf_add(&pending->text, c->s, end - c->s);
}

static void hold(struct strace_parser *p, const struct call *c,
		 const char *end, bool by_note)
{
	struct pending *held = &p->held;

	held->pid = c->pid;
	held->stamp = c->stamp;
	held->ns = c->ns;
	held->pieces = c->pieces;
	buf_clear(&held->text);
	buf_add(&held->text, c->s, end - c->s);
	p->holding = true;
	p->held_by_note = by_note;
}

/* What is held gets no rest as a line of its own. */
static void hold_end(struct strace_parser *p)
{
	struct pending *held = &p->held;
	const char *s = held->text.text, *end = s + held->text.len;
	struct call c = {
		.pid = held->pid, .stamp = held->stamp, .ns = held->ns,
		.pieces = held->pieces, .s = s, .end = end,
	};

	p->holding = false;
	if (p->held_by_note)
		pend(p, &c, end);
	else
		unparsed(p, s, end);
}

/* Where strace's mark that it left off begins; NULL if there is none. */
static const char *unfinished_mark(const char *s, const char *end)
{
	const char *at;

	if (!ends(s, end, " ...>"))
		return NULL;
	at = memrchr(s, '<', end - s);
	if (!at || at == s || at[-1] != ' ')
		return NULL;
	if (starts(at, end, "<unfinished ") || starts(at, end, "<detached ") ||
	    starts(at, end, "<pid changed "))
		return at - 1;
	return NULL;
}

/* Where a message of strace's begins that ends a line which is a call's. */
static const char *note_in_line(const char *s, const char *end)
{
	static const char word[] = "strace: ";
	const char *at = NULL, *next = s;

	if (!ends(s, end, "tached") && !ends(s, end, " mode. ]"))
		return NULL;
	while ((next = memmem(next, end - next, word, sizeof(word) - 1)))
		at = next++;
	if (at && (starts(at, end, "strace: Process ") ||
		   starts(at, end, "strace: [ Process ")))
		return at;
	return NULL;
}

/* A call that has no end (yet). */
static void call_open(struct strace_parser *p, const struct call *c,
		      const struct parts *parts)
{
	const char *mark = parts->quoted ? NULL :
		unfinished_mark(parts->open, c->end);

	if (mark) {
		pend(p, c, mark);
		return;
	}
	mark = note_in_line(c->s, c->end);
	if (mark)
		p->counts.notes++;
	hold(p, c, mark ? mark : c->end, mark != NULL);
}

static int64_t call_duration(const struct call *c, int64_t time_ns)
{
	if (time_ns >= 0)
		return time_ns;
	/* Stamps in whole seconds cannot tell a short wait from none. */
	if (!c->split || c->stamp == STAMP_NONE || c->end_stamp != c->stamp ||
	    c->end_ns <= c->ns)
		return -1;
	return c->end_ns - c->ns;
}

static int64_t call_end_ns(const struct call *c, int64_t time_ns)
{
	int64_t start = clock_ns(c->stamp, c->ns);

	if (time_ns < 0 || !start || start > INT64_MAX - time_ns)
		return clock_ns(c->end_stamp, c->end_ns);
	return start + time_ns;
}

static void call_texts(struct strace_parser *p, const struct call *c,
		       const struct parts *parts, const char *end)
{
	static const char mark[] = "<unfinished ...>";
	const char *args = parts->open + 1, *close = parts->close;

	copy_name(p->call, c->s, parts->open);
	buf_clear(&p->text);
	buf_clear(&p->args);
	if (!parts->quoted && close[-1] == '>' && ends(args, close, mark)) {
		add_entry_args(&p->args, p->call, args,
			       close - (sizeof(mark) - 1));
		buf_add(&p->text, c->s, args - c->s);
		buf_add(&p->text, p->args.text, p->args.len);
		buf_char(&p->text, ')');
	} else {
		buf_add(&p->args, args, close - args);
		buf_add(&p->text, c->s, close + 1 - c->s);
	}
	buf_add(&p->text, " = ", 3);
	buf_add(&p->text, parts->ret, end - parts->ret);
}

/* A call, as it would stand in one line. */
static void call_read(struct strace_parser *p, struct call *c)
{
	struct event ev = { .kind = EV_CALL };
	struct parts parts;
	const char *end;
	int64_t time_ns;

	if (!parts_read(&parts, c->s, c->end)) {
		unparsed(p, c->s, c->end);
		return;
	}
	if (!parts.ret) {
		call_open(p, c, &parts);
		return;
	}
	end = trim(parts.ret, c->end);
	time_ns = cut_time(parts.ret, &end);
	ev.pid = c->pid;
	if (!read_result(p, &ev, parts.ret, end)) {
		unparsed(p, c->s, c->end);
		return;
	}
	call_texts(p, c, &parts, end);
	table_drop_pid(&p->table, c->pid);
	ev.call = p->call;
	ev.args = p->args.text;
	ev.blocked_ns = call_duration(c, time_ns);
	ev.t_ns = call_end_ns(c, time_ns);
	emit(p, &ev);
}

/* Is this pending call one of `name`? No name fits all. */
static bool is_call(const struct pending *pending, const char *name,
		    size_t len)
{
	return !len || (pending->text.len > len &&
			!memcmp(pending->text.text, name, len) &&
			pending->text.text[len] == '(');
}

/*
 * strace leaves out the pid while there is only one process. So the first half
 * may have none, or the second may.
 */
static struct pending *resumed_find(struct table *t, pid_t pid,
				    const char *name, size_t len)
{
	struct pending *pending = table_find(t, pid);
	int i;

	if (pending && is_call(pending, name, len))
		return pending;
	table_drop(t, pending);
	if (pid) {
		pending = table_find(t, 0);
		return pending && is_call(pending, name, len) ? pending : NULL;
	}
	pending = t->latest;
	for (i = 0; pending && i < LOOK_MAX; i++, pending = pending->next)
		if (is_call(pending, name, len))
			return pending;
	return NULL;
}

/* The second half behind the first; older straces put a space between. */
static void join(struct buf *out, const char *s, const char *end)
{
	const char *at = skip_spaces(s, end);
	char last = out->text[out->len - 1];

	if (last == ' ' || last == '(' || (at < end && *at == ')'))
		s = at;
	buf_add(out, s, end - s);
}

/* What a call is whose first half was never seen. */
static void join_orphan(struct buf *out, const char *name, size_t len,
			const char *s, const char *end)
{
	s = skip_spaces(s, end);
	buf_add(out, name, len);
	buf_add(out, "(...", 4);
	if (s < end && *s != ')' && *s != ',')
		buf_add(out, ", ", 2);
	buf_add(out, s, end - s);
}

/* The body: "<... read resumed>..." */
static bool read_resumed(struct strace_parser *p, const struct leader *l,
			 const char *end)
{
	static const char word[] = " resumed>";
	const char *name = l->body + strlen("<... "), *rest;
	struct call c = {
		.pid = l->pid, .end_stamp = l->stamp, .end_ns = l->ns,
		.stamp = l->stamp, .ns = l->ns,
	};
	struct pending *pending;

	rest = memmem(name - 1, end - name + 1, word, sizeof(word) - 1);
	if (!rest)
		return false;
	buf_clear(&p->joined);
	pending = resumed_find(&p->table, l->pid, name,
			       rest < name ? 0 : rest - name);
	if (pending) {
		c.pid = l->pid ? l->pid : pending->pid;
		c.stamp = pending->stamp;
		c.ns = pending->ns;
		c.split = true;
		c.pieces = pending->pieces + 1;
		buf_add(&p->joined, pending->text.text, pending->text.len);
		table_drop(&p->table, pending);
		join(&p->joined, rest + sizeof(word) - 1, end);
	} else if (rest > name) {
		join_orphan(&p->joined, name, rest - name,
			    rest + sizeof(word) - 1, end);
	} else {
		return false;
	}
	c.s = p->joined.text;
	c.end = c.s + p->joined.len;
	if (c.pieces > PIECES_MAX)
		return false;
	if (p->joined.len > STRACE_LINE_MAX)
		p->counts.cut++;
	else
		call_read(p, &c);
	return true;
}

/* The text of an event that is the whole body, and what else it has. */
static void emit_body(struct strace_parser *p, const struct leader *l,
		      const char *end, struct event *ev)
{
	ev->pid = l->pid;
	ev->t_ns = clock_ns(l->stamp, l->ns);
	ev->blocked_ns = -1;
	buf_clear(&p->text);
	buf_add(&p->text, l->body, end - l->body);
	emit(p, ev);
}

static bool read_signal(struct strace_parser *p, const struct leader *l,
			const char *end)
{
	struct event ev = { .kind = EV_SIGNAL };
	const char *s = l->body + strlen("--- ");

	if (!ends(s, end, " ---"))
		return false;
	if (starts(s, end, "stopped by ")) {
		ev.kind = EV_STOP;
		s += strlen("stopped by ");
	}
	if (!capitals(p->signal, s, end))
		return false;
	ev.signal = p->signal;
	emit_body(p, l, end, &ev);
	return true;
}

/* A thread called execve(): the leader's pid is its own from now on. */
static bool read_superseded(struct strace_parser *p, const struct leader *l,
			    const char *s, const char *end)
{
	struct pending *pending;
	int64_t pid = 0;

	if (number(s, end, &pid) == s || pid > PID_MOST)
		return false;
	p->counts.notes++;
	if (pid == l->pid)
		return true;
	table_drop_pid(&p->table, l->pid);
	pending = table_find(&p->table, pid);
	if (pending) {
		table_unlink(&p->table, pending);
		table_link(&p->table, pending, l->pid);
	}
	return true;
}

/* A line without a pid speaks of the only process that there is. */
static void forget(struct table *t, pid_t pid)
{
	if (pid)
		table_drop_pid(t, pid);
	else
		while (t->latest)
			table_drop(t, t->latest);
}

static bool read_exit(struct strace_parser *p, const struct leader *l,
		      const char *end)
{
	static const char exited[] = "exited with ", killed[] = "killed by ",
		superseded[] = "superseded by execve in pid ";
	struct event ev = { .kind = EV_EXIT };
	const char *s = l->body + strlen("+++ ");

	if (!ends(s, end, " +++"))
		return false;
	if (starts(s, end, superseded))
		return read_superseded(p, l, s + strlen(superseded), end);
	if (starts(s, end, exited)) {
		s += strlen(exited);
		ev.has_ret = read_ret(&s, end, &ev.ret);
		if (!ev.has_ret)
			return false;
	} else if (starts(s, end, killed)) {
		if (!capitals(p->signal, s + strlen(killed), end))
			return false;
		ev.signal = p->signal;
	} else {
		return false;
	}
	forget(&p->table, l->pid);
	emit_body(p, l, end, &ev);
	return true;
}

/* Lines */

static bool is_note(const char *s, const char *end, const char *body)
{
	const char *at;

	if (skip_spaces(s, end) == end || starts(s, end, " > "))
		return true;	/* -k's stack lines begin like that */
	if (starts(body, end, "strace: ") || starts(body, end, "[ Process "))
		return true;
	if (starts(body, end, "Process ") && end - body > 8 &&
	    is_digit(body[8]))
		return true;
	if (body == end || *body != '/')
		return false;
	at = memchr(body, ' ', end - body);	/* /usr/bin/strace: ... */
	return at && ends(body, at, "/strace:");
}

/* The rest of the line that is held? It has no leader. */
static bool glue(struct strace_parser *p, const char *s, const char *end)
{
	struct buf *held = &p->held.text;
	struct call c = {
		.pid = p->held.pid, .stamp = p->held.stamp, .ns = p->held.ns,
		.end_stamp = p->held.stamp, .end_ns = p->held.ns,
		.pieces = p->held.pieces + 1,
	};
	bool by_note = p->held_by_note;

	if (!p->holding || s == end || !strchr("),]}|= ", *s) ||
	    starts(s, end, " > ") || c.pieces > PIECES_MAX ||
	    held->len + (end - s) > STRACE_LINE_MAX)
		return false;
	buf_clear(&p->joined);
	buf_add(&p->joined, held->text, held->len);
	buf_add(&p->joined, s, end - s);
	c.s = p->joined.text;
	c.end = c.s + p->joined.len;
	p->holding = false;
	call_read(p, &c);
	p->held_by_note |= by_note;	/* if it is held again */
	return true;
}

static bool read_body(struct strace_parser *p, const struct leader *l,
		      const char *end)
{
	struct call c = {
		.pid = l->pid, .stamp = l->stamp, .end_stamp = l->stamp,
		.ns = l->ns, .end_ns = l->ns, .s = l->body, .end = end,
	};

	if (starts(l->body, end, "<... "))
		return read_resumed(p, l, end);
	if (starts(l->body, end, "--- "))
		return read_signal(p, l, end);
	if (starts(l->body, end, "+++ "))
		return read_exit(p, l, end);
	if (l->body == end || !is_name(*l->body))
		return false;
	call_read(p, &c);
	return true;
}

static void line_read(struct strace_parser *p, const char *s, const char *end)
{
	struct leader l;

	make_clean(&p->clean, &s, &end);
	if (p->holding && glue(p, s, end))
		return;
	leader_read(&l, s, end);
	leader_settle(p, &l);
	end = trim(l.body, end);
	if (is_note(s, end, l.body)) {
		p->counts.notes++;
		return;
	}
	if (p->holding)
		hold_end(p);
	if (!read_body(p, &l, end))
		unparsed(p, s, end);
}

/* A line that was cut: all that it tells is that the process went on. */
static void line_skip(struct strace_parser *p, const char *s, const char *end)
{
	struct leader l;

	p->counts.cut++;
	leader_read(&l, s, end);
	leader_settle(p, &l);
	table_drop_pid(&p->table, l.pid);
}

static void line_take(struct strace_parser *p, const char *s, size_t n)
{
	p->counts.lines++;
	if (p->over)
		line_skip(p, s, s + n);
	else
		line_read(p, s, s + n);
	p->over = false;
}

void strace_parser_feed(struct strace_parser *p, const char *bytes, size_t n)
{
	const char *end = bytes + n, *nl;
	size_t len, room;

	while (bytes < end) {
		nl = memchr(bytes, '\n', end - bytes);
		len = (nl ? nl : end) - bytes;
		room = STRACE_LINE_MAX - p->line.len;
		if (nl && !p->line.len && len <= room) {
			line_take(p, bytes, len);
		} else {
			if (len > room)
				p->over = true;
			buf_add(&p->line, bytes, len < room ? len : room);
			if (nl) {
				line_take(p, p->line.text, p->line.len);
				buf_clear(&p->line);
			}
		}
		bytes += len + (nl != NULL);
	}
}

void strace_parser_end(struct strace_parser *p)
{
	if (p->line.len) {
		line_take(p, p->line.text, p->line.len);
		buf_clear(&p->line);
	}
}

/* What blocks */

static void peek_fill(struct strace_parser *p, struct event *ev, pid_t pid,
		      int64_t t_ns, const char *s, const char *end)
{
	const char *open = memchr(s, '(', end - s);

	copy_name(p->peek_call, s, open);
	buf_clear(&p->peek_args);
	add_entry_args(&p->peek_args, p->peek_call, open + 1, end);
	buf_clear(&p->peek_text);
	buf_add(&p->peek_text, s, open + 1 - s);
	buf_add(&p->peek_text, p->peek_args.text, p->peek_args.len);
	buf_str(&p->peek_text, ") blocks");
	*ev = (struct event){
		.t_ns = t_ns, .probe = PROBE_STRACE, .kind = EV_BLOCKED,
		.pid = pid, .text = p->peek_text.text, .call = p->peek_call,
		.args = p->peek_args.text, .blocked_ns = -1,
	};
}

/* A mark that strace is just writing: " <unfin" is not of the arguments. */
static const char *cut_mark(const char *s, const char *end)
{
	const char *at = memrchr(s, '<', end - s);

	if (at && at > s && at[-1] == ' ' &&
	    !strncmp("<unfinished ...>", at, end - at))
		return at - 1;
	return end;
}

enum peek {
	PEEK_OTHER,	/* nothing about this process */
	PEEK_BLOCKS,
	PEEK_GOES_ON,
};

/* The line that is not ended. */
static enum peek peek_line(struct strace_parser *p, pid_t pid,
			   struct event *ev)
{
	struct parts parts;
	const char *s, *end;
	struct leader l;

	if (!p->line.len)
		return PEEK_OTHER;
	s = p->line.text;
	end = s + p->line.len;
	make_clean(&p->peek_clean, &s, &end);
	leader_read(&l, s, end);
	if (l.pid != pid)
		return PEEK_OTHER;
	if (starts(l.body, end, "<... ") || starts(l.body, end, "+++ "))
		return PEEK_GOES_ON;
	if (!parts_read(&parts, l.body, end))
		return PEEK_OTHER;
	if (parts.ret)
		return PEEK_GOES_ON;
	if (l.stamp == STAMP_DAY)
		l.ns += midnight(p, l.ns);
	if (!parts.quoted)
		end = cut_mark(parts.open, end);
	peek_fill(p, ev, pid, clock_ns(l.stamp, l.ns), l.body, end);
	return PEEK_BLOCKS;
}

bool strace_pending(struct strace_parser *p, pid_t pid, struct event *ev)
{
	const struct pending *pending;

	switch (peek_line(p, pid, ev)) {
	case PEEK_BLOCKS:
		return true;
	case PEEK_GOES_ON:
		return false;
	case PEEK_OTHER:
		break;
	}
	pending = p->holding && p->held.pid == pid ? &p->held :
		table_find(&p->table, pid);
	if (!pending)
		return false;
	peek_fill(p, ev, pid, clock_ns(pending->stamp, pending->ns),
		  pending->text.text, pending->text.text + pending->text.len);
	return true;
}

/* The parser */

struct strace_parser *strace_parser_new(strace_sink *sink, void *arg)
{
	struct strace_parser *p = xcalloc(1, sizeof(*p));

	p->sink = sink;
	p->arg = arg;
	return p;
}

void strace_parser_free(struct strace_parser *p)
{
	struct buf *bufs[] = {
		&p->line, &p->held.text, &p->clean, &p->joined, &p->text,
		&p->args, &p->peek_clean, &p->peek_text, &p->peek_args,
	};
	size_t i;

	table_release(&p->table);
	for (i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_release(bufs[i]);
	free(p->first_unparsed);
	free(p);
}

const struct strace_counts *strace_parser_counts(const struct strace_parser *p)
{
	return &p->counts;
}

const char *strace_parser_first_unparsed(const struct strace_parser *p)
{
	return p->first_unparsed;
}
