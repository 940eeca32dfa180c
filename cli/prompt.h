/*
 * prompt - the person's line, and events above it
 *
 * GNU readline in its callback form, so that the same poll() serves the
 * keyboard and the box.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include "pace.h"
#include "session.h"

/* Until quit or ^D. Returns the exit status. */
int prompt_run(struct session *s);

/*
 * A prompt within a lab that stands still: Enter goes on by one, `continue`
 * runs on, `quit` ends the lab; any command for the box works. See pace.h.
 */
enum pace_answer prompt_pause(struct session *s);

/* Commands from a file or pipe: stops at the first that fails. */
int script_run(struct session *s, const char *name);

#endif
