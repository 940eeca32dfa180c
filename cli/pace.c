#include "pace.h"

#include "prompt.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/*
 * The terminal gives a key without Enter, and says which ones there are: at
 * first, and again after ^Z and fg, for a shell has had it in between.
 */
static void offer_keys(const struct termios *raw)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, &now) == -1 || !(now.c_lflag & ICANON))
		return;
	tcsetattr(STDIN_FILENO, TCSADRAIN, raw);
	fputs("\r\033[K    [Enter: next  a: again  c: run on  q: out]",
	      stdout);
	fflush(stdout);
}

/* One key; -1: none will come. */
static int read_key(struct session *s)
{
	struct termios old, raw;
	unsigned char key = 0;
	ssize_t n = -1;

	if (tcgetattr(STDIN_FILENO, &old) == -1)
		return -1;
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO);
	while (!session_interrupted && !session_terminated) {
		struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };

		offer_keys(&raw);
		if (poll(&pfd, 1, 0) > 0) {
			n = read(STDIN_FILENO, &key, 1);
			break;
		}
		/* The box goes on living: timers, retransmissions. */
		session_turn(s, 100);
	}
	tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	return n == 1 ? key : -1;
}

static enum pace_answer demo_wait(struct session *s)
{
	for (;;) {
		int key = read_key(s);

		if (key == '\n' || key == ' ' || key == 'c' || key == 'a' ||
		    key == 'q' || key == -1 || key == 4) {
			/* Only the trace is to stay on the screen. */
			fputs("\r\033[K", stdout);
			fflush(stdout);
		}
		switch (key) {
		case '\n':
		case ' ':
			return PACE_GO;
		case 'c':
			s->pace = PACE_RUN;
			return PACE_GO;
		case 'a':
			return PACE_AGAIN;
		case 'q':
		case 4:
		case -1:
			return PACE_OUT;
		}
	}
}

enum pace_answer pace_wait(struct session *s, const char *next)
{
	if (s->pace == PACE_RUN || !s->interactive)
		return PACE_GO;
	if (s->pace == PACE_DEMO)
		return demo_wait(s);
	printf("    next: %s\n", next);
	return prompt_pause(s);
}
