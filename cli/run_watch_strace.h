/*
 * run_watch_strace - strace and /proc tell of the same processes; for
 * run_watch*.c alone
 *
 * Whichever of the two shows a process first adds it.
 */
#ifndef RUN_WATCH_STRACE_H
#define RUN_WATCH_STRACE_H

#include "run_watch.h"

#include <stdint.h>
#include <sys/types.h>

/* run_watch.c */
/* The one that still has this pid, or a fresh one of this actor's. */
struct proc *run_add_proc(struct run *r, struct actor *a, pid_t pid);
/* With more than RUN_MAX_PROCESSES alive the run is stopped. */
void run_count_processes(struct run *r);

/* run_watch_strace.c */
/* The line strace has begun, if the process really sleeps in that call. */
void run_look_blocked(struct run *r, struct proc *p);

#endif
