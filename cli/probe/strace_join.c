/*
 * Theory of operation
 *
 * First halves wait in a table by pid. A second half is put behind its first,
 * and the whole is then read as if strace had never split it. A call that
 * strace has begun and that another line broke into is kept in `held` until
 * its rest comes, as a line of its own. A call can be in more pieces than two:
 * each is joined to what there is, up to PIECES_MAX.
 */
#include "probe/strace_call.h"
#include "probe/strace_parser.h"

#define PIECES_MAX	8		/* of a call; each costs a copy of it */
#define LOOK_MAX	16		/* pending calls tried for a lost pid */

/* A call to be read: entered then, over now. */
struct call {
	pid_t pid;
	enum stamp stamp, end_stamp;
	int64_t ns, end_ns;
	bool split;			/* the two stamps are of two lines */
	unsigned int pieces;
	const char *s, *end;
};

static void pend(struct strace_parser *p, const struct call *c,
		 const char *end)
{
	struct pending *pending = pending_add(&p->table, c->pid);

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
void strace_hold_end(struct strace_parser *p)
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
		strace_unparsed(p, s, end);
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

/* What a program can be run by: "/usr/bin/strace", "./strace". */
static bool is_path(char c)
{
	return is_name(c) || c == '/' || c == '.' || c == '-' || c == '+';
}

/*
 * strace names itself as it was run. Where that begins, if at is where its last
 * component does, in a call's line from s on: "SIGCHLD/usr/bin/strace: ".
 */
static const char *program_start(const char *s, const char *at)
{
	const char *from = at, *slash;

	while (from > s && is_path(from[-1]))
		from--;
	if (from > s && from[-1] == '*' && *from == '/')
		from++;			/* of a comment */
	slash = memchr(from, '/', at - from);
	if (!slash)
		return at;
	while (slash > from && slash[-1] == '.')
		slash--;
	return slash;
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
		return program_start(s, at);
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
	int64_t start = leader_clock_ns(c->stamp, c->ns);

	if (time_ns < 0 || !start || start > INT64_MAX - time_ns)
		return leader_clock_ns(c->end_stamp, c->end_ns);
	return start + time_ns;
}

static void call_texts(struct strace_parser *p, const struct call *c,
		       const struct parts *parts, const char *end)
{
	static const char mark[] = "<unfinished ...>";
	const char *args = parts->open + 1, *close = parts->close;

	call_copy_name(p->call, c->s, parts->open);
	buf_clear(&p->text);
	buf_clear(&p->args);
	if (!parts->quoted && close[-1] == '>' && ends(args, close, mark)) {
		call_add_entry_args(&p->args, p->call, args,
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
static void read_call(struct strace_parser *p, const struct call *c)
{
	struct event ev = { .kind = EV_CALL };
	struct parts parts;
	const char *end;
	int64_t time_ns;

	if (!parts_read(&parts, c->s, c->end)) {
		strace_unparsed(p, c->s, c->end);
		return;
	}
	if (!parts.ret) {
		call_open(p, c, &parts);
		return;
	}
	end = trim(parts.ret, c->end);
	time_ns = call_cut_time(parts.ret, &end);
	ev.pid = c->pid;
	if (!call_result(&ev, p->error, parts.ret, end)) {
		strace_unparsed(p, c->s, c->end);
		return;
	}
	call_texts(p, c, &parts, end);
	pending_drop_pid(&p->table, c->pid);
	ev.call = p->call;
	ev.args = p->args.text;
	ev.blocked_ns = call_duration(c, time_ns);
	ev.t_ns = call_end_ns(c, time_ns);
	strace_emit(p, &ev);
}

void strace_call(struct strace_parser *p, const struct leader *l,
		 const char *end)
{
	const struct call c = {
		.pid = l->pid, .stamp = l->stamp, .end_stamp = l->stamp,
		.ns = l->ns, .end_ns = l->ns, .s = l->body, .end = end,
	};

	read_call(p, &c);
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
static struct pending *resumed_find(struct pending_table *t, pid_t pid,
				    const char *name, size_t len)
{
	struct pending *pending = pending_find(t, pid);
	int i;

	if (pending && is_call(pending, name, len))
		return pending;
	pending_drop(t, pending);
	if (pid) {
		pending = pending_find(t, 0);
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

bool strace_resumed(struct strace_parser *p, const struct leader *l,
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
		pending_drop(&p->table, pending);
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
		read_call(p, &c);
	return true;
}

bool strace_glue(struct strace_parser *p, const char *s, const char *end)
{
	struct buf *held = &p->held.text;
	struct call c = {
		.pid = p->held.pid, .stamp = p->held.stamp, .ns = p->held.ns,
		.end_stamp = p->held.stamp, .end_ns = p->held.ns,
		.pieces = p->held.pieces + 1,
	};
	bool by_note = p->held_by_note;

	if (!p->holding || s == end || !strchr("),]}|= ", *s) ||
	    strace_is_below(s, end) || c.pieces > PIECES_MAX ||
	    held->len + (end - s) > STRACE_LINE_MAX)
		return false;
	buf_clear(&p->joined);
	buf_add(&p->joined, held->text, held->len);
	buf_add(&p->joined, s, end - s);
	c.s = p->joined.text;
	c.end = c.s + p->joined.len;
	p->holding = false;
	read_call(p, &c);
	p->held_by_note |= by_note;	/* if it is held again */
	return true;
}
