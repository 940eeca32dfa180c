/*
 * shell - the person's own shell, inside a host
 *
 * It gets a terminal of its own, like any actor, and what is typed and printed
 * is carried between that and the person's. It is not traced, so that its own
 * strace can be. Events that come meanwhile are kept, and shown afterwards.
 */
#include "box/wire.h"
#include "buf.h"
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct carrier {
	struct session *s;
	int pty;
	bool over;
	struct winsize size;
};

static void carry(struct carrier *c, int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->over = true;
		return;
	}
	for (ssize_t done = 0; done < n;) {
		ssize_t w = write(to, bytes + done, n - done);

		if (w > 0)
			done += w;
		else if (errno != EAGAIN && errno != EINTR)
			break;
	}
}

static void on_typed(void *arg, int fd, short revents)
{
	struct carrier *c = arg;

	(void)revents;
	carry(c, fd, c->pty);
}

static void on_printed(void *arg, int fd, short revents)
{
	(void)revents;
	carry(arg, fd, STDOUT_FILENO);
}

/* The window may have been resized. */
static void pass_size(struct carrier *c)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1 ||
	    !memcmp(&size, &c->size, sizeof(size)))
		return;
	c->size = size;
	ioctl(c->pty, TIOCSWINSZ, &size);
}

static void carry_on(struct carrier *c, const struct actor *a)
{
	struct run *r = c->s->run;
	struct termios old, raw;

	tcgetattr(STDIN_FILENO, &old);
	raw = old;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	loop_add(r->loop, STDIN_FILENO, on_typed, c);
	loop_add(r->loop, c->pty, on_printed, c);
	while (!c->over && !a->exited && !session_terminated) {
		pass_size(c);
		run_turn(r, 200);
	}
	/* What it printed last. */
	if (!c->over)
		carry(c, c->pty, STDOUT_FILENO);
	loop_remove(r->loop, STDIN_FILENO);
	loop_remove(r->loop, c->pty);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
}

int cmd_shell(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct carrier c = { .s = s };
	const char *shell = getenv("SHELL");
	char *words[] = { (char *)(shell && *shell ? shell : "/bin/sh"),
			  NULL };
	int host = argc > 1 ? wire_find_host(s->run->wire, argv[1], err) :
		wire_num_hosts(s->run->wire) ? 1 : 0;
	struct actor *a;

	if (host == -1)
		return EXIT_USAGE;
	if (!isatty(STDIN_FILENO)) {
		errmsg_set(err, "shell: standard input is no terminal");
		return EXIT_CANNOT;
	}
	a = run_start_shell(s->run, host, words, &c.pty, err);
	if (!a)
		return EXIT_CANNOT;
	printf("%s, inside %s; `exit` comes back\n", words[0], host ?
	       wire_host_name(s->run->wire, host) : "the box");
	fflush(stdout);
	carry_on(&c, a);
	close(c.pty);
	session_show_fresh(s);
	session_interrupted = 0;
	return EXIT_HELD;
}
