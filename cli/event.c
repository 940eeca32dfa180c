#include "event.h"

#include "buf.h"

#include <assert.h>
#include <stdlib.h>

static const char *const probe_names[] = {
	[PROBE_STRACE]	= "strace",
	[PROBE_PROC]	= "proc",
	[PROBE_PACKET]	= "packet",
	[PROBE_TCP]	= "tcp",
	[PROBE_COUNT]	= "count",
};
static_assert(sizeof(probe_names) / sizeof(probe_names[0]) == NUM_PROBES,
	      "a probe has no name");

const char *probe_name(enum probe probe)
{
	return probe_names[probe];
}

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

struct event *event_copy(const struct event *ev)
{
	struct event *copy = xcalloc(1, sizeof(*copy));

	*copy = *ev;
	copy->who = dup_or_null(ev->who);
	copy->text = dup_or_null(ev->text);
	copy->call = dup_or_null(ev->call);
	copy->args = dup_or_null(ev->args);
	copy->error = dup_or_null(ev->error);
	copy->signal = dup_or_null(ev->signal);
	copy->host = dup_or_null(ev->host);
	copy->from = dup_or_null(ev->from);
	copy->to = dup_or_null(ev->to);
	copy->old_state = dup_or_null(ev->old_state);
	copy->state = dup_or_null(ev->state);
	return copy;
}

void event_free(struct event *ev)
{
	if (!ev)
		return;
	free(ev->who);
	free(ev->text);
	free(ev->call);
	free(ev->args);
	free(ev->error);
	free(ev->signal);
	free(ev->host);
	free(ev->from);
	free(ev->to);
	free(ev->old_state);
	free(ev->state);
	free(ev);
}
