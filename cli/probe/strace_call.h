/*
 * strace_call - one call in one line, part by part; for strace*.c alone
 *
 *	name(args) = result <time>
 *
 * Pure functions on text. What a call's arguments hold may look like its end
 * (a string with ") = 3" in it, a file of that name under -y): strings and
 * descriptions are stepped over, whole.
 */
#ifndef STRACE_CALL_H
#define STRACE_CALL_H

#include "buf.h"
#include "event.h"

/* Where the parts of a call are; ret is NULL if it has not returned. */
struct parts {
	const char *open, *close, *ret;
	bool quoted;			/* it ends within a string */
};

/* False if it does not begin like a call. */
bool parts_read(struct parts *parts, const char *s, const char *end);

/*
 * What strace knew of the arguments when it stopped printing: "0, " becomes
 * "0, ...". Nothing at all is "...", but for calls that have no arguments.
 */
void call_add_entry_args(struct buf *out, const char *call, const char *s,
			 const char *end);

/* name has room for STRACE_WORD_MAX, which is as long as parts_read() lets. */
void call_copy_name(char *name, const char *s, const char *end);

/* -T's " <0.000123>" at the end. Cuts it off; -1 if there is none. */
int64_t call_cut_time(const char *s, const char **end);

/* A number as C writes it (umask() returns 022); false if it is none. */
bool call_ret(const char **s, const char *end, long long *ret);

/*
 * Fills in ev's ret, has_ret and error (in the room given, of STRACE_WORD_MAX);
 * false if it is no result.
 */
bool call_result(struct event *ev, char *error, const char *s,
		 const char *end);

#endif
