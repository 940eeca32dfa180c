/* The commands that put two runs beside each other: again, compare. */
#include "buf.h"
#include "commands.h"
#include "view/compare.h"
#include "view/record.h"
#include "words.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Play without showing anything or asking anybody; *text is the recording, the
 * caller's to free. What was recorded before stays.
 */
static int play_quietly(struct session *s, struct words *w, char **text,
			struct errmsg *err)
{
	struct record *kept = s->record;
	struct view *view = s->view;
	bool predict = s->predict, hold = s->hold;
	int rc;

	s->record = record_new();
	s->view = record_view(s->record);
	s->predict = s->hold = false;
	rc = cmd_run(s, w->count, w->list, err);
	*text = record_take(s->record);
	s->view->ops->end(s->view);
	record_free(s->record);
	s->record = kept;
	s->view = view;
	s->predict = predict;
	s->hold = hold;
	if (rc == EXIT_HELD || rc == EXIT_NOT_HELD)
		return session_interrupted || session_terminated ?
			EXIT_NOT_HELD : EXIT_HELD;
	free(*text);
	*text = NULL;
	return rc;
}

static int show(struct session *s, const char *a, const char *a_name,
		const char *b, const char *b_name, struct errmsg *err)
{
	return compare_runs(a, a_name, b, b_name, stdout, &s->view_opt,
			    err) == -1 ? EXIT_USAGE : EXIT_HELD;
}

/* --- again ------------------------------------------------------------- */

/* What the last run was, as its own recording tells. */
struct last_run {
	char *lab, *knobs;
	int scenes, number, total;
};

static void read_scene(struct last_run *last, const char *line, size_t len)
{
	json_t *o = json_loadb(line, len, 0, NULL);
	const char *lab, *knobs;

	if (json_unpack(o, "{s:s, s:i, s:i, s:s}", "lab", &lab, "number",
			&last->number, "of", &last->total, "knobs",
			&knobs) == 0) {
		last->scenes++;
		free(last->lab);
		free(last->knobs);
		last->lab = xstrdup(lab);
		last->knobs = xstrdup(knobs);
	}
	json_decref(o);
}

static void read_last_run(struct last_run *last, const char *text)
{
	static const char scene[] = "{\"type\":\"scene\"";

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!strncmp(text, scene, strlen(scene)))
			read_scene(last, text, len);
		text += len + (text[len] == '\n');
	}
}

/* "run LAB [SCENE] OLD=KNOBS NEW=KNOBS": of two of one name the last counts. */
static int words_of(struct words *w, const struct last_run *last, int argc,
		    char **argv, struct errmsg *err)
{
	struct words old;

	if (words_split(&old, last->knobs, err) == -1)
		return -1;
	*w = (struct words){ 0 };
	words_add(w, "run");
	words_add(w, last->lab);
	if (last->scenes == 1 && last->total > 1)
		words_add_fmt(w, "%d", last->number);
	for (int i = 0; i < old.count; i++)
		words_add(w, old.list[i]);
	for (int i = 1; i < argc; i++)
		words_add(w, argv[i]);
	words_release(&old);
	return 0;
}

static char *knobs_of(int argc, char **argv)
{
	struct buf b = { 0 };

	for (int i = 1; i < argc; i++)
		buf_fmt(&b, "%s%s", i > 1 ? " " : "", argv[i]);
	return b.len ? buf_take(&b) : xstrdup("once more");
}

static int play_again(struct session *s, const struct last_run *last,
		      int argc, char **argv, struct errmsg *err)
{
	char *first = xasprintf("%s%s%s", last->lab, *last->knobs ? " " : "",
				last->knobs);
	char *second = knobs_of(argc, argv), *text = NULL;
	struct words w;
	int rc = EXIT_USAGE;

	if (words_of(&w, last, argc, argv, err) == 0) {
		rc = play_quietly(s, &w, &text, err);
		words_release(&w);
	}
	if (rc == EXIT_HELD)
		rc = show(s, record_text(s->record), first, text, second,
			  err);
	free(text);
	free(first);
	free(second);
	return rc;
}

int cmd_again(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct last_run last = { 0 };
	int rc = EXIT_USAGE;

	for (int i = 1; i < argc; i++)
		if (!strchr(argv[i], '=')) {
			errmsg_set(err, "again: '%s' is no KNOB=VALUE",
				   argv[i]);
			return EXIT_USAGE;
		}
	read_last_run(&last, record_text(s->record));
	if (!last.lab)
		errmsg_set(err, "again: nothing has been run yet; `run LAB` "
			   "first");
	else if (!strcmp(last.lab, "prompt"))
		errmsg_set(err, "again: what was done by hand cannot be "
			   "played; `save mine.md` makes a lab of it");
	else if (last.scenes != 1 && last.scenes != last.total)
		errmsg_set(err, "again: the last run was not of one lab; "
			   "`run LAB [SCENE]` first");
	else
		rc = play_again(s, &last, argc, argv, err);
	free(last.lab);
	free(last.knobs);
	return rc;
}

/* --- compare ----------------------------------------------------------- */

static int play_scene(struct session *s, char *lab, char *scene, char **text,
		      struct errmsg *err)
{
	struct words w = { 0 };
	int rc;

	words_add(&w, "run");
	words_add(&w, lab);
	words_add(&w, scene);
	rc = play_quietly(s, &w, text, err);
	words_release(&w);
	return rc;
}

static int compare_scenes(struct session *s, char **argv, struct errmsg *err)
{
	char *text[2] = { NULL, NULL }, *names[2];
	int rc = EXIT_HELD;

	for (int i = 0; i < 2 && rc == EXIT_HELD; i++) {
		if (!*argv[2 + i] || argv[2 + i][strspn(argv[2 + i],
							"0123456789")]) {
			errmsg_set(err, "compare: '%s' is no scene's number",
				   argv[2 + i]);
			rc = EXIT_USAGE;
			break;
		}
		rc = play_scene(s, argv[1], argv[2 + i], &text[i], err);
	}
	names[0] = xasprintf("%s %s", argv[1], argv[2]);
	names[1] = xasprintf("%s %s", argv[1], argv[3]);
	if (rc == EXIT_HELD)
		rc = show(s, text[0], names[0], text[1], names[1], err);
	for (int i = 0; i < 2; i++) {
		free(text[i]);
		free(names[i]);
	}
	return rc;
}

static char *read_file(const char *path, struct errmsg *err)
{
	FILE *in = fopen(path, "re");
	struct buf b = { 0 };
	char part[4096];
	size_t n;

	if (!in) {
		errmsg_errno(err, "%s", path);
		return NULL;
	}
	buf_str(&b, "");
	while ((n = fread(part, 1, sizeof(part), in)) > 0)
		buf_add(&b, part, n);
	if (ferror(in)) {
		errmsg_errno(err, "%s", path);
		buf_release(&b);
	}
	fclose(in);
	return b.text;
}

static int compare_files(struct session *s, char **argv, struct errmsg *err)
{
	char *a = read_file(argv[1], err);
	char *b = a ? read_file(argv[2], err) : NULL;
	int rc = EXIT_USAGE;

	if (b)
		rc = show(s, a, argv[1], b, argv[2], err);
	free(a);
	free(b);
	return rc;
}

int cmd_compare(struct session *s, int argc, char **argv, struct errmsg *err)
{
	return argc == 4 ? compare_scenes(s, argv, err) :
		compare_files(s, argv, err);
}
