/*
 * frames - what went over a wire, kept for a capture file
 *
 * Bounded: the first FRAMES_MAX bytes are kept, the frames after that counted.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include "errmsg.h"

#include <stddef.h>
#include <stdint.h>

#define FRAMES_MAX	(32U << 20)

struct frames {
	struct kept_frame {
		int64_t t_ns;
		size_t number;
		uint32_t len;
		uint8_t *bytes;
	} *list;
	size_t count, room, bytes;
	unsigned long long not_kept;
};

void frames_add(struct frames *fs, int64_t t_ns, const uint8_t *bytes,
		size_t len);
/* In the order of time. */
int frames_save(struct frames *fs, const char *path,
		struct errmsg *err);
void frames_free(struct frames *fs);	/* NULL is fine */

#endif
