/*
 * The parser of strace's text on any bytes: it must not crash, the events must
 * not depend on how the bytes were cut into pieces nor on who asks what blocks
 * meanwhile, and no control character may come out.
 */
#include "buf.h"
#include "probe/strace.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static void must_be_clean(const char *s)
{
	for (; *s; s++)
		must((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void see(void *arg, const struct event *ev)
{
	struct buf *out = arg;

	must(ev->text && ev->probe == PROBE_STRACE);
	must_be_clean(ev->text);
	must(!ev->error || ev->call);
	if (ev->call) {
		must(ev->args && strstr(ev->text, ev->args));
		must(!strncmp(ev->text, ev->call, strlen(ev->call)));
	}
	must(ev->kind == EV_CALL ? ev->call && !ev->signal :
	     ev->kind == EV_EXIT ? ev->has_ret != !!ev->signal :
	     (ev->kind == EV_SIGNAL || ev->kind == EV_STOP) && ev->signal);
	buf_fmt(out, "%d %d %lld %lld %d %lld %s %s %s\n", (int)ev->pid,
		(int)ev->kind, (long long)ev->t_ns, (long long)ev->blocked_ns,
		ev->has_ret, ev->ret, ev->error ? ev->error : "",
		ev->signal ? ev->signal : "", ev->text);
}

static void ask(struct strace_parser *p)
{
	struct event ev;
	pid_t pid;

	for (pid = 0; pid < 10; pid++) {
		if (!strace_pending(p, pid, &ev))
			continue;
		must(ev.kind == EV_BLOCKED && ev.pid == pid);
		must_be_clean(ev.text);
		must(strstr(ev.text, ev.args));
	}
}

static void run(struct buf *out, const uint8_t *data, size_t size,
		size_t piece)
{
	struct strace_parser *p = strace_parser_new(see, out);
	const struct strace_counts *counts = strace_parser_counts(p);
	size_t n;
	char *copy;

	for (; size; data += n, size -= n) {
		n = size < piece ? size : piece;
		copy = xcalloc(n, 1);
		memcpy(copy, data, n);
		strace_parser_feed(p, copy, n);
		free(copy);
		ask(p);
	}
	strace_parser_end(p);
	ask(p);
	must(!counts->unparsed == !strace_parser_first_unparsed(p));
	if (strace_parser_first_unparsed(p))
		must_be_clean(strace_parser_first_unparsed(p));
	/* A second strace_parser_end() finds nothing to do. */
	buf_fmt(out, "%llu %llu %llu %llu %llu", counts->lines, counts->events,
		counts->notes, counts->unparsed, counts->cut);
	strace_parser_end(p);
	strace_parser_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = { 0 }, pieces = { 0 };

	if (!size)
		return 0;
	run(&whole, data, size, size);
	run(&pieces, data, size, 1 + data[0] % 31);
	must(!strcmp(whole.text, pieces.text));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
