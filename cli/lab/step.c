#include "step.h"

#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void phase_add(struct step_state *st)
{
	st->phases = xrealloc(st->phases,
			      (st->num_phases + 1) * sizeof(*st->phases));
	st->phases[st->num_phases++] = (struct phase){ 0 };
}

void step_init(struct step_state *st, const struct step *step)
{
	bool in_commands = false;

	*st = (struct step_state){ .step = step };
	for (size_t i = 0; i < step->count; i++) {
		const struct step_line *line = &step->lines[i];
		bool command = line->kind == LINE_COMMAND;
		struct phase *ph;

		if (!st->num_phases || (command && !in_commands))
			phase_add(st);
		in_commands = command;
		ph = &st->phases[st->num_phases - 1];
		if (command) {
			if (!ph->num_commands)
				ph->commands = line;
			ph->num_commands++;
			continue;
		}
		ph->expects = xrealloc(ph->expects, (ph->num_expects + 1) *
				       sizeof(*ph->expects));
		ph->expects[ph->num_expects++] =
			(struct expect){ .line = line };
	}
}

void step_release(struct step_state *st)
{
	for (size_t i = 0; i < st->num_phases; i++)
		free(st->phases[i].expects);
	free(st->phases);
	*st = (struct step_state){ 0 };
}

/* tcp, proc and count tell of many: the pattern's first word says of whom. */
static size_t subject_length(const struct step_line *line)
{
	if (!strcmp(line->who, "tcp") || !strcmp(line->who, "proc") ||
	    !strcmp(line->who, "count"))
		return strcspn(line->pattern, " ");
	return 0;
}

static bool same_who(const struct expect *a, const struct expect *b)
{
	size_t n = subject_length(a->line);

	return !strcmp(a->line->who, b->line->who) &&
		n == subject_length(b->line) &&
		!strncmp(a->line->pattern, b->line->pattern, n);
}

static bool positive(const struct expect *ex)
{
	return ex->line->kind == LINE_EXPECT && !ex->unobservable;
}

/* The nearest expectation of the same who above it that has to come. */
static const struct expect *above(const struct phase *ph,
				  const struct expect *ex)
{
	for (const struct expect *e = ex; e-- > ph->expects;)
		if (positive(e) && same_who(e, ex))
			return e;
	return NULL;
}

static const struct expect *below(const struct phase *ph,
				  const struct expect *ex)
{
	for (const struct expect *e = ex + 1;
	     e < ph->expects + ph->num_expects; e++)
		if (positive(e) && same_who(e, ex))
			return e;
	return NULL;
}

static bool fits(const struct expect *ex, const struct event *ev,
		 struct names *names)
{
	return !ev->startup && ev->who && !strcmp(ev->who, ex->line->who) &&
		match(ex->line->pattern, ev->text, names);
}

/*
 * "parent clone*(*) = $child": the process that this call made is called child
 * from now on.
 */
static void name_child(struct run *r, const char *pattern,
		       const struct event *ev)
{
	const char *dollar = strrchr(pattern, '$');
	const char *value;

	if (ev->kind != EV_CALL || !ev->has_ret || ev->ret <= 0 || !dollar ||
	    !run_makes_process(ev->call))
		return;
	value = names_get(&r->names, dollar + 1);
	if (value && atoll(value) == ev->ret)
		run_name_pid(r, ev->ret, dollar + 1);
}

static bool try_expect(struct phase *ph, struct expect *ex, struct run *r,
		       step_met_fn *met, void *arg)
{
	const struct expect *prev = above(ph, ex);
	size_t i;

	if (prev && !prev->met)
		return false;
	i = prev ? prev->event + 1 : ph->from;
	for (; i < r->timeline.count; i++) {
		struct event *ev = timeline_at(&r->timeline, i);

		if (!ev || !fits(ex, ev, &r->names))
			continue;
		ex->met = true;
		ex->event = i;
		ev->expected = ex->line->pattern;
		/* Before it is told: the event may be the named one's own. */
		name_child(r, ex->line->pattern, ev);
		if (met)
			met(arg, ex, ev);
		return true;
	}
	return false;
}

int phase_match(struct phase *ph, struct run *r, step_met_fn *met, void *arg)
{
	int total = 0;
	bool again;

	/* A name that one of them gives may be what another waits for. */
	do {
		again = false;
		for (size_t i = 0; i < ph->num_expects; i++) {
			struct expect *ex = &ph->expects[i];

			if (!positive(ex) || ex->met)
				continue;
			if (try_expect(ph, ex, r, met, arg)) {
				again = true;
				total++;
			}
		}
	} while (again);
	return total;
}

