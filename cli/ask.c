#include "ask.h"

#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The terminal is in canonical mode here: a read() gives a line. */
static ssize_t read_line(char *line, size_t size)
{
	ssize_t n = read(STDIN_FILENO, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return n;
}

int ask_number(const char *what, int max)
{
	char line[128], *end;
	long n;

	for (;;) {
		printf("    %s (1-%d, Enter for none): ", what, max);
		fflush(stdout);
		if (read_line(line, sizeof(line)) <= 0) {
			putchar('\n');
			return 0;
		}
		if (!line[0])
			return 0;
		n = strtol(line, &end, 10);
		if (*end == '\0' && n >= 1 && n <= max)
			return n;
		if (!strcmp(line, "quit") || !strcmp(line, "q")) {
			session_interrupted = 1;
			return 0;
		}
		printf("    '%s' is none of them; `quit` ends the lab.\n",
		       line);
	}
}

bool ask_text(const char *what, char *text, size_t size)
{
	printf("    %s: ", what);
	fflush(stdout);
	return read_line(text, size) > 0 && text[0];
}

bool ask_enter_pressed(void)
{
	struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };
	char line[128];

	if (poll(&pfd, 1, 0) <= 0)
		return false;
	read_line(line, sizeof(line));
	return true;
}
