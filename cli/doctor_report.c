/*
 * What `doctor` prints of what the probes found, and in which mode labs will
 * run. See doctor.h.
 *
 * Exit status: 0 if labs run in the mode that is asked for (the glass box, or
 * plain mode with --no-box) and everything that they need there was seen to
 * work; 3 if it was not, be it that they run in plain mode only, or with less
 * to see, or not at all. What is merely pleasant (colours, small pids) does
 * not count.
 *
 * With --json each check is a line {"type":"check",...}, then comes one
 * {"type":"doctor",...}.
 */
#include "doctor_report.h"

#include "commands.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS	20
#define TEXT_COLUMN	13		/* of why, costs and fix */
#define MAX_COLUMNS	92

static const struct {
	const char *name, *title;
} groups[] = {
	[GROUP_MACHINE]	= { "machine", "This machine" },
	[GROUP_BOX]	= { "box", "The glass box" },
	[GROUP_PLAIN]	= { "plain", "Plain mode (--no-box)" },
	[GROUP_SCREEN]	= { "screen", "The screen" },
};
static_assert(sizeof(groups) / sizeof(groups[0]) == NUM_GROUPS,
	      "a group has no name");

static const char *ink(const struct doctor *d, enum ink which)
{
	return style_ink(&d->st, which);
}

static int text_width(const struct doctor *d)
{
	int columns = d->st.columns < MAX_COLUMNS ? d->st.columns :
		MAX_COLUMNS;

	return columns > TEXT_COLUMN + 20 ? columns - TEXT_COLUMN : 20;
}

/* Prose in a column of its own, behind a word. */
static void print_prose(const struct doctor *d, const char *word,
			const char *text)
{
	bool in_code = false;

	while (*text) {
		struct buf b = { 0 };
		const char *next;
		size_t n = style_wrap(&d->st, text, text_width(d), &next);

		style_prose(&d->st, &b, text, n, &in_code);
		printf("%5s%s%-7s%s %s\n", "", ink(d, INK_DIM), word,
		       style_off(&d->st), b.text ? b.text : "");
		buf_release(&b);
		word = "";
		text = next;
	}
}

/* Commands are printed whole, whatever the width: they are to be copied. */
static void print_fix(const struct doctor *d, const char *fix)
{
	const char *word = "fix";

	while (*fix) {
		size_t n = strcspn(fix, "\n");
		char *line = xstrndup(fix, n);

		if (*line == '#')
			print_prose(d, word, line);
		else
			printf("%5s%s%-7s%s %s%s%s\n", "", ink(d, INK_DIM),
			       word, style_off(&d->st), ink(d, INK_BOLD), line,
			       style_off(&d->st));
		free(line);
		word = "";
		fix += n + (fix[n] == '\n');
	}
}

static void print_mark(const struct doctor *d, const struct finding *found,
		       bool needed)
{
	switch (found->state) {
	case CHECK_WORKS:
		printf(" %s%s%s ", ink(d, INK_GOOD), style_check(&d->st),
		       style_off(&d->st));
		break;
	case CHECK_FAILS:
		printf(" %s%s%s ", ink(d, needed ? INK_BAD : INK_BOLD),
		       style_cross(&d->st), style_off(&d->st));
		break;
	case CHECK_UNTESTED:
		printf(" %s%s%s ", ink(d, INK_DIM), style_dot(&d->st),
		       style_off(&d->st));
		break;
	}
}

static void print_text(const struct doctor *d, enum check_id id,
		       const char *fix)
{
	const struct finding *found = &d->found[id];
	const struct check *check = &doctor_checks[id];
	char name[64];

	if (id == CHECK_PROC || check->group != doctor_checks[id - 1].group)
		printf("\n%s%s%s\n", ink(d, INK_TITLE),
		       groups[check->group].title, style_off(&d->st));
	snprintf(name, sizeof(name), "%s%s%s", check->name,
		 found->detail[0] ? " " : "", found->detail);
	print_mark(d, found, check->needed_by != 0);
	printf("%-*s %s%s%s\n", NAME_COLUMNS, name,
	       ink(d, found->state == CHECK_FAILS ? INK_PLAIN : INK_DIM),
	       check->needed_for, style_off(&d->st));
	if (found->state != CHECK_FAILS)
		return;
	print_prose(d, "why", found->why);
	print_prose(d, "costs", check->costs);
	print_fix(d, fix);
}

