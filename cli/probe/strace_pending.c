/*
 * Open addressing, linear. What is taken out leaves no mark behind: the calls
 * after it move up, so that searches stay short however many come and go.
 */
#include "probe/strace_pending.h"

#include <stdlib.h>

#define KEEP_ROOM	4096		/* bytes a spare pending call may keep */

static unsigned int home_of(const struct pending_table *t, pid_t pid)
{
	return (uint32_t)pid * 2654435769U >> (32 - t->bits);
}

/* The slot that holds pid's call, or the free one where it would go. */
static unsigned int slot_of(const struct pending_table *t, pid_t pid)
{
	unsigned int mask = (1U << t->bits) - 1, i = home_of(t, pid);

	while (t->slots[i] && t->slots[i]->pid != pid)
		i = (i + 1) & mask;
	return i;
}

struct pending *pending_find(const struct pending_table *t, pid_t pid)
{
	return t->used ? t->slots[slot_of(t, pid)] : NULL;
}

static void grow(struct pending_table *t)
{
	struct pending *pend;

	free(t->slots);
	t->bits = t->bits ? t->bits + 1 : 4;
	t->slots = xcalloc(1U << t->bits, sizeof(*t->slots));
	for (pend = t->latest; pend; pend = pend->next)
		t->slots[slot_of(t, pend->pid)] = pend;
}

/* Takes it out of the table; the caller has it now. */
static void unlink_pending(struct pending_table *t, struct pending *pend)
{
	unsigned int mask = (1U << t->bits) - 1, free_slot, i, home;

	free_slot = i = slot_of(t, pend->pid);
	t->slots[i] = NULL;
	for (i = (i + 1) & mask; t->slots[i]; i = (i + 1) & mask) {
		home = home_of(t, t->slots[i]->pid);
		if (((i - home) & mask) < ((i - free_slot) & mask))
			continue;
		t->slots[free_slot] = t->slots[i];
		t->slots[i] = NULL;
		free_slot = i;
	}
	t->used--;
	if (pend->prev)
		pend->prev->next = pend->next;
	else
		t->latest = pend->next;
	if (pend->next)
		pend->next->prev = pend->prev;
}

void pending_drop(struct pending_table *t, struct pending *pend)
{
	if (!pend)
		return;
	unlink_pending(t, pend);
	if (pend->text.room > KEEP_ROOM)
		buf_release(&pend->text);
	pend->next = t->spare;
	t->spare = pend;
}

void pending_drop_pid(struct pending_table *t, pid_t pid)
{
	pending_drop(t, pending_find(t, pid));
}

static void link_pending(struct pending_table *t, struct pending *pend,
			 pid_t pid)
{
	if (!t->bits || t->used * 4 >= 3U << t->bits)
		grow(t);
	pend->pid = pid;
	pend->prev = NULL;
	pend->next = t->latest;
	if (t->latest)
		t->latest->prev = pend;
	t->latest = pend;
	t->slots[slot_of(t, pid)] = pend;
	t->used++;
}

struct pending *pending_add(struct pending_table *t, pid_t pid)
{
	struct pending *pend;

	pending_drop_pid(t, pid);
	pend = t->spare;
	if (pend)
		t->spare = pend->next;
	else
		pend = xcalloc(1, sizeof(*pend));
	buf_clear(&pend->text);
	link_pending(t, pend, pid);
	return pend;
}

void pending_move(struct pending_table *t, struct pending *pend, pid_t pid)
{
	unlink_pending(t, pend);
	link_pending(t, pend, pid);
}

void pending_drop_all(struct pending_table *t)
{
	while (t->latest)
		pending_drop(t, t->latest);
}

void pending_release(struct pending_table *t)
{
	struct pending *pend;

	pending_drop_all(t);
	while ((pend = t->spare)) {
		/* Each is in the list once. NOLINTNEXTLINE(clang-analyzer-*) */
		t->spare = pend->next;
		buf_release(&pend->text);
		free(pend);
	}
	free(t->slots);
}
