/*
 * reaper - the end of everything that plain mode started
 *
 * Kill all descendants of the calling process, which must be their subreaper,
 * and wait until none is left. They are stopped first, so that one that forks
 * without end cannot run away from its killer.
 */
#ifndef REAPER_H
#define REAPER_H

#include <sys/types.h>

void reap_everybody(void);

/*
 * The children of one process, through a descriptor of /proc: at most `max` of
 * them are put into list. Returns how many; -1: it is gone, or /proc has no
 * "children" (CONFIG_PROC_CHILDREN, proc(5)).
 */
int proc_children(int proc_fd, pid_t pid, pid_t *list, int max);

#endif
