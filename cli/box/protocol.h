/*
 * protocol - what underglass and the box's init say to each other
 *
 * One message is one packet of a SOCK_SEQPACKET pair. underglass asks, init
 * answers each request with one BOX_DONE, in order; BOX_EXITED comes by itself
 * in between. Descriptors travel with a message (SCM_RIGHTS).
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include "errmsg.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BOX_DATA_MAX	(48 * 1024)
#define BOX_FDS_MAX	8

enum box_op {
	BOX_DONE,	/* value 0; or -1, and data is the reason */
	BOX_EXITED,	/* pid, value: the wait status */
	BOX_HOST,	/* data: name, "" for the box itself; see host.h */
	BOX_SPAWN,	/* value: host; data: struct box_spawn's strings; fds */
	BOX_TRACE,	/* pid; data: strace's arguments; fds: trace, messages */
	BOX_GO,		/* pid: let the stub become its program */
	BOX_KILL,	/* pid, value: signal */
	BOX_SYSCTL,	/* value: host; data: name, value */

	NUM_BOX_OPS
};

/* BOX_SPAWN's value is a host's number, with these added. */
#define BOX_SPAWN_PUPPET	(1 << 16)	/* fds[1] becomes PUPPET_FD */

struct box_msg {
	int32_t op;
	int32_t pid;
	int32_t value;
	uint32_t len;			/* of data; strings end in NUL */
	char data[BOX_DATA_MAX];

	/* Not sent as bytes. */
	int fds[BOX_FDS_MAX];
	int num_fds;
};

/* Add a string to data. False if there is no room. */
bool box_msg_add(struct box_msg *m, const char *s);
/* The next string of data from *pos on, or NULL at its end. */
const char *box_msg_next(const struct box_msg *m, uint32_t *pos);

/* 0, or -1 with errno. The descriptors stay the caller's. */
int box_msg_send(int sock, const struct box_msg *m);
/*
 * 1 and a message, with descriptors that are now the caller's; 0 at the end of
 * the stream; -1 with errno. flags as for recvmsg(2).
 */
int box_msg_recv(int sock, struct box_msg *m, int flags);
void box_msg_close_fds(struct box_msg *m);

#endif
