#include "complete.h"

#include "box/wire.h"
#include "buf.h"
#include "command.h"
#include "lab/catalog.h"
#include "lab/handout.h"
#include "puppets.h"
#include "topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

/* readline's functions take no argument of ours. */
static struct session *session;
static char **words;
static size_t num_words;

static void words_clear(void)
{
	for (size_t i = 0; i < num_words; i++)
		free(words[i]);
	free(words);
	words = NULL;
	num_words = 0;
}

static void words_add(const char *word)
{
	words = xrealloc(words, (num_words + 1) * sizeof(*words));
	words[num_words++] = xstrdup(word);
}

static void add_commands(void)
{
	const struct command *cmd;

	for (size_t i = 0; (cmd = command_at(i)); i++)
		if (cmd->flags & CMD_PROMPT)
			words_add(cmd->name);
}

static void add_labs(void)
{
	size_t count;
	char **names = catalog_names(&count);

	for (size_t i = 0; i < count; i++) {
		words_add(names[i]);
		free(names[i]);
	}
	free(names);
}

static void add_topics(void)
{
	for (size_t i = 0; topic_at(i); i++)
		words_add(topic_at(i)->name);
	words_add("puppet");
}

static void add_puppets(void)
{
	const char *name;

	for (size_t i = 0; session->run &&
	     (name = puppets_name(session->run->puppets, i)); i++)
		words_add(name);
}

static void add_calls(void)
{
	for (size_t i = 0; puppet_call_name(i); i++)
		words_add(puppet_call_name(i));
}

static void add_hosts(void)
{
	for (int i = 1; session->run &&
	     i <= wire_num_hosts(session->run->wire); i++)
		words_add(wire_host_name(session->run->wire, i));
}

/* The scenes of the lab that is on the line, by number. */
static void add_scenes(const char *line)
{
	char name[256];
	struct errmsg ignored;
	struct handout *h;
	struct lab *lab;

	if (sscanf(line, "%*s %255s", name) != 1)
		return;
	lab = lab_find(name, &ignored);
	h = lab ? handout_read(lab->handout, &ignored) : NULL;
	for (size_t i = 0; h && i < h->count; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%zu", i + 1);
		words_add(number);
	}
	if (h)
		handout_free(h);
	lab_free(lab);
}

static void add_actors(void)
{
	for (size_t i = 0; session->run && i < session->run->num_procs; i++)
		if (!session->run->procs[i]->gone)
			words_add(session->run->procs[i]->name);
}

static char *next_match(const char *text, int state)
{
	static size_t i;

	if (!state)
		i = 0;
	for (; i < num_words; i++)
		if (!strncmp(words[i], text, strlen(text)))
			return strdup(words[i++]);
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	const struct command *cmd;
	char name[64];

	(void)end;
	words_clear();
	rl_attempted_completion_over = 1;
	if (strspn(rl_line_buffer, " ") == (size_t)start) {
		add_commands();
		add_puppets();
		return rl_completion_matches(text, next_match);
	}
	if (sscanf(rl_line_buffer, "%63s", name) != 1)
		return NULL;
	if (session->run && puppets_has(session->run->puppets, name)) {
		add_calls();
		return rl_completion_matches(text, next_match);
	}
	cmd = command_find(name);
	switch (cmd ? cmd->complete : COMPLETE_NOTHING) {
	case COMPLETE_COMMAND:
		add_commands();
		add_topics();
		break;
	case COMPLETE_HOST:
		add_hosts();
		break;
	case COMPLETE_LAB:
		add_labs();
		add_scenes(rl_line_buffer);
		if (strchr(text, '/') || *text == '.')
			rl_attempted_completion_over = 0;
		break;
	case COMPLETE_ACTOR:
		add_actors();
		break;
	case COMPLETE_FILE:
		rl_attempted_completion_over = 0;
		return NULL;
	default:
		return NULL;
	}
	return rl_completion_matches(text, next_match);
}

void complete_init(struct session *s)
{
	session = s;
	rl_attempted_completion_function = complete;
}
