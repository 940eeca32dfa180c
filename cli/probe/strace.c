/*
 * Theory of operation
 *
 * A line is LEADER BODY. The leader holds what strace puts before everything:
 * a pid, a time stamp, what -n and -i add (strace_leader.h). The body is one of
 *
 *	name(args) = ret <time>			a whole call
 *	name(args <unfinished ...>		the first half of a call
 *	<... name resumed>args) = ret <time>	the second half
 *	--- SIGNAL {...} ---			also "stopped by"
 *	+++ exited with N +++			also "killed by", "superseded by"
 *
 * or a note of strace's, or nothing that we know. Calls are put together in
 * strace_join.c and read in strace_call.c; the rest is read here.
 *
 * A line is read where it lies in the bytes fed, unless it spans two pieces or
 * must be made harmless first. No line costs an allocation: all buffers stay.
 */
#include "probe/strace_call.h"
#include "probe/strace_parser.h"

#include <stdlib.h>

#define FIRST_MAX	400		/* of the first unparsed line */

/* What comes of a line */

void strace_emit(struct strace_parser *p, struct event *ev)
{
	ev->probe = PROBE_STRACE;
	ev->text = p->text.text;
	p->counts.events++;
	p->sink(p->arg, ev);
}

void strace_unparsed(struct strace_parser *p, const char *s, const char *end)
{
	p->counts.unparsed++;
	if (!p->first_unparsed)
		p->first_unparsed = xstrndup(s, end - s > FIRST_MAX ?
					     FIRST_MAX : end - s);
}

/* The text of an event that is the whole body, and what else it has. */
static void emit_body(struct strace_parser *p, const struct leader *l,
		      const char *end, struct event *ev)
{
	ev->pid = l->pid;
	ev->t_ns = leader_clock_ns(l->stamp, l->ns);
	ev->blocked_ns = -1;
	buf_clear(&p->text);
	buf_add(&p->text, l->body, end - l->body);
	strace_emit(p, ev);
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
	if (!strace_capitals(p->signal, s, end))
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

	if (strace_number(s, end, &pid) == s || pid > PID_MOST)
		return false;
	p->counts.notes++;
	if (pid == l->pid)
		return true;
	pending_drop_pid(&p->table, l->pid);
	pending = pending_find(&p->table, pid);
	if (pending)
		pending_move(&p->table, pending, l->pid);
	return true;
}

/* A line without a pid speaks of the only process that there is. */
static void forget(struct pending_table *t, pid_t pid)
{
	if (pid)
		pending_drop_pid(t, pid);
	else
		pending_drop_all(t);
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
		ev.has_ret = call_ret(&s, end, &ev.ret);
		if (!ev.has_ret)
			return false;
	} else if (starts(s, end, killed)) {
		if (!strace_capitals(p->signal, s + strlen(killed), end))
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

/* "6 bytes in buffer 0", "2 buffers in vector 0" */
static bool is_heading(const char *s, const char *end)
{
	static const char *const words[] = {
		" bytes in buffer ", " buffers in vector ",
	};
	const char *at, *past;
	int64_t n;
	size_t i;

	at = strace_number(s, end, &n);
	for (i = 0; at > s && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!starts(at, end, words[i]))
			continue;
		at += strlen(words[i]);
		past = strace_number(at, end, &n);
		return past > at && past == end;
	}
	return false;
}

/* "00010  6f 6e 67 0a      ong.             |" */
static bool is_dump(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && (is_digit(*at) || (*at >= 'a' && *at <= 'f')))
		at++;
	return at - s >= 5 && starts(at, end, "  ") && ends(at, end, " |");
}

bool strace_is_below(const char *s, const char *end)
{
	if (starts(s, end, " > "))
		return true;
	if (starts(s, end, " | "))
		return is_dump(s + 3, end);
	return (starts(s, end, " * ") || starts(s, end, " = ")) &&
	       is_heading(s + 3, end);
}

static bool is_note(const char *s, const char *end, const char *body)
{
	const char *at;

	if (skip_spaces(s, end) == end || strace_is_below(s, end))
		return true;
	if (starts(body, end, "strace: ") || starts(body, end, "[ Process "))
		return true;
	if (starts(body, end, "Process ") && end - body > 8 &&
	    is_digit(body[8]))
		return true;
	if (body == end || (*body != '/' && *body != '.'))
		return false;
	at = memchr(body, ' ', end - body);	/* /usr/bin/strace: ... */
	return at && ends(body, at, "/strace:");
}

static bool read_body(struct strace_parser *p, const struct leader *l,
		      const char *end)
{
	if (starts(l->body, end, "<... "))
		return strace_resumed(p, l, end);
	if (starts(l->body, end, "--- "))
		return read_signal(p, l, end);
	if (starts(l->body, end, "+++ "))
		return read_exit(p, l, end);
	if (l->body == end || !is_name(*l->body))
		return false;
	strace_call(p, l, end);
	return true;
}

static void line_read(struct strace_parser *p, const char *s, const char *end)
{
	struct leader l;

	strace_clean(&p->clean, &s, &end);
	if (p->holding && strace_glue(p, s, end))
		return;
	leader_read(&l, s, end);
	leader_settle(&p->clock, &l);
	end = trim(l.body, end);
	if (is_note(s, end, l.body)) {
		p->counts.notes++;
		return;
	}
	if (p->holding)
		strace_hold_end(p);
	if (!read_body(p, &l, end))
		strace_unparsed(p, s, end);
}

/* A line that was cut: all that it tells is that the process went on. */
static void line_skip(struct strace_parser *p, const char *s, const char *end)
{
	struct leader l;

	p->counts.cut++;
	leader_read(&l, s, end);
	leader_settle(&p->clock, &l);
	pending_drop_pid(&p->table, l.pid);
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

	pending_release(&p->table);
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
