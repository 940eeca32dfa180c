/*
 * Theory of operation. A scene of the recording is cut into segments: one or
 * more commands, and the events up to the next command. Each segment becomes a
 * step. Its expectations look at events from its commands on, so an event may
 * only be expected where it cannot have come before them. That is known of a
 * process that slept, or had ended, when the command was given; of one that was
 * still moving it is not, until it does what only the command can have caused.
 *
 * The lines of one speaker are expected in their order, so of wire, tcp and proc
 * only what has one order is taken. Leaving a line out is always safe, for an
 * expectation is met by the first event that fits after the one before.
 */
#include "keep.h"

#include "buf.h"
#include "command.h"
#include "keep_line.h"
#include "run.h"
#include "view/story.h"
#include "view/vary.h"
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX 16	/* expectations of one process in one segment */

enum motion {
	MOVING,
	SETTLED,	/* in a call that somebody else has to end */
	OVER,
};

struct process {
	pid_t pid;
	pid_t parent;		/* 0: an actor's first */
	const char *who;	/* as the recording has it */
	char *name;		/* as the handout has it; NULL: none */
	bool puppet;
	enum motion motion;

	/* In the segment at hand: */
	bool under_way;		/* nobody knows what its events come from */
	bool rested;		/* it slept when the commands were given */
	size_t events;		/* so far */
	const struct event *previous;
	const char *typed;	/* its line, or NULL */
	const char *killed;	/* "USR1", or NULL */
};

struct segment {
	size_t commands, events, end;	/* entries */
	bool quiet_start, quiet_end;	/* did everything sleep? */
};

struct keeper {
	const struct story *story;
	size_t first, last;		/* entries of this scene */
	bool played;			/* from a handout */
	struct vary vary;
	struct process *procs;
	size_t num_procs;
	struct segment *segs;
	size_t num_segs;
	bool *keep;			/* by entry */
	struct names words;		/* of commands: what is written instead */
	struct names known;		/* $names that the commands set */
};

static struct entry *entry_at(const struct keeper *k, size_t i)
{
	return &k->story->list[i];
}

static bool is_traced(const struct event *ev)
{
	return ev && ev->probe == PROBE_STRACE && ev->pid;
}

/* --- processes --------------------------------------------------------- */

static struct process *find_process(const struct keeper *k, pid_t pid)
{
	for (size_t i = 0; i < k->num_procs; i++)
		if (k->procs[i].pid == pid)
			return &k->procs[i];
	return NULL;
}

static struct process *process_called(const struct keeper *k, const char *who)
{
	for (size_t i = k->num_procs; i-- > 0;)
		if (!strcmp(k->procs[i].who, who))
			return &k->procs[i];
	return NULL;
}

static bool makes_process(const struct event *ev)
{
	return ev->kind == EV_CALL && ev->has_ret && ev->ret > 0 &&
		run_makes_process(ev->call);
}

static void learn_processes(struct keeper *k)
{
	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = entry_at(k, i)->ev;

		if (!is_traced(ev) || find_process(k, ev->pid))
			continue;
		k->procs = xrealloc(k->procs, (k->num_procs + 1) *
				    sizeof(*k->procs));
		k->procs[k->num_procs++] = (struct process){
			.pid = ev->pid, .who = ev->who, .motion = OVER,
		};
	}
	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = entry_at(k, i)->ev;
		struct process *p = is_traced(ev) && makes_process(ev) ?
			find_process(k, ev->ret) : NULL;

		if (p)
			p->parent = ev->pid;
	}
}

static bool is_puppet(const struct keeper *k, const char *who)
{
	const struct process *p = process_called(k, who);

	return p && p->puppet;
}

/* --- commands ---------------------------------------------------------- */

/* What a command says, as far as it is about one process. */
static void note_command(struct keeper *k, const struct words *w)
{
	struct process *p = w->count > 2 ? process_called(k, w->list[1]) :
		NULL;

	if (p && !strcmp(w->list[0], "type"))
		p->typed = w->list[2][0] == '^' ? "" : w->list[2];
	p = w->count > 2 ? process_called(k, w->list[2]) : NULL;
	if (p && !strcmp(w->list[0], "kill"))
		p->killed = w->list[1][1] ? w->list[1] + 1 : "";
}

/* "start again@server puppet": every process of that name is one. */
static void note_puppet(struct keeper *k, const struct words *w)
{
	char *name = xstrndup(w->list[1], strcspn(w->list[1], "@"));

	for (size_t i = 0; i < k->num_procs; i++)
		if (!strcmp(k->procs[i].who, name))
			k->procs[i].puppet = true;
	free(name);
	for (size_t i = 0; i < k->num_procs; i++) {
		const struct process *parent =
			find_process(k, k->procs[i].parent);

		k->procs[i].puppet |= parent && parent->puppet;
	}
}

static void note_names(struct keeper *k, const struct words *w)
{
	bool hosts = !strcmp(w->list[0], "hosts");

	if (!strcmp(w->list[0], "set") && w->count > 1)
		names_set(&k->known, w->list[1], "");
	for (int i = 1; hosts && i < w->count; i++) {
		static const char *const nets[] = { "10.0.0.", "fd00::" };
		char addr[64];

		/* box/net.h; a played handout's commands have addresses. */
		for (size_t n = 0; n < 2; n++) {
			char *name = xasprintf("$%s", w->list[i]);

			snprintf(addr, sizeof(addr), "%s%zu", nets[n],
				 k->known.count + 1);
			free(name);
		}
	}
}
