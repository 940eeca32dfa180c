/*
 * keep - what was done by hand, as a handout that holds
 *
 * The commands of a recording become those of the steps, and what came of each
 * becomes its expectations. Played back at once, on the same kernel, it holds:
 * so only that is expected which must come again, in the order in which it must
 * come again. What is left out:
 *   - what a process did that was still on its way when the command was given:
 *     nobody can say whose effect that is (but what a handout had expected
 *     there stays expected)
 *   - that a process sleeps, unless that is how the command left it
 *   - segments that only acknowledge; states that passed; packets that crossed
 *     each other on the wire
 *   - what was sent once more, because the person took their time with a wire
 *     that held something (but what had been lost has to come again)
 *   - signals that come when they like
 *   - the insides of a call that nobody wrote: addresses, structures
 * What came late, because a program or the kernel waited for it, gets a `limit`
 * that lets it.
 *
 * Children get the names that they had, or their parent's and a number; ports
 * that the kernel chose become $port. Commands that are not for handouts, or
 * that nothing came of because they failed, are not kept.
 *
 * For prose there is a place before and after each step.
 */
#ifndef KEEP_H
#define KEEP_H

#include "errmsg.h"

#include <stdio.h>

/* -1 and *err: it is no recording, or there is no command in it. */
int keep_as_handout(const char *record, const char *title, FILE *out,
		    struct errmsg *err);

#endif
