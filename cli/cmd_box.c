/* The commands that act on the box: at the prompt and in handouts alike. */
#include "ask.h"
#include "beacon.h"
#include "box/wire.h"
#include "buf.h"
#include "commands.h"
#include "lab/catalog.h"
#include "nearest.h"
#include "puppets.h"
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

bool set_can_name(const char *name)
{
	return *name && !strchr(DIGITS, *name) &&
		!name[strspn(name, LETTERS DIGITS)];
}

#define VALUE_MAX 4096	/* bytes: one made of two of itself soon is long */

int cmd_set(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const char *turned = names_get(&s->knobs, argv[1]);

	(void)argc;
	if (!set_can_name(argv[1])) {
		errmsg_set(err, "set: '%s' is no name: that is letters, digits "
			   "and _, a letter first", argv[1]);
		return EXIT_USAGE;
	}
	if (strlen(argv[2]) > VALUE_MAX) {
		errmsg_set(err, "set: a value of more than %d bytes",
			   VALUE_MAX);
		return EXIT_USAGE;
	}
	if (turned && strcmp(turned, argv[2]) != 0)
		s->turned = true;
	names_set(&s->run->names, argv[1], turned ? turned : argv[2]);
	return EXIT_HELD;
}

/* "again@server" runs on server; "server" on the host of that name. */
static int host_of(const struct run *r, const char *name, const char *host,
		   struct errmsg *err)
{
	int number = host ? wire_find_host(r->wire, host, err) :
		wire_host(r->wire, name);

	if (number != -1 || host)
		return number;
	if (wire_num_hosts(r->wire))
		return errmsg_set(err, "on which host? start %s@%s ...", name,
				  wire_host_name(r->wire, 1));
	return 0;
}

static int start_puppet(struct run *r, const char *name, int host,
			struct errmsg *err)
{
	if (command_find(name))
		return errmsg_set(err, "'%s' is a command; a puppet needs a "
				  "name of its own", name);
	return puppets_start(r->puppets, name, host, err);
}

/* Until it has answered, or sleeps in the call, or has ended. */
static void await_puppet(struct session *s, const char *name)
{
	int64_t limit = run_clock() + s->limit_s * 1000000000LL;

	do {
		session_turn(s, 50);
	} while (!puppets_settled(s->run->puppets, name) &&
		 run_clock() < limit && !session_interrupted &&
		 !session_terminated);
}

int cmd_tell(struct session *s, int argc, char **argv, struct errmsg *err)
{
	static struct puppet_request req;
	struct words w = { .count = 0 };
	char *note;
	enum puppet_parsed rc;

	/* What ends its last call may be on its way: a signal just sent. */
	for (int i = 0; i < 6 && puppets_busy(s->run->puppets, argv[0]); i++)
		session_turn(s, 50);
	for (int i = 0; i < argc; i++)
		words_add(&w, argv[i]);
	for (;;) {
		char answer[128];

		rc = puppets_tell(s->run->puppets,
				  (const char *const *)w.list, w.count, &req,
				  err);
		if (rc != PUPPET_MISSING || !s->interactive ||
		    !ask_text(req.missing, answer, sizeof(answer)))
			break;
		if (!strcmp(req.missing, "FD"))
			words_add_fmt(&w, "fd=%s", answer);
		else
			words_add_fmt(&w, "%s", answer);
		err->text[0] = '\0';
	}
	words_release(&w);
	if (rc != PUPPET_OK)
		return EXIT_USAGE;
	err->text[0] = '\0';
	note = xasprintf("`%s`", req.c_line);
	s->view->ops->note(s->view, note);
	free(note);
	await_puppet(s, argv[0]);
	return EXIT_HELD;
}

int cmd_start(struct session *s, int argc, char **argv, struct errmsg *err)
{
	char *name = xstrdup(argv[1]);
	char *host = strchr(name, '@');
	int rc;

	(void)argc;
	if (host)
		*host++ = '\0';
	if (run_check_name(name, err) == -1) {
		free(name);
		return EXIT_USAGE;
	}
	rc = host_of(s->run, name, host, err);
	if (rc != -1 && !strcmp(argv[2], "puppet"))
		rc = start_puppet(s->run, name, rc, err);
	else if (rc != -1)
		rc = run_start(s->run, name, rc, argv + 2, err);
	free(name);
	if (rc == -1) {
		struct errmsg why = *err;

		errmsg_set(err, "start %s: %.400s", argv[1], why.text);
		return EXIT_CANNOT;
	}
	return EXIT_HELD;
}

