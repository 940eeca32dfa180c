/*
 * parse - an strace log through the parser, and what that took
 *
 *	parse LOG
 *
 * Prints "LINES EVENTS UNPARSED MILLISECONDS KILOBYTES", the last the most that
 * it ever had in memory (VmHWM: proc(5)).
 */
#include "probe/strace.h"

#include <err.h>
#include <stdio.h>
#include <time.h>

static void see(void *arg, const struct event *ev)
{
	unsigned long long *bytes = arg;

	/* An event that nobody looks at might be optimised away. */
	*bytes += ev->text[0] != '\0';
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static long peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (f && kb == -1 && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kb) != 1)
			kb = -1;
	if (f)
		fclose(f);
	return kb;
}

static void feed(struct strace_parser *p, const char *path)
{
	static char bytes[64 * 1024];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		err(1, "%s", path);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strace_parser_feed(p, bytes, n);
	if (ferror(f))
		err(1, "%s", path);
	fclose(f);
}

int main(int argc, char **argv)
{
	unsigned long long seen = 0;
	struct strace_parser *p = strace_parser_new(see, &seen);
	const struct strace_counts *counts = strace_parser_counts(p);
	double start = now_ms();

	if (argc != 2)
		errx(2, "usage: parse LOG");
	feed(p, argv[1]);
	strace_parser_end(p);
	if (seen != counts->events)
		errx(1, "%llu events came, %llu were counted", seen,
		     counts->events);
	printf("%llu %llu %llu %.3f %ld\n", counts->lines, counts->events,
	       counts->unparsed, now_ms() - start, peak_kb());
	strace_parser_free(p);
	return 0;
}
