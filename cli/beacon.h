/*
 * beacon - where another terminal finds a box's pids
 *
 * An abstract unix(7) socket, named after the user and underglass's own pid:
 * it is no file and cannot outlive us. Whoever of the same user connects is
 * sent one line a process: its pid as the outside sees it, its name and what it
 * runs.
 */
#ifndef BEACON_H
#define BEACON_H

#include "loop.h"

#include <stdio.h>

struct beacon;
struct run;

/* NULL if the socket is refused: the box works without it. */
struct beacon *beacon_light(const struct run *r, struct loop *loop);
void beacon_out(struct beacon *b, struct loop *loop);

void beacon_write_pids(const struct run *r, FILE *out);

/*
 * All of this user's boxes, to out. Returns how many there were, and in *silent
 * how many underglasses did not answer: stopped ones, or stuck ones.
 */
int beacon_ask_all(FILE *out, int *silent);

#endif
