/*
 * ladder - the exchange as a sequence diagram
 *
 * Hosts (or, on lo, the two ends of the first connection) are columns, with
 * their states as they were seen to change; segments are arrows, and the system
 * calls that caused them stand at the side. What was held or dropped stops
 * half-way.
 */
#ifndef LADDER_H
#define LADDER_H

#include "view.h"

/* Draws each scene when its verdict comes, or at its end. */
struct view *view_ladder_new(FILE *out, const struct view_options *opt);

#endif
