/*
 * prompt - the person's line, and events above it
 *
 * GNU readline in its callback form, so that the same poll() serves the
 * keyboard and the box.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include "session.h"

/* Until quit or ^D. Returns the exit status. */
int prompt_run(struct session *s);

/* Commands from a file or pipe: stops at the first that fails. */
int script_run(struct session *s, const char *name);

#endif
