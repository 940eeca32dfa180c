/* The commands that play a lab at a person's pace: step, demo, quiz. */
#include "buf.h"
#include "commands.h"
#include "lab/catalog.h"
#include "lab/handout.h"
#include "lab/play.h"
#include "pace.h"
#include "view/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int run_at_pace(struct session *s, enum pace pace, int argc,
		       char **argv, struct errmsg *err)
{
	bool predict = s->predict;
	int rc;

	if (!s->interactive) {
		errmsg_set(err, "%s: it waits for a person; this is no "
			   "terminal. `run %s` plays it", argv[0], argv[1]);
		return EXIT_USAGE;
	}
	s->pace = pace;
	if (pace == PACE_DEMO)
		s->predict = false;
	rc = cmd_run(s, argc, argv, err);
	s->pace = PACE_RUN;
	s->predict = predict;
	return rc;
}

int cmd_step(struct session *s, int argc, char **argv, struct errmsg *err)
{
	return run_at_pace(s, PACE_STEP, argc, argv, err);
}

int cmd_demo(struct session *s, int argc, char **argv, struct errmsg *err)
{
	return run_at_pace(s, PACE_DEMO, argc, argv, err);
}

int cmd_continue(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	(void)argv;
	if (s->pace != PACE_STEP)
		return errmsg_set(err, "continue: nothing stands still; `step "
				  "LAB` stops before each step"), EXIT_USAGE;
	s->pace = PACE_RUN;
	s->go_on = true;
	return EXIT_HELD;
}

/* One prediction of one lab: where it is. */
struct quiz_item {
	char *lab;
	int scene, item;
};

static size_t add_items(struct quiz_item **list, size_t count,
			const char *name)
{
	struct errmsg ignored;
	struct lab *lab = lab_find(name, &ignored);
	struct handout *h = lab ? handout_read(lab->handout, &ignored) : NULL;

	for (size_t i = 0; h && i < h->count; i++)
		for (size_t k = 0; k < h->scenes[i].count; k++) {
			if (h->scenes[i].items[k].kind != ITEM_PREDICTION)
				continue;
			*list = xrealloc(*list, (count + 1) * sizeof(**list));
			(*list)[count++] = (struct quiz_item){
				xstrdup(name), i + 1, k + 1,
			};
		}
	if (h)
		handout_free(h);
	lab_free(lab);
	return count;
}

static void shuffle(struct quiz_item *list, size_t count)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	srandom(now.tv_nsec ^ now.tv_sec);
	for (size_t i = count; i > 1; i--) {
		size_t k = random() % i;
		struct quiz_item t = list[i - 1];

		list[i - 1] = list[k];
		list[k] = t;
	}
}

static int ask_item(struct session *s, const struct quiz_item *item,
		    bool first, struct errmsg *err)
{
	struct play_options opt = { .scene = item->scene,
				    .prediction = item->item,
				    .goes_on = !first };
	struct lab *lab = lab_find(item->lab, err);
	struct handout *h = lab ? handout_read(lab->handout, err) : NULL;
	int rc = EXIT_USAGE;

	if (h && handout_check(h, lab, s, err) == 0)
		rc = play(s, lab, h, &opt, err);
	if (h)
		handout_free(h);
	lab_free(lab);
	return rc;
}

#define QUIZ_LENGTH 5

int cmd_quiz(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct quiz_item *list = NULL;
	size_t labs, count = 0, asked = 0;
	size_t length = argc > 1 ? strtoul(argv[1], NULL, 10) : QUIZ_LENGTH;
	char **names = catalog_names(&labs);
	int rc = EXIT_HELD;

	if (!s->interactive || !length) {
		errmsg_set(err, s->interactive ? "quiz: how many questions?" :
			   "quiz: it asks a person; this is no terminal");
		rc = EXIT_USAGE;
	}
	for (size_t i = 0; i < labs; i++) {
		count = add_items(&list, count, names[i]);
		free(names[i]);
	}
	free(names);
	if (count)
		shuffle(list, count);
	s->guesses = s->right = 0;
	for (; rc != EXIT_USAGE && asked < count && asked < length &&
	       !session_interrupted && !session_terminated; asked++)
		rc = ask_item(s, &list[asked], !asked, err);
	if (rc != EXIT_USAGE)
		printf("\nThe kernel agreed with you in %d of %d.\n",
		       s->right, s->guesses);
	for (size_t i = 0; i < count; i++)
		free(list[i].lab);
	free(list);
	return rc == EXIT_USAGE ? rc : EXIT_HELD;
}
