/*
 * Theory of operation. A scene of the recording is cut into segments: one or
 * more commands, and the events up to the next command. keep_choose.c says
 * which of these are sure to come again, keep_names.c what the processes and
 * ports in them are called, and keep_write.c makes each segment a step.
 */
#include "keep.h"

#include "buf.h"
#include "command.h"
#include "keep_line.h"
#include "keeper.h"
#include "run.h"
#include "words.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct event *keeper_event(const struct keeper *k, size_t i)
{
	return k->story->list[i].ev;
}

bool keeper_is_traced(const struct event *ev)
{
	return ev && ev->probe == PROBE_STRACE && ev->pid;
}

struct process *keeper_process(const struct keeper *k, pid_t pid)
{
	for (size_t i = 0; i < k->num_procs; i++)
		if (k->procs[i].pid == pid)
			return &k->procs[i];
	return NULL;
}

/* Of two of one name the second one is meant: the first one has ended. */
struct process *keeper_called(const struct keeper *k, const char *who)
{
	for (size_t i = k->num_procs; i-- > 0;)
		if (!strcmp(k->procs[i].who, who))
			return &k->procs[i];
	return NULL;
}

/* --- processes --------------------------------------------------------- */

pid_t keeper_made_by(const struct event *ev)
{
	return keeper_is_traced(ev) && ev->kind == EV_CALL && ev->has_ret &&
		ev->ret > 0 && run_makes_process(ev->call) ? ev->ret : 0;
}

static void learn_processes(struct keeper *k)
{
	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = k->story->list[i].ev;

		if (!keeper_is_traced(ev) || keeper_process(k, ev->pid))
			continue;
		k->procs = xrealloc(k->procs, (k->num_procs + 1) *
				    sizeof(*k->procs));
		k->procs[k->num_procs++] = (struct process){
			.pid = ev->pid, .who = ev->who,
		};
	}
	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = k->story->list[i].ev;
		struct process *p = keeper_process(k, keeper_made_by(ev));

		if (p)
			p->parent = ev->pid;
	}
}

/* Children of puppets are puppets; a parent is always known before. */
static void learn_puppet(struct keeper *k, const char *name)
{
	for (size_t i = 0; i < k->num_procs; i++) {
		struct process *p = &k->procs[i];
		const struct process *parent = keeper_process(k, p->parent);

		p->puppet |= !strcmp(p->who, name) ||
			(parent && parent->puppet);
	}
}

/* --- commands ---------------------------------------------------------- */

/* Did anything come of it in the segment that it begins? */
static bool has_events_of(const struct keeper *k, size_t command,
			  const char *who)
{
	for (size_t i = command + 1; i < k->last &&
	     k->story->list[i].kind == ENTRY_EVENT; i++)
		if (!strcmp(k->story->list[i].ev->who, who))
			return true;
	return false;
}

static bool has_fate(const struct keeper *k, size_t command, const char *fate)
{
	for (size_t i = command + 1; i < k->last &&
	     k->story->list[i].kind == ENTRY_EVENT; i++) {
		const struct event *ev = k->story->list[i].ev;

		if (ev->fate && !strcmp(ev->fate, fate))
			return true;
	}
	return false;
}

static char *actor_name(const char *word)
{
	return xstrndup(word, strcspn(word, "@"));
}

static bool starts_somebody(const struct keeper *k, const struct words *w)
{
	char *name = actor_name(w->list[1]);
	bool known = !strcmp(w->list[2], "puppet") || keeper_called(k, name);

	free(name);
	return known;
}

