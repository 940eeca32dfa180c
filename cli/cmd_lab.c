/* The commands about labs: labs, show, run, source, command. */
#include "buf.h"
#include "commands.h"
#include "lab/catalog.h"
#include "lab/handout.h"
#include "lab/play.h"
#include "view/record.h"
#include "view/style.h"
#include "words.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct handout *read_lab(const char *name, struct lab **lab,
				struct errmsg *err)
{
	struct handout *h;

	*lab = lab_find(name, err);
	if (!*lab)
		return NULL;
	h = handout_read((*lab)->handout, err);
	if (!h) {
		lab_free(*lab);
		*lab = NULL;
	}
	return h;
}

int cmd_labs(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct style st;
	size_t count;
	char **names = catalog_names(&count);

	(void)s;
	(void)argc;
	(void)argv;
	style_init(&st, stdout, s->view_opt.columns);
	for (size_t i = 0; i < count; i++) {
		struct errmsg why;
		struct lab *lab;
		struct handout *h = read_lab(names[i], &lab, &why);
		struct buf b = { 0 };

		if (!h) {
			fprintf(stderr, "labs: %s\n", why.text);
			free(names[i]);
			continue;
		}
		buf_fmt(&b, "%s%-14s%s %s", style_ink(&st, INK_BOLD),
			names[i], style_off(&st), h->title);
		printf("%s\n", b.text);
		buf_clear(&b);
		for (const char *p = h->summary; *p;) {
			const char *next;
			bool in_code = false;
			size_t n = style_wrap(&st, p, (st.columns < 92 ?
					      st.columns : 92) - 17, &next);

			buf_fmt(&b, "%15s", "");
			style_prose(&st, &b, p, n, &in_code);
			printf("%s\n", b.text);
			buf_clear(&b);
			p = next;
		}
		buf_release(&b);
		handout_free(h);
		lab_free(lab);
		free(names[i]);
	}
	free(names);
	if (!count)
		return errmsg_set(err, "no labs are installed"), EXIT_CANNOT;
	return EXIT_HELD;
}

static int print_file(const char *path, bool numbered, struct errmsg *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int number = 0;

	if (!f)
		return errmsg_errno(err, "%s", path);
	while (getline(&line, &size, f) != -1) {
		if (numbered)
			printf("%4d  ", ++number);
		fputs(line, stdout);
	}
	free(line);
	fclose(f);
	return 0;
}

int cmd_show(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct lab *lab = lab_find(argv[1], err);
	int rc;

	(void)s;
	(void)argc;
	if (!lab)
		return EXIT_USAGE;
	rc = print_file(lab->handout, false, err);
	lab_free(lab);
	return rc == -1 ? EXIT_USAGE : EXIT_HELD;
}

static bool is_number(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isdigit((unsigned char)*s))
			return false;
	return true;
}

/* "n=5", and not a path that happens to have a "=". */
static bool is_knob(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n && s[n] == '=';
}

static int run_one(struct session *s, const char *name, int scene,
		   bool goes_on, struct errmsg *err)
{
	struct play_options opt = {
		.scene = scene,
		.hold = s->hold,
		.goes_on = goes_on,
	};
	struct lab *lab;
	struct handout *h = read_lab(name, &lab, err);
	int rc;

	if (!h)
		return EXIT_USAGE;
	if (scene > (int)h->count) {
		errmsg_set(err, "%s has %zu scenes; there is no scene %d",
			   name, h->count, scene);
		rc = EXIT_USAGE;
	} else if (handout_check(h, lab, s, err) == -1) {
		rc = EXIT_USAGE;
	} else {
		rc = play(s, lab, h, &opt, err);
	}
	handout_free(h);
	lab_free(lab);
	return rc;
}

struct job {
	const char *lab;
	int scene;
};

/* Sort the words into labs, a scene for the lab before it, and knobs. */
static int read_jobs(struct session *s, int argc, char **argv,
		     struct job *jobs, struct errmsg *err)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		if (is_knob(argv[i])) {
			char *eq = strchr(argv[i], '=');
			char *name = xstrndup(argv[i], eq - argv[i]);

			names_set(&s->knobs, name, eq + 1);
			free(name);
		} else if (is_number(argv[i]) && count) {
			jobs[count - 1].scene = atoi(argv[i]);
			if (jobs[count - 1].scene < 1)
				return errmsg_set(err, "scenes count from 1");
		} else {
			jobs[count++] = (struct job){ argv[i], 0 };
		}
	}
	return count ? count : errmsg_set(err, "which lab? `labs` lists them");
}

/* The worst of two exit statuses: what cannot run, then what did not hold. */
static int worse(int a, int b)
{
	return a > b ? a : b;
}

/* At the end the person sees where they were right. */
static void tell_guesses(struct session *s)
{
	char text[64];

	if (!s->guesses)
		return;
	snprintf(text, sizeof(text), "Your predictions: the kernel agreed "
		 "with %d of %d.", s->right, s->guesses);
	s->view->ops->note(s->view, text);
}

