/*
 * Theory of operation. A scene of the recording is cut into segments: one or
 * more commands, and the events up to the next command. keep_choose.c says
 * which of these are sure to come again; each segment then becomes a step.
 *
 * Names are given last: a child has one if the call that made it is expected, a
 * port if no other one of its host comes up in the same step, for there nobody
 * could tell which of them a pattern means.
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

static pid_t made_by(const struct event *ev)
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
		struct process *p = keeper_process(k, made_by(ev));

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

/* The end of the segments that are being gathered. */
struct gathering {
	struct keeper *k;
	struct segment *segs;
	size_t count;
	bool *command;			/* by entry: it is kept */
	struct names words;		/* what is written instead of a word */
	struct names known;		/* $names that the commands set */
	int hosts;
};

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
	for (size_t i = 0; i < k->num_procs; i++)
		k->procs[i].motion = MOTION_NONE;
	for (size_t i = 0; i < g->count; i++) {
		struct segment *seg = &g->segs[i];

		for (size_t n = seg->commands; n < seg->events; n++)
			if (g->command[n])
				note_command(k, k->story->list[n].text);
		keeper_choose(k, seg);
		forget_commands(k);
	}
}

/* --- names ------------------------------------------------------------- */

static struct vary_pid *vary_pid(const struct keeper *k, pid_t pid)
{
	for (size_t i = 0; i < k->vary.num_pids; i++)
		if (k->vary.pids[i].pid == pid)
			return &k->vary.pids[i];
	return NULL;
}

static bool is_taken(const struct gathering *g, const char *name,
		     const struct process *but)
{
	for (size_t i = 0; i < g->k->num_procs; i++) {
		const struct process *p = &g->k->procs[i];

		if (p != but && p->name && !strcmp(p->name, name))
			return true;
	}
	return names_get(&g->known, name);
}

/* "parent.1" is no name for a pattern: "parent1" is. */
static char *child_name(const struct gathering *g, const struct process *p)
{
	struct buf b = { 0 };

	for (const char *c = p->who; *c; c++)
		if (isalnum((unsigned char)*c) || *c == '_')
			buf_char(&b, *c);
	if (!b.len || isdigit((unsigned char)b.text[0]))
		buf_str(&b, "child");
	while (is_taken(g, b.text, p))
		buf_char(&b, '_');
	return buf_take(&b);
}

static bool is_made_in_sight(const struct keeper *k, pid_t pid)
{
	for (size_t i = k->first; i < k->last; i++)
		if (made_by(k->story->list[i].ev) == pid)
			return k->keep[i];
	return false;
}

/*
 * Actors have their names, and so have children of puppets: "a.1", or what
 * `a fork NAME` says. True if anything has changed by it.
 */
static bool name_process(struct gathering *g, struct process *p, bool first)
{
	struct vary_pid *vp = vary_pid(g->k, p->pid);
	char *name = NULL, *variable = NULL;
	bool changed;

	if (!p->parent || p->puppet)
		name = xstrdup(p->who);
	else if (first || is_made_in_sight(g->k, p->pid))
		name = child_name(g, p);
	else if (strchr(p->who, '.'))
		name = xstrdup(p->who);
	if (name && p->parent && !p->puppet && !strchr(name, '.'))
		variable = xstrdup(name);
	changed = !name != !p->name || (name && strcmp(name, p->name) != 0);
	free(p->name);
	p->name = name;
	if (vp) {
		free(vp->name);
		vp->name = variable;
	} else {
		free(variable);
	}
	return changed;
}

static bool name_processes(struct gathering *g, bool first)
{
	bool changed = false;

	for (size_t i = 0; i < g->k->num_procs; i++)
		changed |= name_process(g, &g->k->procs[i], first);
	return changed;
}

static bool has_end(const struct event *ev, const struct vary_port *p)
{
	char *end = xasprintf("%s:%d", p->host, p->port);
	bool has = (ev->kind == EV_PACKET || ev->kind == EV_TCP) &&
		((ev->from && !strcmp(ev->from, end)) ||
		 (ev->to && !strcmp(ev->to, end)));

	free(end);
	return has;
}

