/*
 * check - what a unit test says, in TAP
 *
 * One program, one run: CHECK() counts, check_done() prints the plan and gives
 * main() its exit status.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_count, check_failed;

static inline bool __attribute__((format(printf, 4, 5)))
check_at(const char *file, int line, bool ok, const char *what, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++check_count);
	va_start(ap, what);
	vprintf(what, ap);
	va_end(ap);
	printf("\n");
	if (!ok) {
		check_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	return ok;
}

#define CHECK(cond, ...) check_at(__FILE__, __LINE__, (cond), __VA_ARGS__)

/* Every line of it as a comment: others are none of TAP's. */
static inline void check_say(const char *what, const char *text)
{
	printf("# %s: ", what);
	for (text = text ? text : "(null)"; *text; text++) {
		putchar(*text);
		if (*text == '\n')
			printf("#       ");
	}
	putchar('\n');
}

/* Equal texts; NULL equals only NULL. */
#define check_str(got, want, what) \
	check_str_at(__FILE__, __LINE__, (got), (want), (what))

static inline bool check_str_at(const char *file, int line, const char *got,
				const char *want, const char *what)
{
	bool ok = got && want ? !strcmp(got, want) : got == want;

	check_at(file, line, ok, "%s", what);
	if (!ok) {
		check_say(" got", got);
		check_say("want", want);
	}
	return ok;
}

static inline int check_done(void)
{
	printf("1..%d\n", check_count);
	return check_failed ? 1 : 0;
}

#endif
