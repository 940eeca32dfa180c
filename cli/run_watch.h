/* run_watch - how a run hears of what happens. For run.c alone. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "run.h"

void run_watch_box(struct run *r);
void run_watch_actor(struct run *r, struct actor *a);
void run_watch_strace(struct run *r, struct actor *a);
void run_watch_renamed(struct run *r, struct proc *p);

/* A fresh event for the time line: stamped now if t_ns is 0. Takes it over. */
void run_add_event(struct run *r, struct event *ev);

#endif
