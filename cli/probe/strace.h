/*
 * strace - the text that strace prints, as events
 *
 * A parser for one stream of `strace -f -ttt -T` lines; it also takes lines
 * with no pid, with `[pid N]`, with no or other time stamps (-t, -tt, -r), and
 * without -T, so that anybody's log can be read. It knows no file, no clock
 * and no process: bytes go in, in pieces of any size, and events come out.
 *
 * A call that strace split into `<unfinished ...>` and `<... resumed>` comes
 * out once, whole, when it has returned. Until then strace_pending() tells of
 * it; it also sees the line that strace has begun and not ended, which is how
 * a blocked call looks while it blocks.
 *
 * Also read: -i, -n, -k, -y, -Y, --secontext, -e read and -e write logs, CRLF
 * line ends, and the older spellings of `resumed` and of signals. Where
 * strace's own messages came into the middle of a line (no -o), the line is put
 * together again.
 *
 * Memory is bounded by the number of processes with a call in flight and by
 * the longest line (STRACE_LINE_MAX; what is longer is cut and counted; a
 * line that was cut makes no event).
 */
#ifndef STRACE_H
#define STRACE_H

#include "event.h"

#include <stddef.h>

#define STRACE_LINE_MAX	(1U << 20)

struct strace_parser;

/*
 * What came out. kind is EV_CALL, EV_SIGNAL, EV_EXIT or EV_STOP; the strings
 * live until the sink returns. t_ns is the end of a call where -T is known
 * (start + time in the call), else the stamp of the line that ended it. With
 * -t and -tt it counts from midnight of the first day; it is 0 where the log
 * has no stamps or only -r. who is NULL: the parser knows pids only; pid is 0
 * where neither the line nor the call's first half carries one.
 *
 * blocked_ns is what -T says, else the time between the two halves of a split
 * call, else -1. ret of EV_EXIT is the exit status (has_ret), unless killed.
 * A call whose first half was never seen has "..." in its place: read(..., 3).
 * So has a call that ended before strace learned the rest: read(0, ...) = ?
 *
 * text is the line as strace would have printed it whole: no pid, no stamp, no
 * time-in-call suffix, one space before "=" instead of strace's padding:
 *	bind(3, {sa_family=AF_INET, ...}, 16) = -1 EADDRINUSE (Address ...)
 *	--- SIGCHLD {si_signo=SIGCHLD, ...} ---
 *	+++ exited with 7 +++
 *	--- stopped by SIGTSTP ---
 * Control characters and invalid UTF-8 in it are made harmless (\ooo).
 *
 * "+++ superseded by execve in pid N +++" makes no event: the pid lives on. It
 * counts as a note, and the call in flight of N becomes that of the pid.
 */
typedef void strace_sink(void *arg, const struct event *ev);

struct strace_parser *strace_parser_new(strace_sink *sink, void *arg);
void strace_parser_free(struct strace_parser *p);

void strace_parser_feed(struct strace_parser *p, const char *bytes, size_t n);

/*
 * The stream is over: a last line without its newline is parsed too. Where it
 * ends within a call, the call is pending.
 */
void strace_parser_end(struct strace_parser *p);

/*
 * The call that this process has entered and not returned from, as an
 * EV_BLOCKED event (text "read(0, ...) blocks": what strace knew at the entry;
 * t_ns the entry's stamp). False if there is none. The strings live until the
 * next call of a function of this parser. pid 0 where lines carry no pid.
 * A sink may call it; no other function of the parser.
 */
bool strace_pending(struct strace_parser *p, pid_t pid, struct event *ev);

struct strace_counts {
	unsigned long long lines;	/* whole lines read */
	unsigned long long events;
	unsigned long long notes;	/* "strace: ...", blank, stack, bytes */
	unsigned long long unparsed;	/* lines that made no sense */
	unsigned long long cut;		/* lines over STRACE_LINE_MAX */
};
const struct strace_counts *strace_parser_counts(const struct strace_parser *p);
/* The first line that made no sense, for a message; NULL if there is none. */
const char *strace_parser_first_unparsed(const struct strace_parser *p);

#endif
