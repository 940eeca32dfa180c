/*
 * count - the kernel's network counters of one network namespace
 *
 * /proc/net/netstat, snmp and snmp6 are opened while inside the namespace and
 * go on showing it from outside. Each reading is whole; two are compared with
 * count_changes(). A counter says that something happened, not when or to
 * which socket.
 *
 * Names are nstat's ("TcpRetransSegs", "UdpNoPorts", "IcmpOutDestUnreachs",
 * "IpExtInNoRoutes", "Ip6InDiscards"), but TcpExt's stand plain as in
 * /proc/net/netstat ("ListenOverflows").
 */
#ifndef COUNT_H
#define COUNT_H

#include "errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed struct counts is empty. It owns its names. */
struct counts {
	struct counter {
		char *name;
		int64_t value;
	} *list;
	size_t count, room;
};

void counts_release(struct counts *c);

/* One reading's worth of one file's text, added to what *c holds. */
int count_parse(const char *text, size_t len, struct counts *c,
		struct errmsg *err);

/*
 * The files of the namespace that the caller is in, close-on-exec: each -1 or
 * open. They keep the namespace alive; close each with close(). snmp6 is -1
 * where there is no IPv6. *fds may be passed to another process.
 */
enum count_file {
	COUNT_NETSTAT,
	COUNT_SNMP,
	COUNT_SNMP6,

	NUM_COUNT_FILES
};
int count_open(int fds[NUM_COUNT_FILES], struct errmsg *err);

/* Read them from their start; what *c held before is released. */
int count_read(const int fds[NUM_COUNT_FILES], struct counts *c,
	       struct errmsg *err);

/* Its value; 0 if the kernel has no such counter (yet). */
int64_t count_get(const struct counts *c, const char *name);

struct count_change {
	const char *name;		/* now's: borrowed */
	int64_t old, now;
};

/*
 * In the order of now. A counter that was not there is taken to have been 0:
 * some lines come into being with their first event. The caller frees *changes
 * alone.
 */
void count_changes(const struct counts *old, const struct counts *now,
		   struct count_change **changes, size_t *n);

/*
 * Does this counter only measure how much went by, or how the kernel went
 * about it, with nothing that anybody would want to be told unasked?
 */
bool count_is_noise(const char *name);

#endif
