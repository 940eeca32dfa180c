/*
 * typist - use a program on a terminal of its own, with a watch in hand
 *
 *	typist [-i FILE] STEP... -- PROGRAM ARG...
 *
 * Without -i the terminal (80 by 24) is the program's standard input as well.
 * The steps, in their order:
 *
 *	type=TEXT	^M is Enter, ^D the end of input, ^^ a caret
 *	wait=TEXT	until the program has printed it, after what was
 *			waited for before
 *	rest=MS		until it has printed nothing for so long
 *	kill=N		SIGKILL to its child (1), its child's child (2), ...
 *	mark		set the watch back (it starts before the program does)
 *	lap=NAME	print "NAME MILLISECONDS" since the last mark or lap
 *	rss=NAME	print "NAME KILOBYTES": what the program has in memory
 *	times=N		do all steps up to the next `done` N times
 *	done
 *	end		until the program has ended
 *
 * Exits with 1, and says at which step, where a wait takes longer than two
 * minutes or the program ends before its time.
 */
#include "buf.h"

#include <err.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS	120000
#define UNREAD_MAX	(1U << 20)

struct typist {
	pid_t pid;
	int pty;
	char *unread;		/* printed, and not waited for yet */
	size_t len;
	double mark_ms;
	const char *step;	/* for messages */
	int loop, left;		/* the step after times=, and how often still */
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void give_up(struct typist *t, const char *why)
{
	fprintf(stderr, "typist: %s: %s; the last that came:\n%.*s\n", t->step,
		why, (int)t->len, t->unread);
	kill(t->pid, SIGKILL);
	exit(1);
}

static void start(struct typist *t, const char *input, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	t->mark_ms = now_ms();
	t->pid = forkpty(&t->pty, NULL, NULL, &size);
	if (t->pid == -1)
		err(1, "forkpty");
	if (t->pid)
		return;
	if (input && !freopen(input, "r", stdin))
		err(127, "%s", input);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* How much came; 0: nothing within that time; -1: the program has ended. */
static ssize_t take_output(struct typist *t, int timeout_ms)
{
	struct pollfd pfd = { t->pty, POLLIN, 0 };
	ssize_t n;

	if (poll(&pfd, 1, timeout_ms) <= 0)
		return 0;
	if (t->len > UNREAD_MAX) {
		memmove(t->unread, t->unread + t->len / 2, t->len - t->len / 2);
		t->len -= t->len / 2;
	}
	t->unread = xrealloc(t->unread, t->len + 65536);
	n = read(t->pty, t->unread + t->len, 65536);
	if (n <= 0)
		return -1;
	t->len += n;
	return n;
}

static void await_text(struct typist *t, const char *text)
{
	double limit = now_ms() + LIMIT_MS;
	size_t len = strlen(text), from = 0;
	char *at;

	while (!(at = memmem(t->unread + from, t->len - from, text, len))) {
		ssize_t n = take_output(t, LIMIT_MS);

		if (n == -1)
			give_up(t, "the program has ended");
		if (n == 0 || now_ms() > limit)
			give_up(t, "it did not come");
		/* What was looked through before need not be again. */
		from = t->len > n + len ? t->len - n - len : 0;
	}
	at += len;
	t->len -= at - t->unread;
	memmove(t->unread, at, t->len);
}

static void await_rest(struct typist *t, int ms)
{
	double limit = now_ms() + LIMIT_MS;

	while (take_output(t, ms) > 0)
		if (now_ms() > limit)
			give_up(t, "it does not come to rest");
	t->len = 0;
}

static void await_end(struct typist *t)
{
	while (take_output(t, LIMIT_MS) > 0)
		t->len = 0;
	waitpid(t->pid, NULL, 0);
}

static void type(struct typist *t, const char *text)
{
	char keys[4096];
	size_t n = 0;

	for (; *text && n < sizeof(keys); text++)
		if (*text == '^' && text[1])
			keys[n++] = *++text == '^' ? '^' : *text & 0x1f;
		else
			keys[n++] = *text;
	if (write(t->pty, keys, n) != (ssize_t)n)
		err(1, "type");
}

/* The first child of a process; it is a fault if there is none. */
static pid_t child_of(struct typist *t, pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%d", &child) != 1 || child <= 0)
		give_up(t, "there is no such process");
	if (f)
		fclose(f);
	return child;
}

static void kill_descendant(struct typist *t, int generation)
{
	pid_t pid = t->pid;

	while (generation-- > 0)
		pid = child_of(t, pid);
	kill(pid, SIGKILL);
}

static long resident_kb(struct typist *t)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", t->pid);
	f = fopen(path, "r");
	if (!f)
		give_up(t, "the program has ended");
	while (f && kb == -1 && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kb) != 1)
			kb = -1;
	if (f)
		fclose(f);
	return kb;
}

static void lap(struct typist *t, const char *name)
{
	double now = now_ms();

	printf("%s %.3f\n", name, now - t->mark_ms);
	t->mark_ms = now;
}

/* "wait=TEXT" is wait with TEXT, "end" is end with "". */
static const char *is(const char *step, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(step, word, len) != 0)
		return NULL;
	if (step[len] == '=')
		return step + len + 1;
	return step[len] ? NULL : step + len;
}

/* Which step comes next. */
static int do_step(struct typist *t, char **steps, int i)
{
	const char *arg;

	t->step = steps[i];
	if ((arg = is(steps[i], "type"))) {
		type(t, arg);
	} else if ((arg = is(steps[i], "wait"))) {
		await_text(t, arg);
	} else if ((arg = is(steps[i], "rest"))) {
		await_rest(t, atoi(arg));
	} else if ((arg = is(steps[i], "kill"))) {
		kill_descendant(t, atoi(arg));
	} else if (is(steps[i], "mark")) {
		t->mark_ms = now_ms();
	} else if ((arg = is(steps[i], "lap"))) {
		lap(t, arg);
	} else if ((arg = is(steps[i], "rss"))) {
		printf("%s %ld\n", arg, resident_kb(t));
	} else if ((arg = is(steps[i], "times"))) {
		t->left = atoi(arg);
		t->loop = i + 1;
	} else if (is(steps[i], "done")) {
		if (--t->left > 0)
			return t->loop;
	} else if (is(steps[i], "end")) {
		await_end(t);
	} else {
		give_up(t, "there is no such step");
	}
	return i + 1;
}

int main(int argc, char **argv)
{
	struct typist t = { .step = "start" };
	const char *input = NULL;
	int first = 1, dashes;

	if (argc > 2 && !strcmp(argv[1], "-i")) {
		input = argv[2];
		first = 3;
	}
	for (dashes = first; dashes < argc; dashes++)
		if (!strcmp(argv[dashes], "--"))
			break;
	if (dashes + 1 >= argc)
		errx(2, "usage: typist [-i FILE] STEP... -- PROGRAM ARG...");

	start(&t, input, argv + dashes + 1);
	for (int i = first; i < dashes;)
		i = do_step(&t, argv, i);

	/* What still lives is hung up on, as by a window that is closed. */
	close(t.pty);
	free(t.unread);
	return 0;
}