void phase_name_unseen(const struct phase *ph, struct run *r)
{
	for (size_t i = 0; i < ph->num_expects; i++) {
		const struct expect *ex = &ph->expects[i];
		const char *dollar = strrchr(ex->line->pattern, '$');
		const struct proc *parent;
		char pid[16];

		if (!ex->unobservable || !dollar ||
		    ex->line->kind == LINE_NEVER ||
		    names_get(&r->names, dollar + 1) ||
		    (strncmp(ex->line->pattern, "clone", 5) != 0 &&
		     strncmp(ex->line->pattern, "fork", 4) != 0))
			continue;
		parent = run_proc_named(r, ex->line->who);
		for (size_t k = 0; parent && k < r->num_procs; k++) {
			const struct proc *p = r->procs[k];

			if (p->named || p->ppid != parent->pid)
				continue;
			snprintf(pid, sizeof(pid), "%d", p->pid);
			names_set(&r->names, dollar + 1, pid);
			run_name_pid(r, p->pid, dollar + 1);
			break;
		}
	}
}

bool phase_complete(const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++)
		if (positive(&ph->expects[i]) && !ph->expects[i].met)
			return false;
	return true;
}

bool phase_needs_rest(const struct phase *ph)
{
	for (size_t i = 0; i < ph->num_expects; i++)
		if (ph->expects[i].line->kind == LINE_NEVER &&
		    !ph->expects[i].unobservable &&
		    !below(ph, &ph->expects[i]))
			return true;
	return false;
}

int phase_settle(struct phase *ph, const struct run *r)
{
	int broken = 0;

	for (size_t k = 0; k < ph->num_expects; k++) {
		struct expect *ex = &ph->expects[k];
		const struct expect *lo, *hi;
		size_t i, end;

		if (ex->line->kind != LINE_NEVER || ex->unobservable)
			continue;
		lo = above(ph, ex);
		hi = below(ph, ex);
		i = lo && lo->met ? lo->event + 1 : ph->from;
		end = hi && hi->met ? hi->event + 1 : r->timeline.count;
		for (; i < end && !ex->broken; i++) {
			struct event *ev = timeline_at(&r->timeline, i);
			struct names trial = { 0 };

			for (size_t n = 0; n < r->names.count; n++)
				names_set(&trial, r->names.list[n].name,
					  r->names.list[n].value);
			if (ev && fits(ex, ev, &trial)) {
				ex->broken = true;
				ex->event = i;
				broken++;
			}
			names_release(&trial);
		}
	}
	return broken;
}

int step_grade(const struct step_state *st, const struct prediction *pr,
	       const struct run *r)
{
	for (size_t k = 0; k < pr->count; k++)
		for (size_t i = st->from; i < r->timeline.count; i++) {
			const struct event *ev = timeline_at(&r->timeline, i);
			struct names trial = { 0 };
			bool hit;

			if (!ev || ev->startup || !ev->who ||
			    strcmp(ev->who, pr->options[k].who))
				continue;
			for (size_t n = 0; n < r->names.count; n++)
				names_set(&trial, r->names.list[n].name,
					  r->names.list[n].value);
			hit = match(pr->options[k].pattern, ev->text, &trial);
			names_release(&trial);
			if (hit)
				return k + 1;
		}
	return 0;
}

void phase_nearest(const struct phase *ph, const struct expect *ex,
		   const struct run *r, const struct event *nearest[3])
{
	int score[3] = { 0 };

	nearest[0] = nearest[1] = nearest[2] = NULL;
	for (size_t i = ph->from; i < r->timeline.count; i++) {
		const struct event *ev = timeline_at(&r->timeline, i);
		int s;

		if (!ev || ev->startup || !ev->who ||
		    strcmp(ev->who, ex->line->who))
			continue;
		s = match_nearness(ex->line->pattern, ev->text, &r->names);
		for (int k = 0; k < 3; k++) {
			if (s <= score[k])
				continue;
			for (int j = 2; j > k; j--) {
				score[j] = score[j - 1];
				nearest[j] = nearest[j - 1];
			}
			score[k] = s;
			nearest[k] = ev;
			break;
		}
	}
}