/* Nothing says whether a command failed but what came of it, or did not. */
static bool has_worked(const struct keeper *k, size_t i,
		       const struct words *w)
{
	const struct process *p = keeper_called(k, w->list[0]);
	struct errmsg ignored;

	if (p && p->puppet)
		return has_events_of(k, i, w->list[0]);
	if (command_check(CMD_HANDOUT, w->count, w->list, &ignored) == -1)
		return false;
	if (!strcmp(w->list[0], "start"))
		return starts_somebody(k, w);
	if (!strcmp(w->list[0], "kill"))
		return keeper_called(k, w->list[2]);
	if (!strcmp(w->list[0], "type") || !strcmp(w->list[0], "wait"))
		return keeper_called(k, w->list[1]);
	if (strcmp(w->list[0], "wire") != 0)
		return true;
	if (w->count > 1 && !strcmp(w->list[1], "next"))
		return has_fate(k, i, "let go");
	if (w->count == 2 && !strcmp(w->list[1], "drop"))
		return has_fate(k, i, "dropped");
	return w->count > 1;
}

/* Played handouts tell addresses: of their hosts, as box/net.h gives them. */
static void learn_hosts(struct gathering *g, const struct words *w)
{
	for (int i = 1; i < w->count; i++) {
		char *addr = xasprintf("10.0.0.%d", ++g->hosts);
		char *name = xasprintf("$%s", w->list[i]);

		names_set(&g->words, addr, name);
		names_set(&g->known, w->list[i], "");
		free(addr);
		free(name);
	}
}

static bool keep_command_at(struct gathering *g, size_t i)
{
	const char *text = g->k->story->list[i].text;
	struct errmsg ignored;
	struct words w;
	bool worked;

	if (words_split(&w, text, &ignored) == -1)
		return false;
	worked = w.count && has_worked(g->k, i, &w);
	if (worked && !strcmp(w.list[0], "start") &&
	    !strcmp(w.list[2], "puppet")) {
		char *name = actor_name(w.list[1]);

		learn_puppet(g->k, name);
		free(name);
	}
	if (worked && !strcmp(w.list[0], "hosts"))
		learn_hosts(g, &w);
	if (worked && !strcmp(w.list[0], "set"))
		names_set(&g->known, w.list[1], "");
	words_release(&w);
	return worked;
}

/* "9", "kill", "SIGKILL": all are "KILL". */
static char *signal_of(const char *word)
{
	const char *name = NULL;
	char *text;

	if (isdigit((unsigned char)*word) && atoi(word) < NSIG)
		name = sigabbrev_np(atoi(word));
	if (!name)
		name = !strncasecmp(word, "SIG", 3) ? word + 3 : word;
	text = xstrdup(name);
	for (char *p = text; *p; p++)
		*p = toupper((unsigned char)*p);
	return text;
}

static void note_typed(struct process *p, const struct words *w)
{
	static const struct { const char *key, *signal; } keys[] = {
		{ "^C", "INT" }, { "^\\", "QUIT" }, { "^Z", "TSTP" },
	};

	free(p->typed);
	p->typed = xstrdup(w->list[2][0] == '^' ? "" : w->list[2]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(w->list[2], keys[i].key)) {
			free(p->killed);
			p->killed = xstrdup(keys[i].signal);
		}
}

/* What a command is to one process. */
static void note_command(struct keeper *k, const char *text)
{
	struct errmsg ignored;
	struct process *p;
	struct words w;

	if (words_split(&w, text, &ignored) == -1)
		return;
	p = w.count ? keeper_called(k, w.list[0]) : NULL;
	if (p && p->puppet) {
		p->told = true;
	} else if (w.count > 2 && !strcmp(w.list[0], "type")) {
		p = keeper_called(k, w.list[1]);
		if (p)
			note_typed(p, &w);
	} else if (w.count == 3 && !strcmp(w.list[0], "kill")) {
		p = keeper_called(k, w.list[2]);
		if (p) {
			free(p->killed);
			p->killed = signal_of(w.list[1] + 1);
		}
	}
	words_release(&w);
}

static void forget_commands(struct keeper *k)
{
	for (size_t i = 0; i < k->num_procs; i++) {
		free(k->procs[i].typed);
		free(k->procs[i].killed);
		k->procs[i].typed = k->procs[i].killed = NULL;
		k->procs[i].told = false;
	}
}

/* --- segments ---------------------------------------------------------- */

