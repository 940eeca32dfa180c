/*
 * Names are given last: a child has one if the call that made it is expected, a
 * port if no other one of its host comes up in the same step, for there nobody
 * could tell which of them a pattern means.
 */
#include "keeper.h"

#include "buf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		if (keeper_made_by(k->story->list[i].ev) == pid)
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

bool keep_name_processes(struct gathering *g, bool first)
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

void keep_name_ports(struct gathering *g)
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

void keep_name_words(struct gathering *g)
{
	const struct keeper *k = g->k;

	for (size_t i = 0; i < k->vary.num_ports; i++)
		learn_port(g, &k->vary.ports[i]);
	for (size_t i = 0; i < k->num_procs; i++)
		if (k->procs[i].name && strcmp(k->procs[i].name,
					       k->procs[i].who) != 0)
			names_set(&g->words, k->procs[i].who,
				  k->procs[i].name);
}
