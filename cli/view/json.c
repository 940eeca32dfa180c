/*
 * The view for programs: JSON Lines, one object a line, each with a "type".
 * README.md and underglass(1) describe the fields.
 *
 * The lines of a step are held back until the step is over, because an event
 * may turn out to be an expected one after it has come. A recording is written
 * at once, in the order of what was seen; see replay.h.
 */
#include "view.h"

#include "buf.h"
#include "utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct json_view {
	struct view view;
	FILE *out;
	bool recording;		/* everything, at once, as it was shown */
	int64_t t0_ns;
	struct held {
		json_t *line;
		unsigned int seq;	/* of an event */
		bool is_event;
	} *held;
	size_t count, room;
};

static struct json_view *json_view(struct view *v)
{
	return (struct json_view *)v;
}

/* jansson escapes what JSON asks for; a terminal obeys DEL and C1, too. */
static void put_harmless(FILE *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\x7f\xc2");
		unsigned char c = text[n], next = c ? text[n + 1] : 0;
		bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;

		fwrite(text, 1, n, out);
		if (c == 0x7f || c1)
			fprintf(out, "\\u%04x", c1 ? next : c);
		else if (c)
			fputc(c, out);
		text += n + (c != 0) + c1;
	}
}

static void put(struct json_view *jv, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER |
				JSON_REAL_PRECISION(12));

	put_harmless(jv->out, text ? text : "{\"type\":\"unprintable\"}");
	fputc('\n', jv->out);
	free(text);
	json_decref(line);
}

static void flush_held(struct json_view *jv)
{
	for (size_t i = 0; i < jv->count; i++)
		put(jv, jv->held[i].line);
	jv->count = 0;
	fflush(jv->out);
}

static struct held *hold(struct json_view *jv, json_t *line)
{
	if (jv->count == jv->room) {
		jv->room = jv->room ? 2 * jv->room : 64;
		jv->held = xrealloc(jv->held, jv->room * sizeof(*jv->held));
	}
	jv->held[jv->count] = (struct held){ .line = line };
	jv->count++;
	if (jv->recording)
		flush_held(jv);
	return &jv->held[jv->recording ? 0 : jv->count - 1];
}

static json_t *object(const char *type)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string(type));
	return o;
}

/* JSON is UTF-8; a path or an argument need not be. */
static char *as_utf8(const char *text)
{
	struct buf b = { 0 };

	utf8_add(&b, text);
	return buf_take(&b);
}

static void set_text(json_t *o, const char *key, const char *value)
{
	char *text = value ? as_utf8(value) : NULL;

	json_object_set_new(o, key, text ? json_string(text) : json_null());
	free(text);
}

static void set_number(json_t *o, const char *key, long long value)
{
	json_object_set_new(o, key, json_integer(value));
}

static void json_scene(struct view *v, const struct view_scene *s)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("scene");

	flush_held(jv);
	jv->t0_ns = s->t0_ns;
	set_text(o, "lab", s->lab);
	set_text(o, "scene", s->title);
	set_text(o, "title", s->lab_title);
	set_number(o, "number", s->number);
	set_number(o, "of", s->total);
	set_text(o, "knobs", s->knobs);
	put(jv, o);
	fflush(jv->out);
}

static void json_step(struct view *v, int number)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("step");

	flush_held(jv);
	set_number(o, "step", number);
	put(jv, o);
}

static void json_command(struct view *v, const char *text)
{
	json_t *o = object("command");

	set_text(o, "text", text);
	hold(json_view(v), o);
}

static void set_call(json_t *o, const struct event *ev)
{
	set_text(o, "call", ev->call);
	set_text(o, "args", ev->args);
	if (ev->has_ret)
		set_number(o, "ret", ev->ret);
	else
		json_object_set_new(o, "ret", json_null());
	set_text(o, "error", ev->error);
	if (ev->blocked_ns >= 0)
		json_object_set_new(o, "blocked",
				    json_real(ev->blocked_ns / 1e9));
	else
		json_object_set_new(o, "blocked", json_null());
}