static void set_string(json_t *o, const char *key, const char *value)
{
	json_t *text = value && *value ? json_string(value) : json_null();

	json_object_set_new(o, key, text ? text : json_string("?"));
}

static void put_json(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

	puts(text ? text : "{\"type\":\"unprintable\"}");
	free(text);
	json_decref(o);
}

static void print_json(const struct doctor *d, enum check_id id,
		       const char *fix)
{
	const struct finding *found = &d->found[id];
	const struct check *check = &doctor_checks[id];
	bool fails = found->state == CHECK_FAILS;
	json_t *o = json_object();

	set_string(o, "type", "check");
	set_string(o, "name", check->name);
	set_string(o, "group", groups[check->group].name);
	json_object_set_new(o, "works",
			    json_boolean(found->state == CHECK_WORKS));
	json_object_set_new(o, "tested",
			    json_boolean(found->state != CHECK_UNTESTED));
	json_object_set_new(o, "needed", json_boolean(check->needed_by != 0));
	set_string(o, "needed_for", check->needed_for);
	set_string(o, "detail", found->detail);
	set_string(o, "why", found->why);
	set_string(o, "costs", fails ? check->costs : NULL);
	set_string(o, "fix", fix);
	put_json(o);
}

void report_check(struct doctor *d, enum check_id id)
{
	struct buf fix = { 0 };

	if (d->found[id].state == CHECK_FAILS)
		doctor_advise(id, &d->facts, &d->found[id], &fix);
	if (fix.len && fix.text[fix.len - 1] == '\n')
		fix.text[fix.len - 1] = '\0';
	if (d->s->json)
		print_json(d, id, fix.text ? fix.text : "");
	else
		print_text(d, id, fix.text ? fix.text : "");
	buf_release(&fix);
}

enum mode {
	MODE_NONE,
	MODE_BOX,
	MODE_PLAIN,
};

static bool works(const struct doctor *d, enum check_id id)
{
	return d->found[id].state == CHECK_WORKS;
}

/* As session_open_run() will decide, and as run_start() will succeed. */
static enum mode choose_mode(const struct doctor *d)
{
	bool box = !d->s->plain && works(d, CHECK_BOX);
	bool blind = d->s->no_strace || d->s->traced;

	if (!works(d, CHECK_PROC) || !works(d, CHECK_TERMINALS))
		return MODE_NONE;
	if (box)
		return blind || works(d, CHECK_TRACING) ? MODE_BOX : MODE_NONE;
	if (!works(d, CHECK_PLAIN))
		return MODE_NONE;
	return blind || works(d, CHECK_PLAIN_TRACING) ? MODE_PLAIN : MODE_NONE;
}

static bool is_unwanted(const struct doctor *d, int id)
{
	return d->s->no_strace && (id == CHECK_STRACE || id == CHECK_TRACING ||
				   id == CHECK_PLAIN_TRACING);
}

/* What labs need in this mode (FOR_...), and have not. */
static size_t find_missing(const struct doctor *d, unsigned int mode,
			   const char **missing)
{
	size_t count = 0;

	for (int id = 0; id < NUM_CHECKS; id++)
		if (d->found[id].state == CHECK_FAILS &&
		    (doctor_checks[id].needed_by & mode) && !is_unwanted(d, id))
			missing[count++] = doctor_checks[id].name;
	return count;
}

static void add_missing(const struct doctor *d, unsigned int mode,
			const char *before, struct buf *b)
{
	const char *list[NUM_CHECKS];
	size_t count = find_missing(d, mode, list);

	if (count)
		buf_str(b, before);
	for (size_t i = 0; i < count; i++)
		buf_fmt(b, "%s%s", i == 0 ? "" : i + 1 < count ? ", " :
			" and ", list[i]);
}

