/* What can be known to be wrong with a handout before anything runs. */
#include "play.h"

#include "buf.h"
#include "command.h"
#include "commands.h"
#include "nearest.h"
#include "run.h"
#include "words.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the scene has made known so far, line by line. */
struct known {
	const struct handout *h;
	const struct lab *lab;
	struct names names;	/* $names; the values do not matter */
	struct names actors;
};

static int at(const struct known *k, int line, struct errmsg *err,
	      const char *what)
{
	return errmsg_set(err, "%s:%d: %s", k->h->path, line, what);
}

/* The next $name of a text from *p on; false at its end. \$ and $$ are none. */
static bool next_name(const char **p, char *name, size_t size)
{
	for (; **p; (*p)++) {
		size_t n = 0;

		if ((**p == '\\' && (*p)[1]) ||
		    (**p == '$' && (*p)[1] == '$')) {
			(*p)++;
			continue;
		}
		if (**p != '$')
			continue;
		(*p)++;
		while (isalnum((unsigned char)(*p)[n]) || (*p)[n] == '_')
			n++;
		if (n == 0 || n >= size) {
			(*p)--;
			continue;
		}
		memcpy(name, *p, n);
		name[n] = '\0';
		*p += n;
		return true;
	}
	return false;
}

static void learn_names(struct known *k, const char *pattern)
{
	char name[64];

	while (next_name(&pattern, name, sizeof(name)))
		names_set(&k->names, name, "");
}

static int check_used(const struct known *k, const struct step_line *line,
		      struct errmsg *err)
{
	const char *p = line->text;
	char name[64], what[256], quote = 0;

	for (; *p; p += words_step(p, &quote)) {
		const char *from = p;

		if (quote == '\'' || *p != '$')
			continue;
		if (p[1] == '$') {
			p++;
			continue;
		}
		if (!next_name(&from, name, sizeof(name)))
			continue;
		if (names_get(&k->names, name))
			continue;
		snprintf(what, sizeof(what), "$%s is used and never set; a "
			 "line `> set %s VALUE` above gives it one (and $$ is "
			 "a dollar itself)", name, name);
		return at(k, line->line, err, what);
	}
	return 0;
}

/* A folder may be "executed" too, but is no program. */
static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0 && !is_folder(path);
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char try[PATH_MAX];

	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(try, sizeof(try), "%.*s/%s", (int)n, path, program);
		if (is_program(try))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static int check_program(const struct known *k, const struct step_line *line,
			 const char *program, struct errmsg *err)
{
	char path[PATH_MAX], source[PATH_MAX], what[2 * PATH_MAX + 128];

	if (strchr(program, '$'))
		return 0;
	if (!strchr(program, '/')) {
		if (in_path(program) || !strcmp(program, "puppet"))
			return 0;
		snprintf(what, sizeof(what), "%s: no such program in PATH; "
			 "one of the lab's own is written ./%s", program,
			 program);
		return at(k, line->line, err, what);
	}
	if (program[0] == '/')
		snprintf(path, sizeof(path), "%s", program);
	else
		snprintf(path, sizeof(path), "%s/%s", k->lab->program_dir,
			 program);
	if (is_program(path))
		return 0;
	snprintf(source, sizeof(source), "%s/%s.c", k->lab->source_dir,
		 program);
	if (is_folder(path))
		snprintf(what, sizeof(what), "%s is a folder: write which "
			 "program in it, as %s/NAME", path, program);
	else if (access(path, F_OK) == 0)
		snprintf(what, sizeof(what), "%s may not be executed: chmod +x "
			 "lets it, if it is a program", path);
	else if (access(source, R_OK) == 0)
		snprintf(what, sizeof(what), "%s does not exist yet; its "
			 "source does: cc -o %s %s", program, path, source);
	else
		snprintf(what, sizeof(what), "%s: no such program (looked "
			 "for %s)", program, path);
	return at(k, line->line, err, what);
}