static json_t *event_object(const struct json_view *jv, const struct event *ev)
{
	json_t *o = object("event");

	json_object_set_new(o, "t", json_real((ev->t_ns - jv->t0_ns) / 1e9));
	if (jv->recording)
		set_number(o, "seq", ev->seq);
	if (ev->span_ns)
		json_object_set_new(o, "span", json_real(ev->span_ns / 1e9));
	set_text(o, "probe", probe_name(ev->probe));
	set_text(o, "who", ev->who);
	if (ev->pid)
		set_number(o, "pid", ev->pid);
	else
		json_object_set_new(o, "pid", json_null());
	set_text(o, "text", ev->text);
	if (ev->kind == EV_CALL || ev->kind == EV_BLOCKED)
		set_call(o, ev);
	if (ev->kind == EV_BLOCKED)
		json_object_set_new(o, "blocks", json_true());
	if (ev->kind == EV_EXIT && ev->has_ret)
		set_number(o, "exit", ev->ret);
	if (ev->signal)
		set_text(o, "signal", ev->signal);
	if (ev->host)
		set_text(o, "host", ev->host);
	if (ev->from)
		set_text(o, "from", ev->from);
	if (ev->to)
		set_text(o, "to", ev->to);
	if (ev->fate)
		set_text(o, "fate", ev->fate);
	if (ev->old_state)
		set_text(o, "old_state", ev->old_state);
	if (ev->state)
		set_text(o, "state", ev->state);
	if (ev->startup)
		json_object_set_new(o, "startup", json_true());
	if (ev->folded)
		json_object_set_new(o, "folded", json_true());
	set_number(o, "step", ev->step);
	set_text(o, "expected", ev->expected);
	if (jv->recording)
		set_number(o, "kind", ev->kind);
	return o;
}

static void json_event(struct view *v, const struct event *ev)
{
	struct json_view *jv = json_view(v);
	struct held *h = hold(jv, event_object(jv, ev));

	if (jv->recording)
		return;		/* written already */
	h->is_event = true;
	h->seq = ev->seq;
}

static void json_met(struct view *v, const struct event *ev)
{
	struct json_view *jv = json_view(v);

	if (jv->recording) {
		json_t *o = event_object(jv, ev);

		set_text(o, "type", "met");
		hold(jv, o);
		return;
	}
	for (size_t i = jv->count; i-- > 0;) {
		if (!jv->held[i].is_event || jv->held[i].seq != ev->seq)
			continue;
		set_text(jv->held[i].line, "expected", ev->expected);
		set_text(jv->held[i].line, "who", ev->who);
		set_text(jv->held[i].line, "text", ev->text);
		return;
	}
}

static void json_prose(struct view *v, const char *text, bool verbatim)
{
	json_t *o = object("prose");

	set_text(o, "text", text);
	if (verbatim)
		json_object_set_new(o, "verbatim", json_true());
	hold(json_view(v), o);
}

static void json_explain(struct view *v, int step, const char *text,
			 bool verbatim)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("explain");

	set_number(o, "step", step);
	set_text(o, "text", text);
	if (verbatim)
		json_object_set_new(o, "verbatim", json_true());
	hold(jv, o);
	flush_held(jv);
}

static void json_question(struct view *v, const char *question,
			  const struct view_option *options, size_t count)
{
	json_t *o = object("question"), *list = json_array();

	set_text(o, "text", question);
	for (size_t i = 0; i < count; i++) {
		json_t *item = json_object();

		set_text(item, "pattern", options[i].pattern);
		set_text(item, "text", options[i].text);
		json_array_append_new(list, item);
	}
	json_object_set_new(o, "options", list);
	hold(json_view(v), o);
}

static void json_graded(struct view *v, int answer, int guess)
{
	json_t *o = object("graded");

	set_number(o, "answer", answer);
	set_number(o, "guess", guess);
	hold(json_view(v), o);
}

static void json_waiting(struct view *v, const char *what, int seconds)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("waiting");

	set_text(o, "text", what);
	set_number(o, "seconds", seconds);
	hold(jv, o);
}

static void json_note(struct view *v, const char *text)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("note");

	set_text(o, "text", text);
	hold(jv, o);
}

static void json_interrupted(struct view *v)
{
	(void)v;
}

