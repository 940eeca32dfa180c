/* The commands about what has happened: timeline, ladder, save, view. */
#include "box/frames.h"
#include "box/wire.h"
#include "buf.h"
#include "commands.h"
#include "lab/keep.h"
#include "view/ladder.h"
#include "view/record.h"
#include "view/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show_record(struct session *s, struct view *v, struct errmsg *err)
{
	const char *text = record_text(s->record);
	int rc = EXIT_HELD;

	if (!*text) {
		errmsg_set(err, "nothing has happened yet; `run LAB` or "
			   "`start` makes something happen");
		rc = EXIT_CANNOT;
	} else {
		FILE *in = fmemopen((char *)text, strlen(text), "r");

		if (!in || replay(in, "this run", v, err) == -1)
			rc = EXIT_CANNOT;
		if (in)
			fclose(in);
	}
	v->ops->end(v);
	return rc;
}

int cmd_timeline(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct view_options opt = s->view_opt;

	(void)argc;
	(void)argv;
	opt.numbers = true;
	return show_record(s, view_text_new(stdout, &opt), err);
}

int cmd_ladder(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	(void)argv;
	return show_record(s, view_ladder_new(stdout, &s->view_opt), err);
}

static int save_text(const char *path, const char *text, struct errmsg *err)
{
	FILE *f = fopen(path, "we");
	bool failed;

	if (!f)
		return errmsg_errno(err, "save %s", path);
	failed = fputs(text, f) == EOF;
	failed |= fflush(f) == EOF;
	if (failed)
		errmsg_errno(err, "save %s", path);
	fclose(f);
	return failed ? -1 : 0;
}

static int save_frames(const struct session *s, const char *path,
		       struct errmsg *err)
{
	struct frames *fs = s->run ? wire_frames(s->run->wire) :
		s->frames;

	if (!fs || !fs->count)
		return errmsg_set(err, "save %s: nothing went over a wire",
				  path);
	if (frames_save(fs, path, err) == -1)
		return -1;
	printf("%s: %zu frames\n", path, fs->count);
	if (fs->not_kept)
		printf("%llu more were over the limit of %u MB and are not in "
		       "it\n", fs->not_kept, FRAMES_MAX >> 20);
	return 0;
}

/* "mine.md" is about mine, until somebody writes what it is about. */
static char *title_of(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	return xstrndup(name, strlen(name) - strlen(".md"));
}

static int save_handout(const char *path, const char *record,
			struct errmsg *err)
{
	char *title = title_of(path), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int rc;

	if (!out) {
		free(title);
		return errmsg_errno(err, "save %s", path);
	}
	rc = keep_as_handout(record, title, out, err);
	fclose(out);
	if (rc == 0)
		rc = save_text(path, text, err);
	free(title);
	free(text);
	return rc;
}

static bool ends_in(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);

	return n > m && !strcmp(path + n - m, ending);
}

int cmd_save(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const char *path = argv[1], *text;
	int rc;

	(void)argc;
	/* What is still on its way belongs to what was done last. */
	if (s->run && !s->lab)
		session_rest(s);
	text = record_text(s->record);
	if (ends_in(path, ".pcap")) {
		rc = save_frames(s, path, err);
	} else if (!*text) {
		rc = errmsg_set(err, "save: nothing has happened yet");
	} else if (ends_in(path, ".jsonl")) {
		rc = save_text(path, text, err);
	} else if (ends_in(path, ".md")) {
		rc = save_handout(path, text, err);
		if (rc == 0)
			printf("%s: the programs that it starts as ./NAME "
			       "have to lie beside it\n", path);
	} else {
		errmsg_set(err, "save: FILE ends in .md, .jsonl or .pcap");
		return EXIT_USAGE;
	}
	return rc == -1 ? EXIT_CANNOT : EXIT_HELD;
}

static struct view *view_by_name(const struct session *s, const char *name)
{
	if (!strcmp(name, "ladder"))
		return view_ladder_new(stdout, &s->view_opt);
	if (!strcmp(name, "json"))
		return view_json_new(stdout);
	if (!strcmp(name, "events"))
		return view_events_new(stdout);
	if (!strcmp(name, "timeline"))
		return view_text_new(stdout, &s->view_opt);
	return NULL;
}

int cmd_view(struct session *s, int argc, char **argv, struct errmsg *err)
{
	bool is_stdin = !strcmp(argv[1], "-");
	struct view *v = view_by_name(s, argc > 2 ? argv[2] :
				      s->json ? "json" : "timeline");
	FILE *in;
	int rc;

	if (!v) {
		errmsg_set(err, "view: '%s' is no view; timeline, ladder, "
			   "json and events are", argv[2]);
		return EXIT_USAGE;
	}
	in = is_stdin ? stdin : fopen(argv[1], "re");
	if (!in) {
		errmsg_errno(err, "%s", argv[1]);
		v->ops->end(v);
		return EXIT_USAGE;
	}
	rc = replay(in, is_stdin ? "standard input" : argv[1], v, err);
	v->ops->end(v);
	if (!is_stdin)
		fclose(in);
	return rc == -1 ? EXIT_USAGE : EXIT_HELD;
}
