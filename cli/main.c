/*
 * The doors: shell arguments, the prompt, a script on standard input. All of
 * them lead to command_run().
 */
#include "box/box.h"
#include "box/frames.h"
#include "box/puppet.h"
#include "buf.h"
#include "command.h"
#include "prompt.h"
#include "session.h"
#include "view/record.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_JSON = 256,
	OPT_WIDE,
	OPT_ALL,
	OPT_NO_BOX,
	OPT_NO_STRACE,
	OPT_HOLD,
	OPT_LIMIT,
	OPT_COLUMNS,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "wide", no_argument, NULL, OPT_WIDE },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "no-box", no_argument, NULL, OPT_NO_BOX },
	{ "no-strace", no_argument, NULL, OPT_NO_STRACE },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "columns", required_argument, NULL, OPT_COLUMNS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static void on_signal(int sig)
{
	if (sig == SIGINT)
		session_interrupted = 1;
	else
		session_terminated = sig;
}

static void catch_signals(void)
{
	/* No SA_RESTART: poll() and read() are to be woken. */
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	/* A reader that has gone is seen as EPIPE, once, at the end. */
	signal(SIGPIPE, SIG_IGN);
}

/* The TracerPid line of proc(5): is somebody's strace on us? */
static bool is_traced(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	int tracer = 0;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	fclose(f);
	return tracer != 0;
}

static int number_option(const char *name, const char *text, long *n)
{
	char *end;

	*n = strtol(text, &end, 10);
	if (*end == '\0' && *n >= 1 && *n <= 100000)
		return 0;
	fprintf(stderr, "underglass: --%s: '%s' is no number from 1 on\n",
		name, text);
	return -1;
}

/* Returns -1 to go on, else an exit status. */
static int read_options(struct session *s, int argc, char **argv,
			const char **word)
{
	int opt;
	long n;

	while ((opt = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (opt) {
		case OPT_JSON:
			s->json = true;
			break;
		case OPT_WIDE:
			s->view_opt.wide = true;
			break;
		case OPT_ALL:
			s->view_opt.all = true;
			break;
		case OPT_NO_BOX:
			s->plain = true;
			break;
		case OPT_NO_STRACE:
			s->no_strace = true;
			break;
		case OPT_HOLD:
			s->hold = true;
			break;
		case OPT_LIMIT:
			if (number_option("limit", optarg, &n) == -1)
				return EXIT_USAGE;
			session_set_limit(s, n);
			break;
		case OPT_COLUMNS:
			if (number_option("columns", optarg, &n) == -1)
				return EXIT_USAGE;
			s->view_opt.columns = n;
			break;
		case 'h':
			*word = "help";
			break;
		case 'V':
			*word = "version";
			break;
		default:
			fprintf(stderr, "underglass: `underglass help` says "
				"which options there are\n");
			return EXIT_USAGE;
		}
	}
	return -1;
}

/*
 * A full disk or the like is noticed; a reader that had seen enough (head) is
 * no error.
 */
static int flush_output(int rc)
{
	bool failed = ferror(stdout) || fflush(stdout) == EOF;

	if (!failed || errno == EPIPE)
		return rc;
	fprintf(stderr, "underglass: standard output: %s\n", strerror(errno));
	return rc == EXIT_HELD ? EXIT_NOT_HELD : rc;
}

static int one_command(struct session *s, int argc, char **argv)
{
	struct errmsg err = { 0 };
	int rc = command_run(s, CMD_SHELL, argc, argv, &err);

	fflush(stdout);
	if (err.text[0])
		fprintf(stderr, "underglass: %s\n", err.text);
	session_close_run(s);
	return rc;
}

static void die_of_signal(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}

/*
 * What we open must not get the number of a standard stream that was closed,
 * for it would be taken for that. Reading only: writing fails as it did.
 */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			open("/dev/null", O_RDONLY);
}

int main(int argc, char **argv)
{
	struct session s = { .predict = true };
	struct view *shown, *kept;
	const char *word = NULL;
	bool one;
	int rc;

	/* What `start NAME puppet` runs in the box. */
	if (argc == 2 && !strcmp(argv[1], "--puppet"))
		return puppet_main(PUPPET_FD);
	hold_standard_streams();
	setlocale(LC_ALL, "");
	session_set_limit(&s, 10);
	rc = read_options(&s, argc, argv, &word);
	if (rc != -1)
		return rc;
	catch_signals();
	s.traced = is_traced();
	s.record = record_new();
	kept = record_view(s.record);
	shown = s.json ? view_json_new(stdout) :
		view_text_new(stdout, &s.view_opt);
	/* After one command nobody can ask for it again. */
	one = word || optind < argc;
	s.view = one ? shown : view_tee_new(shown, kept);
	if (s.traced)
		fprintf(stderr, "underglass: another tracer has hold of this "
			"process; the tracing is left to it\n");

	if (word) {
		rc = one_command(&s, 1, (char *[]){ (char *)word, NULL });
	} else if (optind < argc) {
		rc = one_command(&s, argc - optind, argv + optind);
	} else if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		s.interactive = true;
		rc = prompt_run(&s);
	} else {
		rc = script_run(&s, "standard input");
	}
	box_wait_gone();
	s.view->ops->end(s.view);
	if (one)
		kept->ops->end(kept);
	record_free(s.record);
	frames_free(s.frames);
	loop_release(&s.loop);
	rc = flush_output(rc);
	if (session_terminated)
		die_of_signal(session_terminated);
	if (session_interrupted)
		die_of_signal(SIGINT);
	return rc;
}
