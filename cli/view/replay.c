#include "replay.h"

#include "buf.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct player {
	struct view *view;
	json_t *line;		/* the strings of the call are its own */
};

/* Never NULL; what would reach the terminal is made harmless. */
static const char *text_of(const json_t *o, const char *key)
{
	json_t *value = json_object_get(o, key);
	char *s = (char *)json_string_value(value);

	if (!s)
		return "";
	for (char *p = s; *p; p++)
		if (iscntrl((unsigned char)*p) && *p != '\n' && *p != '\t')
			*p = '?';
	return s;
}

static char *text_or_null(const json_t *o, const char *key)
{
	return json_is_string(json_object_get(o, key)) ?
		(char *)text_of(o, key) : NULL;
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool flag_of(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static int64_t ns_of(const json_t *o, const char *key)
{
	double s = json_number_value(json_object_get(o, key));

	if (!(s > -1e9 && s < 1e9))
		return 0;
	return (int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5));
}

static enum probe probe_of(const char *name)
{
	for (int i = 0; i < NUM_PROBES; i++)
		if (!strcmp(probe_name(i), name))
			return i;
	return PROBE_STRACE;
}

/* --json does not say the kind; it follows from what is there. */
static enum event_kind kind_of(const json_t *o, enum probe probe)
{
	static const enum event_kind by_probe[] = {
		[PROBE_PROC] = EV_PROC, [PROBE_PACKET] = EV_PACKET,
		[PROBE_TCP] = EV_TCP, [PROBE_COUNT] = EV_COUNT,
	};
	long long kind = number_of(o, "kind");

	if (json_object_get(o, "kind") && kind >= 0 && kind < NUM_EVENT_KINDS)
		return kind;
	if (probe != PROBE_STRACE)
		return by_probe[probe];
	if (flag_of(o, "blocks"))
		return EV_BLOCKED;
	if (json_object_get(o, "call"))
		return EV_CALL;
	if (!strncmp(text_of(o, "text"), "+++", 3))
		return EV_EXIT;
	return EV_SIGNAL;
}

/* event.h wants a constant string. */
static const char *fate_of(const json_t *o)
{
	static const char *const fates[] = { "held", "dropped", "let go",
					     "doubled", "held again" };

	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (!strcmp(text_of(o, "fate"), fates[i]))
			return fates[i];
	return NULL;
}

/* The strings stay the object's. */
static struct event event_of(const json_t *o)
{
	json_t *ret = json_object_get(o, "ret");
	json_t *blocked = json_object_get(o, "blocked");
	struct event ev = {
		.t_ns = ns_of(o, "t"),
		.span_ns = ns_of(o, "span"),
		.probe = probe_of(text_of(o, "probe")),
		.seq = number_of(o, "seq"),
		.pid = number_of(o, "pid"),
		.who = (char *)text_of(o, "who"),
		.text = (char *)text_of(o, "text"),
		.call = text_or_null(o, "call"),
		.args = text_or_null(o, "args"),
		.has_ret = json_is_integer(ret),
		.ret = json_integer_value(ret),
		.error = text_or_null(o, "error"),
		.blocked_ns = json_is_number(blocked) ? ns_of(o, "blocked") :
			-1,
		.signal = text_or_null(o, "signal"),
		.host = text_or_null(o, "host"),
		.fate = fate_of(o),
		.from = text_or_null(o, "from"),
		.to = text_or_null(o, "to"),
		.old_state = text_or_null(o, "old_state"),
		.state = text_or_null(o, "state"),
		.folded = flag_of(o, "folded"),
		.startup = flag_of(o, "startup"),
		.step = number_of(o, "step"),
		.expected = text_or_null(o, "expected"),
	};

	if (json_is_integer(json_object_get(o, "exit"))) {
		ev.has_ret = true;
		ev.ret = number_of(o, "exit");
	}
	ev.kind = kind_of(o, ev.probe);
	if ((ev.kind == EV_CALL || ev.kind == EV_BLOCKED) && !ev.call)
		ev.call = (char *)"";
	return ev;
}

static void play_scene(struct view *v, const json_t *o)
{
	struct view_scene s = {
		.lab = text_of(o, "lab"),
		.lab_title = text_of(o, "title"),
		.title = text_of(o, "scene"),
		.number = number_of(o, "number"),
		.total = number_of(o, "of"),
		.knobs = text_of(o, "knobs"),
	};

	v->ops->scene(v, &s);
}

static void play_step(struct view *v, const json_t *o)
{
	v->ops->step(v, number_of(o, "step"));
}

static void play_command(struct view *v, const json_t *o)
{
	v->ops->command(v, text_of(o, "text"));
}

static void play_event(struct view *v, const json_t *o)
{
	struct event ev = event_of(o);

	v->ops->event(v, &ev);
}

static void play_met(struct view *v, const json_t *o)
{
	struct event ev = event_of(o);

	v->ops->met(v, &ev);
}

static void play_prose(struct view *v, const json_t *o)
{
	v->ops->prose(v, text_of(o, "text"), flag_of(o, "verbatim"));
}

static void play_explain(struct view *v, const json_t *o)
{
	v->ops->explain(v, number_of(o, "step"), text_of(o, "text"),
			flag_of(o, "verbatim"));
}

static void play_question(struct view *v, const json_t *o)
{
	json_t *list = json_object_get(o, "options");
	size_t n = json_array_size(list);
	struct view_option *options = xcalloc(n + 1, sizeof(*options));

	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i);

		options[i].pattern = text_of(item, "pattern");
		options[i].text = text_of(item, "text");
	}
	v->ops->question(v, text_of(o, "text"), options, n);
	free(options);
}