static int learn_actor(struct known *k, const struct step_line *line,
		       const char *word, struct errmsg *err)
{
	char *name = xstrndup(word, strcspn(word, "@"));
	struct errmsg why;
	int rc = 0;

	if (!strchr(name, '$') && run_check_name(name, &why) == -1)
		rc = at(k, line->line, err, why.text);
	names_set(&k->actors, name, "");
	free(name);
	return rc;
}

/* "a fork b"; "a.1" is what its first child is called if nobody says so. */
static int learn_child(struct known *k, const struct step_line *line,
		       const struct words *w, struct errmsg *err)
{
	const char *parent = w->list[0], *name = w->list[2];
	size_t len = strlen(parent);

	if (strncmp(name, parent, len) != 0 || name[len] != '.' ||
	    name[len + 1 + strspn(name + len + 1, "0123456789")])
		return learn_actor(k, line, name, err);
	names_set(&k->actors, name, "");
	return 0;
}

/*
 * Whom a command is about: an actor, or where that will do a child, which a
 * pattern has named or which has none of its own ("parent.1").
 */
static int check_whom(const struct known *k, const struct step_line *line,
		      const char *name, bool child, struct errmsg *err)
{
	char what[256];

	if (strpbrk(name, "$.") || names_get(&k->actors, name) ||
	    (child && names_get(&k->names, name)))
		return 0;
	snprintf(what, sizeof(what), "no %s is called '%.50s' here; a line `> "
		 "start %.50s PROGRAM` above makes one", child ? "process" :
		 "actor", name, name);
	return at(k, line->line, err, what);
}

static int check_words(struct known *k, const struct step_line *line,
		       const struct words *w, struct errmsg *err)
{
	struct errmsg why;

	if (names_get(&k->actors, w->list[0])) {
		/* A line for a puppet, which knows its words itself. */
		if (w->count > 2 && !strcmp(w->list[1], "fork"))
			return learn_child(k, line, w, err);
		return 0;
	}
	if (command_check(CMD_HANDOUT, w->count, w->list, &why) == -1)
		return at(k, line->line, err, why.text);
	if (!strcmp(w->list[0], "type") || !strcmp(w->list[0], "wait"))
		return check_whom(k, line, w->list[1], false, err);
	if (!strcmp(w->list[0], "kill"))
		return check_whom(k, line, w->list[2], true, err);
	if (!strcmp(w->list[0], "set")) {
		if (!set_can_name(w->list[1]))
			return at(k, line->line, err,
				  "a knob's name is letters, "
				  "digits and _, a letter first: > set n 1");
		names_set(&k->names, w->list[1], "");
	}
	if (!strcmp(w->list[0], "hosts"))
		for (int i = 1; i < w->count; i++)
			names_set(&k->names, w->list[i], "");
	if (!strcmp(w->list[0], "start")) {
		if (learn_actor(k, line, w->list[1], err) == -1)
			return -1;
		return check_program(k, line, w->list[2], err);
	}
	return 0;
}

static int check_command(struct known *k, const struct step_line *line,
			 struct errmsg *err)
{
	struct errmsg why;
	struct words w;
	int rc;

	if (check_used(k, line, err) == -1)
		return -1;
	if (words_split(&w, line->text, &why) == -1)
		return at(k, line->line, err, why.text);
	rc = w.count ? check_words(k, line, &w, err) : 0;
	words_release(&w);
	return rc;
}

/* Somebody has to be able to say it: an actor, a named child or a probe. */
static int check_who(struct known *k, const char *who, int line,
		     struct errmsg *err)
{
	const char *probes[] = { "proc", "wire", "tcp", "count" };
	char what[256], base[64];
	size_t n = strcspn(who, ".");

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (!strcmp(who, probes[i]))
			return 0;
	snprintf(base, sizeof(base), "%.*s", (int)n, who);
	if (names_get(&k->actors, base) || names_get(&k->names, who))
		return 0;
	snprintf(what, sizeof(what), "nobody is called '%s' here: an actor "
		 "(`> start %s ...`), a child that a pattern names ($%s), or "
		 "one of wire, tcp, proc, count", who, who, who);
	return at(k, line, err, what);
}

