/* The handout: the commands and expectations of the segments, as Markdown. */
#include "keeper.h"

#include "buf.h"
#include "keep_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_S		10	/* of a step, if nobody says otherwise */
#define LIMIT_MAX_S	3600	/* the most that `limit` takes */

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
		pid_t pid = keeper_made_by(g->k->story->list[i].ev);

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

/*
 * In seconds: how long the slowest expectation came after the one before it.
 * The segment's first event stands for its commands, of which no time is known.
 */
static int longest_wait(const struct gathering *g, const struct segment *seg)
{
	int64_t since = INT64_MAX, longest = 0;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(g->k, i);

		if (ev && ev->t_ns < since)
			since = ev->t_ns;
	}
	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = keeper_event(g->k, i);

		if (!ev || !g->k->keep[i] || ev->t_ns < since)
			continue;
		if (ev->t_ns - since > longest)
			longest = ev->t_ns - since;
		since = ev->t_ns;
	}
	return longest / 1000000000;
}

/* What comes late needs a limit that lets it: twice its time, in tens. */
static void put_limit(const struct gathering *g, const struct segment *seg,
		      int *limit, FILE *out)
{
	int need = 2 * longest_wait(g, seg);

	if (need < *limit || *limit == LIMIT_MAX_S)
		return;
	need = (need / 10 + 1) * 10;
	*limit = need < LIMIT_MAX_S ? need : LIMIT_MAX_S;
	fprintf(out, "> limit %d\n", *limit);
}

static void put_commands(const struct gathering *g, const struct segment *seg,
			 int *limit, FILE *out)
{
	for (size_t i = seg->commands; i < seg->events; i++) {
		const char *text = g->k->story->list[i].text;

		if (!g->command[i])
			continue;
		put_command(g, seg, text, out);
		sscanf(text, " limit %d", limit);
	}
	put_limit(g, seg, limit, out);
}

void keep_write_scene(const struct gathering *g, const char *title, FILE *out)
{
	int expected = 0, limit = LIMIT_S;

	fprintf(out, "\n## %s\n\nWhat is going to happen here?\n\n```lab\n",
		title);
	for (size_t n = 0; n < g->count; n++) {
		const struct segment *seg = &g->segs[n];

		put_commands(g, seg, &limit, out);
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
