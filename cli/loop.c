#include "loop.h"

#include "buf.h"

#include <stdlib.h>
#include <time.h>

void loop_add(struct loop *l, int fd, loop_fn *fn, void *arg)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->list = xrealloc(l->list, l->room * sizeof(*l->list));
	}
	l->list[l->count++] = (struct watch){ fd, fn, arg };
}

/* Only marked: loop_turn() may be walking the list. */
void loop_remove(struct loop *l, int fd)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].fd == fd)
			l->list[i].fd = -1;
}

static void sweep(struct loop *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].fd != -1)
			l->list[kept++] = l->list[i];
	l->count = kept;
}

int loop_turn(struct loop *l, int64_t timeout_ns)
{
	struct timespec limit = {
		timeout_ns / 1000000000, timeout_ns % 1000000000,
	};
	struct pollfd *pfd;
	size_t count;
	int ready;

	sweep(l);
	count = l->count;
	pfd = xcalloc(count + 1, sizeof(*pfd));
	for (size_t i = 0; i < count; i++)
		pfd[i] = (struct pollfd){ l->list[i].fd, POLLIN, 0 };

	ready = ppoll(pfd, count, timeout_ns < 0 ? NULL : &limit, NULL);
	for (size_t i = 0; ready > 0 && i < count; i++) {
		/* A copy: the function may make the list move. */
		struct watch w = l->list[i];

		if (pfd[i].revents && w.fd == pfd[i].fd)
			w.fn(w.arg, w.fd, pfd[i].revents);
	}
	free(pfd);
	return ready > 0 ? ready : 0;
}

void loop_release(struct loop *l)
{
	free(l->list);
	*l = (struct loop){ 0 };
}