static void summarize(const struct doctor *d, enum mode mode, bool good,
		      struct buf *b)
{
	switch (mode) {
	case MODE_BOX:
		buf_fmt(b, "Labs run in the glass box%s", good ?
			", with all that they need" : "");
		add_missing(d, FOR_BOX, ", but without what needs ", b);
		break;
	case MODE_PLAIN:
		buf_fmt(b, "Labs run in plain mode, %s", d->s->plain ?
			"as --no-box asks" : "because there is no box here");
		add_missing(d, FOR_PLAIN, ", but without what needs ", b);
		buf_str(b, ". They share this machine's pids and loopback; "
			"what needs the wire is reported as not observable "
			"here");
		break;
	case MODE_NONE:
		buf_str(b, "Labs do not run here");
		add_missing(d, d->s->plain ? FOR_PLAIN : FOR_BOX,
			    ": they need ", b);
		break;
	}
	buf_str(b, ".");
	if (mode != MODE_NONE && d->facts.tracer)
		buf_fmt(b, " System calls are left to %s, process %d.",
			d->facts.tracer_name, d->facts.tracer);
	else if (mode != MODE_NONE && d->s->no_strace)
		buf_str(b, " System calls stay unseen, as --no-strace asks.");
}

static void print_paragraph(const struct doctor *d, enum ink which,
			    const char *text)
{
	int columns = d->st.columns < MAX_COLUMNS ? d->st.columns :
		MAX_COLUMNS;

	while (*text) {
		const char *next;
		size_t n = style_wrap(&d->st, text, columns, &next);

		printf("%s%.*s%s\n", ink(d, which), (int)n, text,
		       style_off(&d->st));
		text = next;
	}
}

void report_machine(const struct doctor *d)
{
	const struct facts *f = &d->facts;
	struct buf b = { 0 };

	buf_fmt(&b, "%s, %s, as %s", f->os_name, f->kernel,
		f->root ? "root" : "an ordinary user");
	if (f->chrooted)
		buf_str(&b, ", in a chroot");
	if (f->container != CONTAINER_NONE)
		buf_fmt(&b, ", in a container (%s)",
			container_name(f->container));
	print_paragraph(d, INK_DIM, b.text);
	buf_release(&b);
}

static void print_end_json(const struct doctor *d, const char *text,
			   enum mode mode, const char **missing, size_t count)
{
	json_t *o = json_object(), *list = json_array();

	set_string(o, "type", "doctor");
	set_string(o, "mode", mode == MODE_BOX ? "box" :
		   mode == MODE_PLAIN ? "plain" : NULL);
	json_object_set_new(o, "works", json_boolean(mode != MODE_NONE &&
						     !count));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(missing[i]));
	json_object_set_new(o, "missing", list);
	set_string(o, "distribution", d->facts.os_name);
	set_string(o, "kernel", d->facts.kernel);
	set_string(o, "container", d->facts.container == CONTAINER_NONE ?
		   NULL : container_name(d->facts.container));
	json_object_set_new(o, "chroot", json_boolean(d->facts.chrooted));
	json_object_set_new(o, "root", json_boolean(d->facts.root));
	set_string(o, "summary", text);
	put_json(o);
}

int report_end(const struct doctor *d)
{
	const char *missing[NUM_CHECKS];
	size_t count = find_missing(d, d->s->plain ? FOR_PLAIN : FOR_BOX,
				    missing);
	enum mode mode = choose_mode(d);
	bool good = mode != MODE_NONE && !count;
	struct buf b = { 0 };

	summarize(d, mode, good, &b);
	if (d->s->json) {
		print_end_json(d, b.text, mode, missing, count);
	} else {
		putchar('\n');
		print_paragraph(d, good ? INK_GOOD : INK_BAD, b.text);
	}
	buf_release(&b);
	return good ? EXIT_HELD : EXIT_CANNOT;
}