static void gather(struct gathering *g)
{
	const struct keeper *k = g->k;
	struct segment *seg = NULL;

	for (size_t i = k->first; i < k->last; i++) {
		const struct entry *e = &k->story->list[i];

		if (e->kind == ENTRY_COMMAND && !(g->command[i] =
						  keep_command_at(g, i)))
			continue;
		/* What came before the first command came of none. */
		if (e->kind == ENTRY_SCENE || (e->kind == ENTRY_EVENT && !seg))
			continue;
		if (e->kind == ENTRY_COMMAND &&
		    (!seg || seg->end > seg->events)) {
			g->segs = xrealloc(g->segs, (g->count + 1) *
					   sizeof(*g->segs));
			seg = &g->segs[g->count++];
			*seg = (struct segment){ .commands = i };
		}
		if (!seg)
			continue;
		if (e->kind == ENTRY_COMMAND)
			seg->events = i + 1;
		seg->end = i + 1;
	}
}

static void choose(struct gathering *g)
{
	struct keeper *k = g->k;

	memset(k->keep + k->first, 0, k->last - k->first);
	for (size_t i = 0; i < k->num_procs; i++) {
		k->procs[i].motion = MOTION_NONE;
		k->procs[i].in_call = false;
	}
	for (size_t i = 0; i < g->count; i++) {
		struct segment *seg = &g->segs[i];

		for (size_t n = seg->commands; n < seg->events; n++)
			if (g->command[n])
				note_command(k, k->story->list[n].text);
		keeper_choose(k, seg);
		forget_commands(k);
	}
}

/* --- a scene ----------------------------------------------------------- */

static void keeper_release(struct keeper *k)
{
	for (size_t i = 0; i < k->num_procs; i++)
		free(k->procs[i].name);
	free(k->procs);
	free(k->keep);
	free(k->at_rest);
	free(k->repeated);
	vary_release(&k->vary);
}

static bool is_played(const struct keeper *k)
{
	for (size_t i = k->first; i < k->last; i++)
		if (k->story->list[i].ev && k->story->list[i].ev->expected)
			return true;
	return false;
}

/* Returns how many steps it has. */
static size_t keep_scene(const struct story *story, size_t first, size_t last,
			 FILE *out)
{
	struct keeper k = { .story = story, .first = first, .last = last };
	struct gathering g = { .k = &k };
	const char *title = first < last &&
		story->list[first].kind == ENTRY_SCENE ?
		story->list[first].text : "";
	bool again = true;

	k.played = is_played(&k);
	k.keep = xcalloc(last + 1, sizeof(*k.keep));
	k.at_rest = xcalloc(last + 1, sizeof(*k.at_rest));
	k.repeated = xcalloc(last + 1, sizeof(*k.repeated));
	g.command = xcalloc(last + 1, sizeof(*g.command));
	vary_learn(&k.vary, story, first, last);
	learn_processes(&k);
	keeper_learn_repeated(&k);
	gather(&g);
	keep_name_processes(&g, true);
	/* A name lost may lose others theirs. */
	while (again) {
		choose(&g);
		again = keep_name_processes(&g, false);
	}
	keep_name_ports(&g);
	keep_name_words(&g);
	if (g.count)
		keep_write_scene(&g, *title ? title : "What was done", out);
	names_release(&g.words);
	names_release(&g.known);
	free(g.segs);
	free(g.command);
	keeper_release(&k);
	return g.count;
}

int keep_as_handout(const char *record, const char *title, FILE *out,
		    struct errmsg *err)
{
	struct story story;
	size_t steps = 0, from = 0, to;

	if (story_read(&story, record, "the recording", err) == -1)
		return -1;
	fprintf(out, "# %s\n\nWhat is this about? This paragraph is what "
		"`labs` shows.\n", title);
	for (; from < story.count; from = to) {
		for (to = from + 1; to < story.count; to++)
			if (story.list[to].kind == ENTRY_SCENE)
				break;
		steps += keep_scene(&story, from, to, out);
	}
	story_release(&story);
	if (!steps)
		return errmsg_set(err, "nothing has been done that a handout "
				  "could do again");
	return 0;
}
