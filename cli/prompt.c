#include "prompt.h"

#include "box/wire.h"
#include "buf.h"
#include "command.h"
#include "complete.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

/* readline's callback takes no argument. */
static struct prompt {
	char *line;		/* typed, to be run */
	bool got, eof;
} prompt;

static volatile sig_atomic_t to_stop;	/* SIGTSTP */

static void on_line(char *line)
{
	prompt.got = true;
	prompt.line = line;
	prompt.eof = !line;
	/* Off while a command runs: the terminal is then as it was. */
	rl_callback_handler_remove();
}

static void on_key(void *arg, int fd, short revents)
{
	(void)arg;
	(void)fd;
	(void)revents;
	rl_callback_read_char();
}

static const char *history_path(void)
{
	static char path[PATH_MAX];
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && *state)
		snprintf(path, sizeof(path), "%s/underglass", state);
	else if (home && *home)
		snprintf(path, sizeof(path), "%s/.local/state/underglass",
			 home);
	else
		return NULL;
	return path;
}

/* mkdir -p of the folder, then the file's path; NULL without a home. */
static const char *history_file(void)
{
	static char file[PATH_MAX + 16];
	const char *dir = history_path();
	char part[PATH_MAX];

	if (!dir)
		return NULL;
	for (size_t i = 1; i <= strlen(dir); i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, dir);
		if (mkdir(part, 0700) == -1 && errno != EEXIST)
			return NULL;
	}
	snprintf(file, sizeof(file), "%s/history", dir);
	return file;
}

/* Where one is: the box, its actors, what the wire holds. */
static void prompt_text(const struct session *s, char *text, size_t size)
{
	struct buf b = { 0 };
	int alive = 0, held;

	if (!s->run) {
		snprintf(text, size, "underglass> ");
		return;
	}
	for (size_t i = 0; i < s->run->num_actors; i++)
		alive += !s->run->actors[i]->exited;
	held = wire_held(s->run->wire);
	buf_fmt(&b, "%d actor%s", alive, alive == 1 ? "" : "s");
	if (held)
		buf_fmt(&b, ", %d held", held);
	snprintf(text, size, "underglass%s [%s]> ",
		 s->turn ? " step" : "", b.text);
	buf_release(&b);
}

/* Only there to wake poll(): fit_window() then sees what has become of it. */
static void on_resize(int sig)
{
	(void)sig;
}

/*
 * readline listens to SIGWINCH only while it reads a key, so that most changes
 * would pass it by. True if the window's size is not what it was.
 */
static bool window_changed(void)
{
	static struct winsize last;
	struct winsize now = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == -1 || !now.ws_col ||
	    !memcmp(&now, &last, sizeof(now)))
		return false;
	last = now;
	return true;
}

static void on_stop(int sig)
{
	(void)sig;
	to_stop = 1;
}

/* ^Z: whoever has the terminal next finds it as it was, and so do we after. */
static void stop_here(void)
{
	to_stop = 0;
	rl_deprep_terminal();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	signal(SIGTSTP, on_stop);
	rl_prep_terminal(1);
	rl_on_new_line();
	rl_forced_update_display();
}

/* Events come above the line that is being typed, which stays as it is. */
static void show_above(struct session *s)
{
	char text[128];

	rl_clear_visible_line();
	fflush(rl_outstream);
	if (!s->turn)
		session_show_fresh(s);
	fflush(stdout);
	prompt_text(s, text, sizeof(text));
	rl_set_prompt(text);
	rl_on_new_line();
	rl_redisplay();
}

/* A lab that stands is told of what comes, so that it can be matched. */
static bool await_event(struct session *s)
{
	if (!s->turn)
		return run_turn(s->run, 1000) && !prompt.got;
	/* What comes is kept for a moment: the line is still being typed. */
	run_turn(s->run, 200);
	if (prompt.got || s->run->shown == s->run->timeline.count)
		return false;
	rl_clear_visible_line();
	fflush(rl_outstream);
	session_turn(s, 0);
	fflush(stdout);
	rl_on_new_line();
	rl_redisplay();
	return false;
}

static void await_line(struct session *s)
{
	void (*old_stop)(int);
	char text[128];

	prompt.got = false;
	prompt_text(s, text, sizeof(text));
	old_stop = signal(SIGTSTP, on_stop);
	if (old_stop == SIG_IGN)
		signal(SIGTSTP, SIG_IGN);
	if (window_changed())
		rl_reset_screen_size();
	rl_callback_handler_install(text, on_line);
	loop_add(&s->loop, STDIN_FILENO, on_key, NULL);
	while (!prompt.got && !session_terminated) {
		if (to_stop)
			stop_here();
		if (window_changed())
			rl_resize_terminal();
		if (session_interrupted) {
			/* ^C: a fresh line, as in a shell. */
			session_interrupted = 0;
			rl_callback_sigcleanup();	/* out of a search */
			rl_free_line_state();
			rl_replace_line("", 1);
			fputs("^C\n", rl_outstream);
			rl_callback_handler_remove();
			rl_reset_line_state();
			rl_callback_handler_install(text, on_line);
		}
		if (!s->run)
			loop_turn(&s->loop, 1000000000);
		else if (await_event(s))
			show_above(s);
	}
	loop_remove(&s->loop, STDIN_FILENO);
	signal(SIGTSTP, old_stop);
	if (!prompt.got)
		rl_callback_handler_remove();
}