/* Is there an expectation that gives the port its name where it comes up? */
static bool is_seen_at_once(const struct gathering *g,
			    const struct segment *seg,
			    const struct vary_port *p)
{
	for (size_t i = seg->events; i < seg->end; i++)
		if (g->k->keep[i] && has_end(g->k->story->list[i].ev, p))
			return true;
	return false;
}

/* Does another port of the same host come up in the same segment? */
static bool is_one_of_many(const struct gathering *g,
			   const struct segment *seg,
			   const struct vary_port *p)
{
	for (size_t i = 0; i < g->k->vary.num_ports; i++) {
		const struct vary_port *q = &g->k->vary.ports[i];

		if (q != p && q->chosen && !strcmp(q->host, p->host) &&
		    q->first >= seg->events && q->first < seg->end)
			return true;
	}
	return false;
}

static void name_ports(struct gathering *g)
{
	for (size_t i = 0; i < g->k->vary.num_ports; i++) {
		struct vary_port *p = &g->k->vary.ports[i];
		const struct segment *seg = NULL;

		if (!p->name)
			continue;
		for (size_t n = 0; n < g->count; n++)
			if (p->first >= g->segs[n].events &&
			    p->first < g->segs[n].end)
				seg = &g->segs[n];
		if (!seg || is_one_of_many(g, seg, p) ||
		    !is_seen_at_once(g, seg, p)) {
			free(p->name);
			p->name = NULL;
			continue;
		}
		while (is_taken(g, p->name, NULL)) {
			char *longer = xasprintf("%s_", p->name);

			free(p->name);
			p->name = longer;
		}
	}
}

/* --- the handout ------------------------------------------------------- */

/* "a fork": the child's name is written out, so that it can be spoken of. */
static const char *forked(const struct gathering *g,
			  const struct segment *seg, const char *text)
{
	const char *space = strchr(text, ' ');
	char *name;
	const struct process *p, *child = NULL;

	if (!space || strcmp(space + strspn(space, " "), "fork") != 0)
		return NULL;
	name = xstrndup(text, space - text);
	p = keeper_called(g->k, name);
	free(name);
	for (size_t i = seg->events; p && p->puppet && i < seg->end; i++) {
		pid_t pid = made_by(g->k->story->list[i].ev);

		if (pid && g->k->story->list[i].ev->pid == p->pid)
			child = keeper_process(g->k, pid);
	}
	return child ? child->name : NULL;
}

static void put_command(const struct gathering *g, const struct segment *seg,
			const char *text, FILE *out)
{
	char *typed = xstrdup(text + strspn(text, " \t")), *line;
	const char *child;
	size_t n = strlen(typed);

	while (n && strchr(" \t", typed[n - 1]))
		typed[--n] = '\0';
	line = keep_command(typed, &g->words, &g->known);
	child = forked(g, seg, typed);
	fprintf(out, "> %s%s%s\n", line, child ? " " : "",
		child ? child : "");
	free(line);
	free(typed);
}

static const char *who_of(const struct keeper *k, const struct event *ev)
{
	return keeper_is_traced(ev) ? keeper_process(k, ev->pid)->name :
		ev->who;
}

/* "parent.1 gone": by the name that the handout has for it. */
static char *pattern_at(const struct keeper *k, size_t i)
{
	const struct event *ev = k->story->list[i].ev;
	struct event named = *ev;
	char *pattern;

	if (ev->kind != EV_PROC)
		return keep_pattern(&k->vary, ev, k->at_rest[i]);
	named.text = xasprintf("%s %s", keeper_process(k, ev->pid)->name,
			       ev->state);
	pattern = keep_pattern(&k->vary, &named, false);
	free(named.text);
	return pattern;
}

