/*
 * view - what a person or a program sees of a run
 *
 * A view is told what happens, in the order in which it is to be seen, and
 * knows events and verdicts only. Every call carries plain data, so that a
 * recorded run (view/record.h) can be shown again, by any view, line by line.
 */
#ifndef VIEW_H
#define VIEW_H

#include "event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct view_scene {
	const char *lab;	/* "zombie", or a file's path */
	const char *lab_title;
	const char *title;
	int number, total;
	const char *knobs;	/* "n=5" where one was turned; "" if none */
	int64_t t0_ns;
};

struct view_option {
	const char *pattern;	/* who and pattern, as in the handout */
	const char *text;
};

struct view_missing {
	const char *who, *pattern;
	const char *file;
	int line;
	bool never;		/* it came, and must not have */
	const char *why;	/* "the step's limit of 10 s", ...; or NULL */
	const struct event *nearest[3];	/* NULL where there is none */
};

struct view_unobservable {
	const char *who, *pattern, *reason;
};

struct view_verdict {
	bool held;
	bool what_if;		/* a knob was turned: no failure, a difference */
	int seen, expected;
	const struct view_missing *missing;
	size_t num_missing;
	const struct view_unobservable *unobservable;
	size_t num_unobservable;
	const char *stopped;	/* why the scene ended early, or NULL */
	unsigned long long unparsed;
};

struct view;

struct view_ops {
	void (*scene)(struct view *v, const struct view_scene *s);
	void (*step)(struct view *v, int number);
	void (*command)(struct view *v, const char *text);
	void (*event)(struct view *v, const struct event *ev);
	/* An event shown before turns out to be an expected one. */
	void (*met)(struct view *v, const struct event *ev);
	void (*prose)(struct view *v, const char *text, bool verbatim);
	/* Prose that follows from a step that held. */
	void (*explain)(struct view *v, int step, const char *text,
			bool verbatim);
	void (*question)(struct view *v, const char *question,
			 const struct view_option *options, size_t count);
	/* answer and guess count from 1; 0: none was right, none was given. */
	void (*graded)(struct view *v, int answer, int guess);
	void (*waiting)(struct view *v, const char *what, int seconds);
	void (*note)(struct view *v, const char *text);
	/* Others have written to the screen: a person's prompt, a shell. */
	void (*interrupted)(struct view *v);
	void (*missing)(struct view *v, const struct view_missing *m);
	void (*unobservable)(struct view *v,
			     const struct view_unobservable *u);
	void (*verdict)(struct view *v, const struct view_verdict *vd);
	void (*summary)(struct view *v, const char *const *labs,
			const bool *held, size_t count);
	void (*end)(struct view *v);	/* frees the view */
};

struct view {
	const struct view_ops *ops;
};

struct view_options {
	bool wide;		/* whole lines, whatever the terminal */
	bool all;		/* also what is folded */
	bool numbers;		/* each event with its number, for `why` */
	int columns;		/* 0: ask the terminal */
};

struct view *view_text_new(FILE *out, const struct view_options *opt);
struct view *view_json_new(FILE *out);
/*
 * Says nothing. A view that needs some of it only copies this and puts its own
 * functions over those.
 */
extern const struct view_ops view_quiet_ops;
/* "who<TAB>text" for each event: for grep, awk and bats. */
struct view *view_events_new(FILE *out);
/* A recording, which replay.h can show again. */
struct view *view_record_new(FILE *out);
void view_record_to(struct view *v, FILE *out);	/* from now on, elsewhere */
/* Both are told everything, `a` first; both end with it. */
struct view *view_tee_new(struct view *a, struct view *b);

#endif
