/*
 * puppets - the actors of a run that make the calls that a person types
 *
 * `start a puppet` makes one; `a socket tcp` is then a line for it. A puppet
 * that is blocked in a call takes no other; its fork()ed children are puppets
 * too. box/puppet.h knows the words and makes the calls.
 */
#ifndef PUPPETS_H
#define PUPPETS_H

#include "box/puppet.h"
#include "errmsg.h"

#include <stdbool.h>

struct puppets;
struct run;

struct puppets *puppets_new(struct run *r);
void puppets_free(struct puppets *ps);

int puppets_start(struct puppets *ps, const char *name, int host,
		  struct errmsg *err);

bool puppets_has(const struct puppets *ps, const char *name);

/*
 * words[0] is the puppet, the rest the call. As puppet_parse(): PUPPET_OK and
 * *req is on its way; the C line is in it.
 */
enum puppet_parsed puppets_tell(struct puppets *ps, const char *const *words,
				int count, struct puppet_request *req,
				struct errmsg *err);

/*
 * Is it done with what it was told? A call that it sleeps in does not count as
 * under way: only time or another process can end it.
 */
bool puppets_settled(const struct puppets *ps, const char *name);
bool puppets_busy(const struct puppets *ps, const char *name);

/* For completion and `help`: the i-th live puppet's name, or NULL. */
const char *puppets_name(const struct puppets *ps, size_t i);

#endif
