/* init - pid 1 of the box: what runs inside. See box.h. */
#ifndef INIT_H
#define INIT_H

#include "box.h"

/*
 * Runs in the cloned child; returns its exit status. The ids are those from
 * before the clone: inside, nobody has one yet.
 */
int init_main(int control, const struct box_options *opt, uid_t uid,
	      gid_t gid);

#endif