static void run_one(struct session *s, const char *line)
{
	struct errmsg err = { 0 };

	command_line(s, CMD_PROMPT, line, &err);
	fflush(stdout);
	if (err.text[0])
		fprintf(stderr, "%s\n", err.text);
	if (!s->run)
		box_wait_gone();
}

/* Pasted text may be several lines: each is a command, until ^C. */
static void run_line(struct session *s, const char *text)
{
	session_interrupted = 0;
	while (*text && !session_interrupted && !s->quit) {
		size_t n = strcspn(text, "\r\n");
		char *line = xstrndup(text, n);

		run_one(s, line);
		free(line);
		text += n;
		text += strspn(text, "\r\n");
	}
	/* The terminal has echoed "^C" where the cursor was. */
	if (session_interrupted)
		putchar('\n');
	session_interrupted = 0;
}

static void remember_line(const char *line)
{
	const char *history = history_file();

	if (!line[0])
		return;
	add_history(line);
	if (history)
		write_history(history);
}

enum pace_answer prompt_pause(struct session *s)
{
	char *line;

	s->go_on = false;
	while (!s->go_on && !session_terminated) {
		await_line(s);
		if (!prompt.got || prompt.eof) {
			putchar('\n');
			return PACE_OUT;
		}
		/* Our own: a lab that stands has a prompt within this one. */
		line = prompt.line;
		if (!line[0])
			s->go_on = true;
		remember_line(line);
		run_line(s, line);
		free(line);
		if (s->quit) {
			/* Out of the lab, not of the program. */
			s->quit = false;
			return PACE_OUT;
		}
	}
	s->view->ops->interrupted(s->view);
	return PACE_GO;
}

int prompt_run(struct session *s)
{
	const char *history = history_file();
	char *line;

	rl_readline_name = "underglass";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	/* $COLUMNS is the person's, and no actor's: theirs are 80 wide. */
	rl_change_environment = 0;
	sigaction(SIGWINCH, &(struct sigaction){ .sa_handler = on_resize },
		  NULL);
	rl_initialize();
	complete_init(s);
	using_history();
	stifle_history(1000);
	if (history)
		read_history(history);
	puts("underglass: sockets and processes, under glass. `labs` lists "
	     "what can be seen,\n`run zombie` plays one, `help` says the "
	     "rest.");
	while (!s->quit && !session_terminated) {
		await_line(s);
		if (!prompt.got || prompt.eof) {
			putchar('\n');
			break;
		}
		line = prompt.line;
		remember_line(line);
		run_line(s, line);
		free(line);
	}
	session_close_run(s);
	return EXIT_HELD;
}

/* What has come of a script, and how far it has been read. */
struct script {
	struct buf text;
	size_t at;
	bool over;
};

static void on_script(void *arg, int fd, short revents)
{
	struct script *sc = arg;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)revents;
	/* What has been read may go: a script may have no end. */
	sc->text.len -= sc->at;
	memmove(sc->text.text, sc->text.text + sc->at, sc->text.len + 1);
	sc->at = 0;
	if (n > 0)
		buf_add(&sc->text, bytes, n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		sc->over = true;
}

static const char *line_end(const struct script *sc)
{
	return memchr(sc->text.text + sc->at, '\n', sc->text.len - sc->at);
}

static bool stopped(void)
{
	return session_interrupted || session_terminated;
}

/*
 * The next line, the caller's to free; NULL: there is none. Whoever writes the
 * script may take its time: the box lives on meanwhile, and is seen to.
 */
static char *next_line(struct session *s, struct script *sc)
{
	const char *from, *end;

	loop_add(&s->loop, STDIN_FILENO, on_script, sc);
	while (!line_end(sc) && !sc->over && !stopped()) {
		if (s->run)
			session_turn(s, 1000);
		else
			loop_turn(&s->loop, 1000000000);
	}
	loop_remove(&s->loop, STDIN_FILENO);
	if (stopped() || sc->at == sc->text.len)
		return NULL;
	from = sc->text.text + sc->at;
	end = line_end(sc);
	sc->at = end ? (size_t)(end + 1 - sc->text.text) : sc->text.len;
	return xstrndup(from, end ? (size_t)(end - from) : strlen(from));
}

int script_run(struct session *s, const char *name)
{
	struct script sc = { 0 };
	int number = 0, rc = EXIT_HELD;
	char *line;

	buf_str(&sc.text, "");
	while (rc == EXIT_HELD && !s->quit && (line = next_line(s, &sc))) {
		struct errmsg err = { 0 };
		const char *words = line;

		/* A byte order mark, as some editors write it. */
		if (number++ == 0 && !strncmp(line, "\xef\xbb\xbf", 3))
			words += 3;
		rc = command_line(s, CMD_PROMPT, words, &err);
		free(line);
		fflush(stdout);
		if (rc == EXIT_HELD)
			continue;
		fprintf(stderr, "%s:%d: %s\n", name, number,
			err.text[0] ? err.text : "the evidence did not come");
	}
	buf_release(&sc.text);
	session_close_run(s);
	return rc;
}