/* "^C" is one character, "^^" a caret; anything else is itself. */
static void add_typed(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '^' && text[1] >= '@' && text[1] <= '_' &&
		    text[1] != '^')
			buf_char(b, *++text & 0x1f);
		else if (*text == '^' && text[1] == '^')
			buf_char(b, *++text);
		else
			buf_char(b, *text);
	}
}

int cmd_type(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct buf b = { 0 };
	int rc;

	for (int i = 2; i < argc; i++) {
		if (i > 2)
			buf_char(&b, ' ');
		add_typed(&b, argv[i]);
	}
	/* A control character is a key of its own, not the start of a line. */
	if (!(argc == 3 && b.len == 1 && (unsigned char)b.text[0] < ' '))
		buf_char(&b, '\n');
	rc = run_type(s->run, argv[1], b.text, b.len, err);
	buf_release(&b);
	return rc == -1 ? EXIT_NOT_HELD : EXIT_HELD;
}

static int signal_number(const char *name)
{
	char *end;
	long n = strtol(name, &end, 10);

	if (*end == '\0' && n >= 0 && n < NSIG)
		return n;
	if (!strncasecmp(name, "SIG", 3))
		name += 3;
	for (int sig = 1; sig < 32; sig++)
		if (sigabbrev_np(sig) && !strcasecmp(sigabbrev_np(sig), name))
			return sig;
	return -1;
}

static int no_signal(const char *word, const char *name, struct errmsg *err)
{
	const char *names[32];
	size_t count = 0;
	char bare[16], hint[64];

	snprintf(bare, sizeof(bare), "%s", word + (*word == '-'));
	for (char *p = bare; *p; p++)
		*p = toupper((unsigned char)*p);
	for (int sig = 1; sig < 32; sig++)
		if (sigabbrev_np(sig))
			names[count++] = sigabbrev_np(sig);
	nearest_hint(hint, sizeof(hint), bare, names, count, "");
	errmsg_set(err, "kill: '%.60s' is no signal%s (for example: kill "
		   "-TERM %.60s)", word, hint, name);
	return EXIT_USAGE;
}

int cmd_kill(struct session *s, int argc, char **argv, struct errmsg *err)
{
	int sig = argv[1][0] == '-' ? signal_number(argv[1] + 1) : -1;

	(void)argc;
	if (sig == -1) {
		return no_signal(argv[1], argv[2], err);
	}
	if (run_kill(s->run, argv[2], sig, err) == -1)
		return EXIT_NOT_HELD;
	return EXIT_HELD;
}

int cmd_wait(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct actor *a = run_actor(s->run, argv[1]);
	int64_t start = run_clock();
	int tell = 1;

	(void)argc;
	if (!a)
		return run_nobody(s->run, "actor", argv[1], err), EXIT_USAGE;
	while (!a->exited || a->trace_fd != -1) {
		int seconds = (run_clock() - start) / 1000000000LL;

		if (seconds >= tell) {
			char *what = xasprintf("%s to end", argv[1]);

			s->view->ops->waiting(s->view, what, seconds);
			free(what);
			tell = seconds * 3;
		}
		if (session_interrupted || session_terminated)
			return EXIT_HELD;
		if (run_clock() - start > s->limit_s * 1000000000LL) {
			errmsg_set(err, "wait: %s has not ended within %d s",
				   argv[1], s->limit_s);
			return EXIT_NOT_HELD;
		}
		session_turn(s, 50);
		if (s->run->stopped) {
			errmsg_set(err, "%s", s->run->stopped);
			return EXIT_NOT_HELD;
		}
	}
	return EXIT_HELD;
}

int cmd_limit(struct session *s, int argc, char **argv, struct errmsg *err)
{
	char *end;
	long n = strtol(argv[1], &end, 10);

	(void)argc;
	if (*end || n < 1 || n > 3600) {
		errmsg_set(err, "limit: '%s' is no number of seconds from 1 "
			   "to 3600", argv[1]);
		return EXIT_USAGE;
	}
	session_set_limit(s, n);
	return EXIT_HELD;
}

int cmd_pids(struct session *s, int argc, char **argv, struct errmsg *err)
{
	int answers, silent;

	(void)argc;
	(void)argv;
	if (s->run) {
		beacon_write_pids(s->run, stdout);
		return EXIT_HELD;
	}
	answers = beacon_ask_all(stdout, &silent);
	if (silent)
		fprintf(stderr, "pids: %d underglass of yours did not answer; "
			"those pids are missing\n", silent);
	if (answers)
		return EXIT_HELD;
	errmsg_set(err, "pids: no box of yours is open; `underglass run LAB "
		   "--hold` keeps one");
	return EXIT_NOT_HELD;
}
