/*
 * strace_parser - the parser's state and its parts; for strace*.c alone
 *
 * strace.c takes lines and reads what is no call; strace_join.c reads calls,
 * whole ones and those in pieces; strace_peek.c says what blocks.
 */
#ifndef STRACE_PARSER_H
#define STRACE_PARSER_H

#include "buf.h"
#include "probe/strace.h"
#include "probe/strace_leader.h"
#include "probe/strace_pending.h"
#include "probe/strace_text.h"

struct strace_parser {
	strace_sink *sink;
	void *arg;
	struct buf line;		/* begun, and not ended */
	bool over;			/* it was longer than we keep */
	struct leader_clock clock;
	struct pending_table table;
	struct pending held;		/* strace_join.c */
	bool holding, held_by_note;
	struct strace_counts counts;
	char *first_unparsed;

	struct buf clean, joined;
	/* The event that the sink sees, and the one of strace_pending(). */
	struct buf text, args, peek_clean, peek_text, peek_args;
	char call[STRACE_WORD_MAX], error[STRACE_WORD_MAX],
	     signal[STRACE_WORD_MAX], peek_call[STRACE_WORD_MAX];
};

/* Hand out an event, whose text is in p->text. */
void strace_emit(struct strace_parser *p, struct event *ev);
void strace_unparsed(struct strace_parser *p, const char *s, const char *end);

/*
 * A line that strace writes below a call's, to say more of it: a frame of its
 * stack (-k), or bytes that it read or wrote (-e read, -e write).
 */
bool strace_is_below(const char *s, const char *end);

/* The body "name(...": a call, or the first half of one. */
void strace_call(struct strace_parser *p, const struct leader *l,
		 const char *end);

/* The body "<... name resumed>...": false if it makes no sense. */
bool strace_resumed(struct strace_parser *p, const struct leader *l,
		    const char *end);

/*
 * Is the line from s to end, which has no leader then, the rest of the one that
 * is held? If so it is read. If not, the next line with a body of its own ends
 * the holding.
 */
bool strace_glue(struct strace_parser *p, const char *s, const char *end);
void strace_hold_end(struct strace_parser *p);

#endif
