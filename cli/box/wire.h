/*
 * wire - the only way between the hosts, and it is ours
 *
 * Theory of operation. Each host's eth0 ends in the switch namespace, where
 * nothing forwards; a packet socket there brings every frame that the host
 * sends to this relay, which tells of it, reads the TCP states on all hosts and
 * only then writes it to the other side. So a frame can be kept, dropped,
 * delayed or doubled, and what the states were before it arrived is seen, not
 * inferred.
 *
 * A frame that is kept back is an event of its own ("... [held]"), and so is
 * what becomes of it ("... [let go]", "... [dropped]"). What is sent once more
 * while its like is held is told ("... [held again]") and not kept.
 *
 * Without hosts there is no relay: frames of lo are only watched.
 *
 * In plain mode hosts are addresses of the machine's own loopback. Only what
 * belongs to our actors' ports is told, and nothing can be held.
 */
#ifndef WIRE_H
#define WIRE_H

#include "errmsg.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct run;
struct wire;

struct wire *wire_new(struct run *r);
void wire_free(struct wire *w);

int wire_add_host(struct wire *w, const char *name, struct errmsg *err);
/* The number of the host; 0: the box itself; -1: there is none of that name. */
int wire_host(const struct wire *w, const char *name);
/* The same for what a person typed: -1 and *err, with the nearest there is. */
int wire_find_host(const struct wire *w, const char *name,
		   struct errmsg *err);
int wire_num_hosts(const struct wire *w);
const char *wire_host_name(const struct wire *w, int number);

/* A pattern over a frame's text, or NULL for every frame. */
int wire_hold(struct wire *w, const char *pattern, struct errmsg *err);
int wire_drop_all(struct wire *w, const char *pattern, struct errmsg *err);
/* Of the frames held. Returns how many there were. */
int wire_next(struct wire *w, int count);
int wire_drop(struct wire *w, int count);
/* Let everything go, and end hold, drop, delay. */
void wire_release(struct wire *w);
void wire_delay(struct wire *w, int ms);
void wire_double(struct wire *w);
int wire_held(const struct wire *w);
/* What is held, in order, and what is being done, for a person. */
void wire_describe(const struct wire *w, FILE *out);

/*
 * Look at the sockets of all hosts; the changes become events. Unread and
 * unsent bytes only if `at_rest`: while data flows they say nothing.
 */
void wire_look(struct wire *w, bool at_rest);

/* As last looked at: will some kernel send something again by itself? */
bool wire_will_repeat(const struct wire *w);

/* Plain mode: a call of an actor on this host names this port. */
void wire_learn_port(struct wire *w, uint16_t port, const char *host);

/*
 * Plain mode: why this TCP port is not ours, if some socket of the machine had
 * it before the run began; NULL, or the caller frees it.
 */
char *wire_port_before(struct wire *w, uint16_t port);

/*
 * Counters: what has changed since wire_count_base(), which is the box's
 * beginning at first. Noise is left out.
 */
void wire_count_base(struct wire *w);
void wire_count(struct wire *w);

/* All sockets as they are now, one line each. host -1: of all hosts. */
void wire_sockets(struct wire *w, int host, FILE *out);

/* The socket with this inode, as a line; NULL, or the caller frees it. */
char *wire_socket_text(struct wire *w, unsigned long inode);

/* When a delayed frame has to go, as run_clock(); 0: none waits. */
int64_t wire_due(const struct wire *w);
void wire_let_due(struct wire *w);

/* Why "wire", "tcp" or "count" events cannot be seen here; NULL: they can. */
const char *wire_unobservable(const struct wire *w, const char *who);
/* Has any frame come by? */
bool wire_seen(const struct wire *w);
/* Frames that came faster than they could be read, and were lost to us. */
unsigned int wire_lost(struct wire *w);

/* Everything that went over the wire, in order. */
struct frames *wire_frames(const struct wire *w);
/* The same, and it is the caller's from now on. */
struct frames *wire_take_frames(struct wire *w);

#endif
