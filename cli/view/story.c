#include "story.h"

#include "buf.h"
#include "replay.h"
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct collector {
	struct view view;
	struct view_ops ops;
	struct story *story;
};

static struct entry *add(struct view *v, enum entry_kind kind)
{
	struct story *st = ((struct collector *)v)->story;

	if (!(st->count & (st->count - 1)))
		st->list = xrealloc(st->list, (st->count ? 2 * st->count : 1) *
				    sizeof(*st->list));
	st->list[st->count] = (struct entry){ .kind = kind };
	return &st->list[st->count++];
}

static void collect_scene(struct view *v, const struct view_scene *s)
{
	add(v, ENTRY_SCENE)->text = xstrdup(s->title);
}

static void collect_command(struct view *v, const char *text)
{
	add(v, ENTRY_COMMAND)->text = xstrdup(text);
}

/* The pattern belongs to the line of the recording, which does not last. */
static struct event *copy_of(const struct event *ev)
{
	struct event *copy = event_copy(ev);

	copy->expected = ev->expected ? "" : NULL;
	if (!copy->who)
		copy->who = xstrdup("");
	if (!copy->text)
		copy->text = xstrdup("");
	return copy;
}

static void collect_event(struct view *v, const struct event *ev)
{
	if (!ev->startup && (!ev->folded || ev->expected))
		add(v, ENTRY_EVENT)->ev = copy_of(ev);
}

static void collect_met(struct view *v, const struct event *ev)
{
	struct story *st = ((struct collector *)v)->story;

	for (size_t i = st->count; i-- > 0;) {
		struct entry *e = &st->list[i];

		if (e->kind == ENTRY_SCENE)
			break;
		if (e->kind != ENTRY_EVENT || e->ev->seq != ev->seq)
			continue;
		event_free(e->ev);
		e->ev = copy_of(ev);
		return;
	}
	/* It was folded, and is not to be any more. */
	add(v, ENTRY_EVENT)->ev = copy_of(ev);
}

/* Whose line it is, by pid; NULL: no process's. The caller frees it. */
static char *speaker(const struct event *ev)
{
	size_t n;

	if (!ev->pid)
		return NULL;
	if (ev->probe == PROBE_STRACE)
		return xstrdup(ev->who);
	if (ev->kind != EV_PROC || !ev->state)
		return NULL;
	n = strlen(ev->text);
	if (n <= strlen(ev->state) + 1)
		return NULL;
	return xstrndup(ev->text, n - strlen(ev->state) - 1);
}

static void rename_event(struct event *ev, const char *name)
{
	if (ev->kind == EV_PROC) {
		free(ev->text);
		ev->text = xasprintf("%s %s", name, ev->state);
	} else {
		free(ev->who);
		ev->who = xstrdup(name);
	}
}

/*
 * The name that a process has at the end of its scene, for all its lines: from
 * the last back to the first.
 */
static void settle_names(struct story *st)
{
	struct { pid_t pid; char *name; } *known;
	size_t count = 0;

	known = xcalloc(st->count + 1, sizeof(*known));
	for (size_t i = st->count; i-- > 0;) {
		struct event *ev = st->list[i].ev;
		char *name = ev ? speaker(ev) : NULL;
		size_t k = 0;

		if (st->list[i].kind == ENTRY_SCENE)
			while (count)
				free(known[--count].name);
		if (!name)
			continue;
		while (k < count && known[k].pid != ev->pid)
			k++;
		if (k == count) {
			known[count].pid = ev->pid;
			known[count++].name = name;
			continue;
		}
		if (strcmp(name, known[k].name) != 0)
			rename_event(ev, known[k].name);
		free(name);
	}
	while (count)
		free(known[--count].name);
	free(known);
}

int story_read(struct story *st, const char *text, const char *name,
	       struct errmsg *err)
{
	struct collector c = { .ops = view_quiet_ops, .story = st };
	FILE *in;
	int rc;

	*st = (struct story){ 0 };
	if (!*text)
		return 0;
	in = fmemopen((char *)text, strlen(text), "r");
	if (!in)
		return errmsg_errno(err, "%s", name);
	c.ops.scene = collect_scene;
	c.ops.command = collect_command;
	c.ops.event = collect_event;
	c.ops.met = collect_met;
	c.view.ops = &c.ops;
	rc = replay(in, name, &c.view, err);
	fclose(in);
	if (rc == -1)
		story_release(st);
	else
		settle_names(st);
	return rc;
}

void story_release(struct story *st)
{
	for (size_t i = 0; i < st->count; i++) {
		free(st->list[i].text);
		if (st->list[i].ev)
			event_free(st->list[i].ev);
	}
	free(st->list);
	*st = (struct story){ 0 };
}
