#include "frames.h"

#include "buf.h"
#include "view/capture.h"

#include <stdlib.h>
#include <string.h>

void frames_add(struct frames *fs, int64_t t_ns, const uint8_t *bytes,
		size_t len)
{
	struct kept_frame *k;

	if (fs->bytes + len > FRAMES_MAX) {
		fs->not_kept++;
		return;
	}
	if (fs->count == fs->room) {
		fs->room = fs->room ? 2 * fs->room : 64;
		fs->list = xrealloc(fs->list, fs->room * sizeof(*fs->list));
	}
	k = &fs->list[fs->count++];
	k->t_ns = t_ns;
	k->number = fs->count;
	k->len = len;
	k->bytes = xcalloc(1, len);
	memcpy(k->bytes, bytes, len);
	fs->bytes += len;
}

static int by_time(const void *a, const void *b)
{
	const struct kept_frame *x = a, *y = b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

int frames_save(struct frames *fs, const char *path, struct errmsg *err)
{
	struct capture *c = capture_open(path, err);

	if (!c)
		return -1;
	/* What was let go by hand came before it was read there. */
	qsort(fs->list, fs->count, sizeof(*fs->list), by_time);
	for (size_t i = 0; i < fs->count; i++)
		capture_add(c, fs->list[i].t_ns, fs->list[i].bytes,
			    fs->list[i].len);
	return capture_close(c, err);
}

void frames_free(struct frames *fs)
{
	if (!fs)
		return;
	for (size_t i = 0; i < fs->count; i++)
		free(fs->list[i].bytes);
	free(fs->list);
	free(fs);
}
