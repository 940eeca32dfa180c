/*
 * compare - two runs beside each other
 *
 * Two recordings (record.h), scene by scene: the commands and the events, each
 * line beside the one of the other run that is equal to it. On 110 columns and
 * more the runs stand side by side with a mark between them; on fewer, one
 * above the other: common lines once, the others with 1 or 2 in front. At the
 * end stands how many differences there are, and which is the first.
 *
 * What is compared:
 *   Each speaker's lines are compared in their order: those of a process, the
 *   commands, the packets in one direction between two ends, one socket's
 *   states, one process's states in /proc. The order of lines of different
 *   speakers is the scheduler's and is not compared.
 *   What varies (vary.h) is left out. Ports that programs and commands name
 *   count by the order in which they come up: 7000 here may be 7001 there.
 *   The execve() by which an actor starts is left out; its command says it.
 *
 * What stands in one run alone and is still no difference, because it is a
 * matter of when somebody looked, or of who was faster:
 *   - that a process sleeps in a call, if within half a second the call then
 *     returned or the process was killed; a call broken off for a SIGCHLD that
 *     does nothing
 *   - segments that only acknowledge, and what is sent once more; what a
 *     segment acknowledges
 *   - a state that gave way to the next within half a second; how often the
 *     kernel has tried again; counters of such things
 *   - in a handout's scene, which ends with its last evidence: what is no
 *     evidence and followed within half a second before that, if the other run
 *     broke off before it; what a process did that in the other run was still
 *     on its way
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "errmsg.h"
#include "view/view.h"

#include <stdio.h>

/*
 * Returns how many differences there are, those in the commands not counted;
 * -1 and *err if one of the texts is no recording.
 */
int compare_runs(const char *a, const char *a_name, const char *b,
		 const char *b_name, FILE *out,
		 const struct view_options *opt, struct errmsg *err);

/*
 * The part of a recording that is scene `number`, as the handout counts. The
 * caller frees *part.
 */
int compare_split(const char *text, int number, char **part,
		  struct errmsg *err);

#endif