static void play_graded(struct view *v, const json_t *o)
{
	v->ops->graded(v, number_of(o, "answer"), number_of(o, "guess"));
}

static void play_waiting(struct view *v, const json_t *o)
{
	v->ops->waiting(v, text_of(o, "text"), number_of(o, "seconds"));
}

static void play_note(struct view *v, const json_t *o)
{
	v->ops->note(v, text_of(o, "text"));
}

static struct view_missing missing_of(const json_t *o)
{
	return (struct view_missing){
		.who = text_of(o, "who"),
		.pattern = text_of(o, "pattern"),
		.file = text_of(o, "file"),
		.line = number_of(o, "line"),
		.never = flag_of(o, "never"),
		.why = text_or_null(o, "why"),
	};
}

static void play_missing(struct view *v, const json_t *o)
{
	json_t *list = json_object_get(o, "nearest");
	struct view_missing m = missing_of(o);
	struct event near[3];

	for (size_t i = 0; i < 3 && i < json_array_size(list); i++) {
		near[i] = event_of(json_array_get(list, i));
		m.nearest[i] = &near[i];
	}
	v->ops->missing(v, &m);
}

static void play_unobservable(struct view *v, const json_t *o)
{
	struct view_unobservable u = {
		text_of(o, "who"), text_of(o, "pattern"),
		text_of(o, "reason"),
	};

	v->ops->unobservable(v, &u);
}

static void play_unmet(struct view *v, const json_t *unobservable,
		       const struct view_missing *missing, size_t n)
{
	for (size_t i = 0; i < json_array_size(unobservable); i++)
		play_unobservable(v, json_array_get(unobservable, i));
	for (size_t i = 0; i < n; i++)
		v->ops->missing(v, &missing[i]);
}

static void play_verdict(struct view *v, const json_t *o)
{
	json_t *missing = json_object_get(o, "missing");
	json_t *unobservable = json_object_get(o, "unobservable");
	size_t n = json_array_size(missing);
	struct view_missing *list = xcalloc(n + 1, sizeof(*list));
	struct view_verdict vd = {
		.held = flag_of(o, "held"),
		.what_if = flag_of(o, "what_if"),
		.seen = number_of(o, "seen"),
		.expected = number_of(o, "expected"),
		.missing = list,
		.num_missing = n,
		.num_unobservable = json_array_size(unobservable),
		.stopped = text_or_null(o, "stopped"),
		.unparsed = number_of(o, "unparsed"),
	};

	for (size_t i = 0; i < n; i++)
		list[i] = missing_of(json_array_get(missing, i));
	/* --json names them here alone; a recording has told them before. */
	if (!flag_of(o, "told"))
		play_unmet(v, unobservable, list, n);
	v->ops->verdict(v, &vd);
	free(list);
}

static void play_summary(struct view *v, const json_t *o)
{
	json_t *labs = json_object_get(o, "held"), *value;
	size_t n = json_object_size(labs), i = 0;
	const char **names = xcalloc(n + 1, sizeof(*names));
	bool *held = xcalloc(n + 1, sizeof(*held));
	const char *key;

	json_object_foreach(labs, key, value) {
		names[i] = key;
		held[i++] = json_is_true(value);
	}
	v->ops->summary(v, names, held, i);
	free(names);
	free(held);
}

static const struct {
	const char *type;
	void (*play)(struct view *v, const json_t *o);
} lines[] = {
	{ "scene", play_scene },
	{ "step", play_step },
	{ "command", play_command },
	{ "event", play_event },
	{ "met", play_met },
	{ "prose", play_prose },
	{ "explain", play_explain },
	{ "question", play_question },
	{ "graded", play_graded },
	{ "waiting", play_waiting },
	{ "note", play_note },
	{ "missing", play_missing },
	{ "unobservable", play_unobservable },
	{ "verdict", play_verdict },
	{ "summary", play_summary },
};

static bool play_line(struct view *v, const json_t *o)
{
	const char *type = text_of(o, "type");

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(lines[i].type, type)) {
			lines[i].play(v, o);
			return true;
		}
	return false;
}

int replay(FILE *in, const char *name, struct view *v, struct errmsg *err)
{
	char *line = NULL;
	size_t size = 0;
	int number = 0, rc = 0;

	while (rc == 0 && getline(&line, &size, in) != -1) {
		json_error_t why;
		json_t *o;

		number++;
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		o = json_loads(line, 0, &why);
		if (!json_is_object(o))
			rc = errmsg_set(err, "%s:%d: not a line of a recorded "
					"run (`save FILE.jsonl`, --json): %s",
					name, number, o ? "no object" :
					why.text);
		else if (!play_line(v, o))
			rc = errmsg_set(err, "%s:%d: '%s' is no type of line "
					"that this version knows", name,
					number, text_of(o, "type"));
		json_decref(o);
	}
	free(line);
	if (rc == 0 && ferror(in))
		return errmsg_errno(err, "%s", name);
	if (rc == 0 && !number)
		return errmsg_set(err, "%s: it is empty; no run was recorded "
				  "in it", name);
	return rc;
}
