/*
 * command - the one table behind the shell, the prompt and handouts
 *
 * help, usage, completion and the argument check all come from the table.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "errmsg.h"
#include "session.h"

#include <stddef.h>

/* Where a command may be given, and what it needs. */
#define CMD_SHELL	(1U << 0)	/* as an argument of underglass */
#define CMD_PROMPT	(1U << 1)	/* at the prompt and in scripts */
#define CMD_HANDOUT	(1U << 2)	/* in a handout's step */
#define CMD_NEEDS_BOX	(1U << 3)
#define CMD_NOT_IN_LAB	(1U << 4)	/* not while a lab stands still */

/* What its last word is, for completion. */
enum complete {
	COMPLETE_NOTHING,
	COMPLETE_COMMAND,
	COMPLETE_LAB,
	COMPLETE_ACTOR,
	COMPLETE_HOST,
	COMPLETE_FILE,

	NUM_COMPLETES
};

struct command {
	const char *name;
	const char *args;	/* for usage, after the name */
	const char *summary;	/* one line, for help */
	int min_args, max_args;	/* max -1: any number */
	unsigned int flags;
	enum complete complete;
	/* EXIT_HELD or another status; *err says why, if it is to be said. */
	int (*run)(struct session *s, int argc, char **argv,
		   struct errmsg *err);
	const char *help;	/* more, for `help NAME`; or NULL */
};

const struct command *command_find(const char *name);
const struct command *command_at(size_t i);	/* NULL past the end */

/* Usage of one, as text: "run LAB [SCENE] [KNOB=VALUE ...]". */
void command_usage(const struct command *cmd, char *text, size_t size);

/* Is this a command with these words that a door (CMD_...) takes? 0 or -1. */
int command_check(unsigned int door, int argc, char *const *argv,
		  struct errmsg *err);

/* Check and run; prints nothing but what the command is for. */
int command_run(struct session *s, unsigned int door, int argc, char **argv,
		struct errmsg *err);

/*
 * One line as typed: $names are put in, then it is split, checked and run. An
 * empty line is EXIT_HELD.
 */
int command_line(struct session *s, unsigned int door, const char *line,
		 struct errmsg *err);

#endif
