/*
 * replay - a recorded run, shown again
 *
 * A recording is what a view was told, one JSON object a line (the format of
 * --json, which can be replayed too). It may come from anywhere: control
 * characters in it are not passed on, and a line that makes no sense is an
 * error with its number.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "errmsg.h"
#include "view.h"

#include <stdio.h>

/* name is for messages. The view is not ended. */
int replay(FILE *in, const char *name, struct view *v, struct errmsg *err);

#endif
