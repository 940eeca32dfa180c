/*
 * capture - what went over the wire, as a .pcap file
 *
 * Ethernet frames with nanosecond stamps, as tcpdump and Wireshark read them.
 * Writing is buffered: only capture_close() knows whether all of it arrived.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "errmsg.h"

#include <stddef.h>
#include <stdint.h>

struct capture;

/* NULL, and *err, if the file cannot be made. An old one is overwritten. */
struct capture *capture_open(const char *path, struct errmsg *err);

/* t_ns is CLOCK_REALTIME's, as an event's. */
void capture_add(struct capture *c, int64_t t_ns, const uint8_t *frame,
		 size_t len);

/* Frees c in any case. -1 and *err if anything was not written: a full disk. */
int capture_close(struct capture *c, struct errmsg *err);

#endif