int cmd_run(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct job *jobs = xcalloc(argc, sizeof(*jobs));
	const char **labs = xcalloc(argc, sizeof(*labs));
	bool *held = xcalloc(argc, sizeof(*held));
	int count = read_jobs(s, argc, argv, jobs, err);
	int rc = count == -1 ? EXIT_USAGE : EXIT_HELD, done = 0;
	bool played = false;

	s->guesses = s->right = 0;
	for (int i = 0; i < count; i++) {
		struct errmsg why = { 0 };
		int one = run_one(s, jobs[i].lab, jobs[i].scene, played, &why);

		played |= one != EXIT_USAGE;
		labs[done] = jobs[i].lab;
		held[done++] = one == EXIT_HELD;
		rc = worse(rc, one);
		/* One bad lab does not keep the others from being played. */
		if (why.text[0] && count > 1)
			fprintf(stderr, "run: %s\n", why.text);
		else if (why.text[0])
			*err = why;
		if (session_interrupted || session_terminated)
			break;
	}
	if (count > 1)
		s->view->ops->summary(s->view, labs, held, done);
	tell_guesses(s);
	names_release(&s->knobs);
	free(jobs);
	free(labs);
	free(held);
	return rc;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_source(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 2 && !strcmp(d->d_name + n - 2, ".c");
}

int cmd_source(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct lab *lab = lab_find(argv[1], err);
	struct dirent **list;
	int count, shown = 0, rc = 0;

	(void)s;
	if (!lab)
		return EXIT_USAGE;
	count = scandir(lab->source_dir, &list, is_source, by_name);
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];
		size_t n = strlen(list[i]->d_name) - 2;

		snprintf(path, sizeof(path), "%s/%s", lab->source_dir,
			 list[i]->d_name);
		if (argc < 3 || (strlen(argv[2]) == n &&
				 !strncmp(argv[2], list[i]->d_name, n)) ||
		    !strcmp(argv[2], list[i]->d_name)) {
			printf("%s%s:\n", shown++ ? "\n" : "",
			       list[i]->d_name);
			rc |= print_file(path, true, err);
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	if (!shown)
		errmsg_set(err, "%s: no C file%s%s in %s", argv[1],
			   argc > 2 ? " called " : "", argc > 2 ? argv[2] : "",
			   lab->source_dir);
	lab_free(lab);
	return shown && rc == 0 ? EXIT_HELD : EXIT_USAGE;
}

/* A word as the shell takes it, and xargs just so. */
static void add_quoted(struct buf *b, const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:=@%";

	if (*word && !word[strspn(word, safe)]) {
		buf_str(b, word);
		return;
	}
	buf_char(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_str(b, "'\\''");
		else
			buf_char(b, *word);
	}
	buf_char(b, '\'');
}

/* "start NAME ./prog arg": "prog arg", with its path, once. */
static void print_command(const struct lab *lab, const struct words *w,
			  const struct names *knobs, struct names *printed)
{
	struct buf b = { 0 };

	for (int i = 2; i < w->count; i++) {
		struct errmsg ignored;
		char *text = names_expand(knobs, w->list[i], &ignored);

		/* A value that only the run itself will show. */
		if (!text) {
			buf_release(&b);
			return;
		}
		if (i == 2 && text[0] == '.' && text[1] == '/') {
			char *path = xasprintf("%s/%s", lab->program_dir,
					       text + 2);

			free(text);
			text = path;
		}
		if (i > 2)
			buf_char(&b, ' ');
		add_quoted(&b, text);
		free(text);
	}
	if (b.text && !names_get(printed, b.text)) {
		names_set(printed, b.text, "");
		puts(b.text);
	}
	buf_release(&b);
}

struct printer {
	const struct lab *lab;
	struct names knobs, printed;
};

static void print_step(struct printer *pr, const struct step *step)
{
	for (size_t i = 0; i < step->count; i++) {
		struct errmsg ignored;
		struct words w;

		if (step->lines[i].kind != LINE_COMMAND ||
		    words_split(&w, step->lines[i].text, &ignored) == -1)
			continue;
		if (w.count == 3 && !strcmp(w.list[0], "set"))
			names_set(&pr->knobs, w.list[1], w.list[2]);
		if (w.count > 2 && !strcmp(w.list[0], "start") &&
		    strcmp(w.list[2], "puppet") != 0)
			print_command(pr->lab, &w, &pr->knobs, &pr->printed);
		words_release(&w);
	}
}

int cmd_command(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct printer pr = { 0 };
	struct lab *lab;
	struct handout *h = read_lab(argv[1], &lab, err);

	(void)s;
	(void)argc;
	if (!h)
		return EXIT_USAGE;
	pr.lab = lab;
	/* Outside of a box, the hosts of a lab are all this machine. */
	names_set(&pr.knobs, "server", "127.0.0.1");
	names_set(&pr.knobs, "client", "127.0.0.1");
	for (size_t i = 0; i < h->count; i++)
		for (size_t k = 0; k < h->scenes[i].count; k++)
			if (h->scenes[i].items[k].kind == ITEM_STEP)
				print_step(&pr, &h->scenes[i].items[k].step);
	names_release(&pr.knobs);
	names_release(&pr.printed);
	handout_free(h);
	lab_free(lab);
	return EXIT_HELD;
}
