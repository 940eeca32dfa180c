/* The view for a shell's pipes: an event a line, who and text, with a tab. */
#include "view.h"

#include "buf.h"

#include <stdlib.h>

struct events_view {
	struct view view;
	struct view_ops ops;
	FILE *out;
};

static void events_event(struct view *v, const struct event *ev)
{
	struct events_view *e = (struct events_view *)v;

	if (!ev->startup)
		fprintf(e->out, "%s\t%s\n", ev->who ? ev->who : "?", ev->text);
}

static void events_end(struct view *v)
{
	free(v);
}

struct view *view_events_new(FILE *out)
{
	struct events_view *e = xcalloc(1, sizeof(*e));

	e->ops = view_quiet_ops;
	e->ops.event = events_event;
	e->ops.end = events_end;
	e->view.ops = &e->ops;
	e->out = out;
	return &e->view;
}
