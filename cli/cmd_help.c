#include "box/puppet.h"
#include "buf.h"
#include "commands.h"
#include "nearest.h"
#include "topics.h"
#include "version.h"
#include "view/style.h"

#include <stdio.h>
#include <string.h>

static void help_all(const struct session *s)
{
	const struct command *cmd;

	for (size_t i = 0; (cmd = command_at(i)); i++) {
		char usage[128];

		if (!s->interactive && !(cmd->flags & CMD_SHELL))
			continue;
		command_usage(cmd, usage, sizeof(usage));
		if (strlen(usage) > 30)
			printf("  %s\n  %-30s  %s\n", usage, "",
			       cmd->summary);
		else
			printf("  %-30s  %s\n", usage, cmd->summary);
	}
	puts("\nand, as `help TOPIC`:");
	for (size_t i = 0; topic_at(i); i++)
		printf("  %-30s  %s\n", topic_at(i)->name,
		       topic_at(i)->summary);
	printf("  %-30s  %s\n", "puppet [CALL]",
	       "the actor that makes the calls which you type");
	if (s->interactive)
		return;
	puts("\n"
	     "Without a command: the prompt, or a script from standard input.\n"
	     "\n"
	     "  --json        JSON Lines instead of text\n"
	     "  --wide        whole lines, however wide the terminal is\n"
	     "  --all         also the loader's calls\n"
	     "  --columns N   as if the terminal had so many\n"
	     "  --no-box      plain mode: no namespaces\n"
	     "  --no-strace   leave tracing to somebody else\n"
	     "  --hold        stop at the end, with the processes alive\n"
	     "  --limit N     seconds that a step waits for its evidence "
	     "(10)\n"
	     "\n"
	     "Exit status: 0 the evidence held, 1 it did not, 2 bad usage or "
	     "an\nunreadable handout, 3 cannot run here. More: "
	     "underglass(1).");
}

/* More than one line of words, at a width that is pleasant to read. */
static void print_wrapped(const char *text)
{
	struct style plain = { 0 };

	while (*text) {
		const char *next;
		size_t n = style_wrap(&plain, text, 72, &next);

		printf("    %.*s\n", (int)n, text);
		text = next;
	}
}

static void help_command(const struct command *cmd)
{
	char usage[128];

	command_usage(cmd, usage, sizeof(usage));
	printf("%s\n    %s\n", usage, cmd->summary);
	if (cmd->help)
		print_wrapped(cmd->help);
}

static int help_puppet(const char *call, struct errmsg *err)
{
	struct buf b = { 0 };
	const char *name;

	if (call) {
		if (puppet_call_help(call, &b, err) == -1)
			return EXIT_USAGE;
		fputs(b.text, stdout);
		if (b.len && b.text[b.len - 1] != '\n')
			putchar('\n');
		buf_release(&b);
		return EXIT_HELD;
	}
	puts("`start a puppet` is an actor that makes the calls which you "
	     "type, as in\n`a socket tcp`. `help puppet CALL` says what one "
	     "takes.\n");
	for (size_t i = 0; (name = puppet_call_name(i)); i++) {
		char usage[96];

		snprintf(usage, sizeof(usage), "%s %s", name,
			 puppet_call_usage(name));
		if (strlen(usage) > 34)
			printf("  %s\n  %-34s  %s\n", usage, "",
			       puppet_call_summary(name));
		else
			printf("  %-34s  %s\n", usage,
			       puppet_call_summary(name));
	}
	printf("\n%s", puppet_words_help());
	return EXIT_HELD;
}

static int help_nothing(const char *word, struct errmsg *err)
{
	const char *names[128] = { "puppet" };
	size_t count = 1;
	char hint[80];

	for (size_t i = 0; topic_at(i) && count < 128; i++)
		names[count++] = topic_at(i)->name;
	for (size_t i = 0; command_at(i) && count < 128; i++)
		names[count++] = command_at(i)->name;
	nearest_hint(hint, sizeof(hint), word, names, count,
		     "; `help` alone lists all there is");
	errmsg_set(err, "no help for '%.100s'%s", word, hint);
	return EXIT_USAGE;
}

int cmd_help(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const struct command *cmd;

	if (argc == 1) {
		help_all(s);
		return EXIT_HELD;
	}
	cmd = command_find(argv[1]);
	if (topic_find(argv[1])) {
		if (cmd)
			help_command(cmd);
		fputs(topic_find(argv[1])->text, stdout);
		return EXIT_HELD;
	}
	if (!strcmp(argv[1], "puppet"))
		return help_puppet(argc > 2 ? argv[2] : NULL, err);
	if (!cmd)
		return help_nothing(argv[1], err);
	help_command(cmd);
	return EXIT_HELD;
}

int cmd_version(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)s;
	(void)argc;
	(void)argv;
	(void)err;
	puts("underglass " UG_VERSION);
	return EXIT_HELD;
}

int cmd_predict(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	if (strcmp(argv[1], "on") != 0 && strcmp(argv[1], "off") != 0) {
		errmsg_set(err, "predict: on or off, not '%s'", argv[1]);
		return EXIT_USAGE;
	}
	s->predict = !strcmp(argv[1], "on");
	return EXIT_HELD;
}

int cmd_quit(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	s->quit = true;
	return EXIT_HELD;
}
