/*
 * What blocks: the call that a process has entered and not returned from, be it
 * the line that strace has begun and not ended, the one that is held, or a
 * first half in the table.
 */
#include "probe/strace_call.h"
#include "probe/strace_parser.h"

static void peek_fill(struct strace_parser *p, struct event *ev, pid_t pid,
		      int64_t t_ns, const char *s, const char *end)
{
	const char *open = memchr(s, '(', end - s);

	call_copy_name(p->peek_call, s, open);
	buf_clear(&p->peek_args);
	call_add_entry_args(&p->peek_args, p->peek_call, open + 1, end);
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
	strace_clean(&p->peek_clean, &s, &end);
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
		l.ns += leader_midnight(&p->clock, l.ns);
	if (!parts.quoted)
		end = cut_mark(parts.open, end);
	peek_fill(p, ev, pid, leader_clock_ns(l.stamp, l.ns), l.body, end);
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
		pending_find(&p->table, pid);
	if (!pending)
		return false;
	peek_fill(p, ev, pid, leader_clock_ns(pending->stamp, pending->ns),
		  pending->text.text, pending->text.text + pending->text.len);
	return true;
}