/* A child may act before its parent's line names it: so all names first. */
static void learn_step(struct known *k, const struct step *step)
{
	for (size_t i = 0; i < step->count; i++)
		if (step->lines[i].kind == LINE_EXPECT)
			learn_names(k, step->lines[i].pattern);
}

static int check_step(struct known *k, const struct step *step,
		      struct errmsg *err)
{
	for (size_t i = 0; i < step->count; i++) {
		const struct step_line *line = &step->lines[i];

		if (line->kind == LINE_COMMAND &&
		    check_command(k, line, err) == -1)
			return -1;
		if (line->kind == LINE_EXPECT)
			learn_names(k, line->pattern);
	}
	learn_step(k, step);
	for (size_t i = 0; i < step->count; i++) {
		const struct step_line *line = &step->lines[i];

		if (line->kind != LINE_COMMAND &&
		    check_who(k, line->who, line->line, err) == -1)
			return -1;
	}
	return 0;
}

static int check_scene(struct known *k, const struct scene *scene,
		       struct errmsg *err)
{
	const struct prediction *asked = NULL;

	for (size_t i = 0; i < scene->count; i++) {
		const struct item *item = &scene->items[i];

		if (item->kind == ITEM_PREDICTION)
			asked = &item->prediction;
		if (item->kind != ITEM_STEP)
			continue;
		if (check_step(k, &item->step, err) == -1)
			return -1;
		for (size_t o = 0; asked && o < asked->count; o++)
			if (check_who(k, asked->options[o].who,
				      asked->options[o].line, err) == -1)
				return -1;
		asked = NULL;
	}
	return 0;
}

/* A knob that no `set` of the handout knows turns nothing. */
static int check_knobs(const struct handout *h, const struct session *s,
		       const struct names *set, struct errmsg *err)
{
	struct buf known = { 0 };

	for (size_t i = 0; i < set->count; i++)
		buf_fmt(&known, "%s%s", i ? ", " : "", set->list[i].name);
	for (size_t i = 0; i < s->knobs.count; i++) {
		const char *name = s->knobs.list[i].name;

		if (names_get(set, name))
			continue;
		errmsg_set(err, "%s has no knob '%s'%s%s", h->path, name,
			   known.len ? "; it has: " : "; it has none",
			   known.len ? known.text : "");
		buf_release(&known);
		return -1;
	}
	buf_release(&known);
	return 0;
}

static void collect_knobs(const struct scene *scene, struct names *set)
{
	for (size_t i = 0; i < scene->count; i++) {
		const struct step *step = &scene->items[i].step;

		if (scene->items[i].kind != ITEM_STEP)
			continue;
		for (size_t k = 0; k < step->count; k++) {
			struct errmsg ignored;
			struct words w;

			if (step->lines[k].kind != LINE_COMMAND ||
			    words_split(&w, step->lines[k].text,
					&ignored) == -1)
				continue;
			if (w.count == 3 && !strcmp(w.list[0], "set"))
				names_set(set, w.list[1], w.list[2]);
			words_release(&w);
		}
	}
}

int handout_check(const struct handout *h, const struct lab *lab,
		  const struct session *s, struct errmsg *err)
{
	struct names set = { 0 };
	int rc = 0;

	for (size_t i = 0; i < h->count && rc == 0; i++) {
		struct known k = { .h = h, .lab = lab };

		rc = check_scene(&k, &h->scenes[i], err);
		names_release(&k.names);
		names_release(&k.actors);
		collect_knobs(&h->scenes[i], &set);
	}
	if (rc == 0)
		rc = check_knobs(h, s, &set, err);
	names_release(&set);
	return rc;
}