static int width_of(const struct gathering *g)
{
	size_t widest = 4;

	for (size_t i = 0; i < g->k->num_procs; i++) {
		const char *name = g->k->procs[i].name;

		if (name && strlen(name) > widest)
			widest = strlen(name);
	}
	return widest < 12 ? widest : 12;
}

static int put_expectations(const struct gathering *g,
			    const struct segment *seg, FILE *out)
{
	int count = 0;

	for (size_t i = seg->events; i < seg->end; i++) {
		char *pattern;

		if (!g->k->keep[i])
			continue;
		pattern = pattern_at(g->k, i);
		if (strlen(pattern) <= PATTERN_MAX) {
			fprintf(out, "%-*s  %s\n", width_of(g),
				who_of(g->k, g->k->story->list[i].ev),
				pattern);
			count++;
		}
		free(pattern);
	}
	return count;
}

/* The puppet that the command at this entry tells something; or NULL. */
static const struct process *told_at(const struct gathering *g, size_t i)
{
	const char *text = g->k->story->list[i].text;
	char *word = xstrndup(text, strcspn(text, " "));
	const struct process *p = keeper_called(g->k, word);

	free(word);
	return p && p->puppet ? p : NULL;
}

/* The calls of one puppet in a row are one step. */
static bool goes_on(const struct gathering *g, size_t n)
{
	const struct process *p = NULL;

	if (n + 1 == g->count)
		return false;
	for (size_t i = g->segs[n].commands; i < g->segs[n].events; i++)
		if (g->command[i])
			p = told_at(g, i);
	for (size_t i = g->segs[n + 1].commands; i < g->segs[n + 1].events;
	     i++)
		if (g->command[i] && told_at(g, i) != p)
			return false;
	return p;
}

static void put_scene(const struct gathering *g, const char *title, FILE *out)
{
	int expected = 0;

	fprintf(out, "\n## %s\n\nWhat is going to happen here?\n\n```lab\n",
		title);
	for (size_t n = 0; n < g->count; n++) {
		const struct segment *seg = &g->segs[n];

		for (size_t i = seg->commands; i < seg->events; i++)
			if (g->command[i])
				put_command(g, seg,
					    g->k->story->list[i].text, out);
		expected += put_expectations(g, seg, out);
		if (goes_on(g, n))
			continue;
		fputs("```\n", out);
		if (expected)
			fputs("\nWhat has happened, and why? Which manual page "
			      "says so?\n", out);
		if (n + 1 < g->count)
			fputs("\n```lab\n", out);
		expected = 0;
	}
}

/* A command may speak of a port that the kernel has chosen. */
static void learn_port(struct gathering *g, const struct vary_port *p)
{
	char number[8], *variable;

	if (!p->chosen || !p->name)
		return;
	snprintf(number, sizeof(number), "%d", p->port);
	variable = xasprintf("$%s", p->name);
	names_set(&g->words, number, variable);
	free(variable);
}

/* --- a scene ----------------------------------------------------------- */

static void keeper_release(struct keeper *k)
{
	for (size_t i = 0; i < k->num_procs; i++)
		free(k->procs[i].name);
	free(k->procs);
	free(k->keep);
	free(k->at_rest);
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
	g.command = xcalloc(last + 1, sizeof(*g.command));
	vary_learn(&k.vary, story, first, last);
	learn_processes(&k);
	gather(&g);
	name_processes(&g, true);
	/* A name lost may lose others theirs. */
	while (again) {
		choose(&g);
		again = name_processes(&g, false);
	}
	name_ports(&g);
	for (size_t i = 0; i < k.vary.num_ports; i++)
		learn_port(&g, &k.vary.ports[i]);
	for (size_t i = 0; i < k.num_procs; i++)
		if (k.procs[i].name && strcmp(k.procs[i].name,
					      k.procs[i].who) != 0)
			names_set(&g.words, k.procs[i].who, k.procs[i].name);
	if (g.count)
		put_scene(&g, *title ? title : "What was done", out);
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