static json_t *missing_object(const struct view_missing *m)
{
	json_t *o = json_object();

	set_text(o, "who", m->who);
	set_text(o, "pattern", m->pattern);
	set_text(o, "file", m->file);
	set_number(o, "line", m->line);
	if (m->never)
		json_object_set_new(o, "never", json_true());
	if (m->why)
		set_text(o, "why", m->why);
	return o;
}

static void json_missing(struct view *v, const struct view_missing *m)
{
	struct json_view *jv = json_view(v);
	json_t *o, *list;

	if (!jv->recording)
		return;		/* all of them are in the verdict */
	o = missing_object(m);
	list = json_array();
	set_text(o, "type", "missing");
	for (int i = 0; i < 3 && m->nearest[i]; i++)
		json_array_append_new(list, event_object(jv, m->nearest[i]));
	json_object_set_new(o, "nearest", list);
	hold(jv, o);
}

static void json_unobservable(struct view *v,
			      const struct view_unobservable *u)
{
	struct json_view *jv = json_view(v);
	json_t *o;

	if (!jv->recording)
		return;
	o = object("unobservable");
	set_text(o, "who", u->who);
	set_text(o, "pattern", u->pattern);
	set_text(o, "reason", u->reason);
	hold(jv, o);
}

static void json_verdict(struct view *v, const struct view_verdict *vd)
{
	struct json_view *jv = json_view(v);
	json_t *o = object("verdict");
	json_t *missing = json_array(), *unobservable = json_array();

	for (size_t i = 0; i < vd->num_missing; i++)
		json_array_append_new(missing,
				      missing_object(&vd->missing[i]));
	for (size_t i = 0; i < vd->num_unobservable; i++) {
		json_t *u = json_object();

		set_text(u, "who", vd->unobservable[i].who);
		set_text(u, "pattern", vd->unobservable[i].pattern);
		set_text(u, "reason", vd->unobservable[i].reason);
		json_array_append_new(unobservable, u);
	}
	json_object_set_new(o, "held", json_boolean(vd->held));
	set_number(o, "seen", vd->seen);
	set_number(o, "expected", vd->expected);
	json_object_set_new(o, "missing", missing);
	json_object_set_new(o, "unobservable", unobservable);
	if (vd->what_if)
		json_object_set_new(o, "what_if", json_true());
	if (vd->stopped)
		set_text(o, "stopped", vd->stopped);
	if (vd->unparsed)
		set_number(o, "unparsed", vd->unparsed);
	if (jv->recording)
		json_object_set_new(o, "told", json_true());
	flush_held(jv);
	put(jv, o);
	fflush(jv->out);
}

static void json_summary(struct view *v, const char *const *labs,
			 const bool *held, size_t count)
{
	json_t *o = object("summary"), *list = json_object();

	for (size_t i = 0; i < count; i++) {
		char *lab = as_utf8(labs[i]);

		json_object_set_new(list, lab, json_boolean(held[i]));
		free(lab);
	}
	json_object_set_new(o, "held", list);
	put(json_view(v), o);
}

static void json_end(struct view *v)
{
	struct json_view *jv = json_view(v);

	flush_held(jv);
	free(jv->held);
	free(jv);
}

static const struct view_ops json_ops = {
	.scene = json_scene,
	.step = json_step,
	.command = json_command,
	.event = json_event,
	.met = json_met,
	.prose = json_prose,
	.explain = json_explain,
	.question = json_question,
	.graded = json_graded,
	.waiting = json_waiting,
	.note = json_note,
	.interrupted = json_interrupted,
	.missing = json_missing,
	.unobservable = json_unobservable,
	.verdict = json_verdict,
	.summary = json_summary,
	.end = json_end,
};

struct view *view_json_new(FILE *out)
{
	struct json_view *jv = xcalloc(1, sizeof(*jv));

	jv->view.ops = &json_ops;
	jv->out = out;
	return &jv->view;
}

struct view *view_record_new(FILE *out)
{
	struct view *v = view_json_new(out);

	json_view(v)->recording = true;
	return v;
}

void view_record_to(struct view *v, FILE *out)
{
	json_view(v)->out = out;
}
