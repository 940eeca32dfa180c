/*
 * The parser of strace's text, on recorded logs and on lines made by hand.
 *
 * Each tests/fixtures/strace/NAME.log is fed in pieces of several sizes; the
 * events must be those of NAME.expected each time. With UPDATE=1 in the
 * environment the expected files are written instead.
 */
#include "check.h"

#include "buf.h"
#include "probe/strace.h"

#include <err.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#define LOGS "tests/fixtures/strace/"

/* Events as text */

static const char *or_none(const char *s)
{
	return s ? s : "-";
}

/* Two lines: what programs see of it, then what a person sees. */
static void dump_event(struct buf *out, const struct event *ev)
{
	static const char *const kinds[NUM_EVENT_KINDS] = {
		[EV_CALL] = "call", [EV_BLOCKED] = "blocked",
		[EV_SIGNAL] = "signal", [EV_EXIT] = "exit",
		[EV_STOP] = "stop",
	};

	buf_fmt(out, "%d %s t=%lld blocked=%lld", (int)ev->pid,
		or_none(kinds[ev->kind]), (long long)ev->t_ns,
		(long long)ev->blocked_ns);
	if (ev->has_ret)
		buf_fmt(out, " ret=%lld", ev->ret);
	if (ev->error)
		buf_fmt(out, " error=%s", ev->error);
	if (ev->signal)
		buf_fmt(out, " signal=%s", ev->signal);
	if (ev->call)
		buf_fmt(out, " %s|%s|", ev->call, or_none(ev->args));
	buf_fmt(out, "\n  %s\n", ev->text);
}

static void to_dump(void *arg, const struct event *ev)
{
	dump_event(arg, ev);
}

static void to_text(void *arg, const struct event *ev)
{
	buf_str(arg, ev->text);
	buf_char(arg, '\n');
}

static void dump_end(struct buf *out, struct strace_parser *p)
{
	const struct strace_counts *c = strace_parser_counts(p);

	buf_fmt(out, "lines %llu events %llu notes %llu unparsed %llu cut "
		"%llu\n", c->lines, c->events, c->notes, c->unparsed, c->cut);
	if (strace_parser_first_unparsed(p))
		buf_fmt(out, "first unparsed: %s\n",
			strace_parser_first_unparsed(p));
}

/* What a whole log gives, if it comes in pieces of this size. */
static void run(struct buf *out, strace_sink *sink, const char *log,
		size_t len, size_t piece)
{
	struct strace_parser *p = strace_parser_new(sink, out);
	size_t at, n;
	char *copy;

	buf_clear(out);
	buf_add(out, "", 0);
	for (at = 0; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		/* A copy of just that size: reading past it is caught. */
		copy = xcalloc(n, 1);
		memcpy(copy, log + at, n);
		strace_parser_feed(p, copy, n);
		free(copy);
	}
	strace_parser_end(p);
	if (sink == to_dump)
		dump_end(out, p);
	strace_parser_free(p);
}

/* Recorded logs */

static void slurp(struct buf *out, const char *path)
{
	char bytes[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	buf_clear(out);
	buf_add(out, "", 0);
	if (!f)
		return;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(out, bytes, n);
	fclose(f);
}

static void update(const char *path, const struct buf *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fwrite(text->text, 1, text->len, f) != text->len ||
	    fclose(f) == EOF)
		err(1, "%s", path);
}

/* Says where two texts part, for one who reads the test's output. */
static void say_where(const char *got, const char *want)
{
	size_t i = 0, line = 0;

	for (; got[i] && got[i] == want[i]; i++)
		if (got[i] == '\n')
			line = i + 1;
	printf("#  got: %.*s\n# want: %.*s\n",
	       (int)strcspn(got + line, "\n"), got + line,
	       (int)strcspn(want + line, "\n"), want + line);
}

static void test_log(const char *path)
{
	static const size_t pieces[] = { 1, 7, 64, 4096, 1 << 20 };
	struct buf log = { 0 }, want = { 0 }, got = { 0 };
	char *expected = xasprintf("%.*s.expected", (int)strlen(path) - 4,
				   path);
	size_t i;

	slurp(&log, path);
	if (getenv("UPDATE")) {
		run(&got, to_dump, log.text, log.len, log.len);
		update(expected, &got);
	}
	slurp(&want, expected);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		run(&got, to_dump, log.text, log.len, pieces[i]);
		if (!CHECK(!strcmp(got.text, want.text),
			   "%s in pieces of %zu", path + strlen(LOGS),
			   pieces[i]))
			say_where(got.text, want.text);
	}
	buf_release(&log);
	buf_release(&want);
	buf_release(&got);
	free(expected);
}

static void test_logs(void)
{
	glob_t found;
	size_t i;

	if (!CHECK(glob(LOGS "*.log", 0, NULL, &found) == 0 &&
		   found.gl_pathc >= 20, "the recorded logs are there"))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		test_log(found.gl_pathv[i]);
	globfree(&found);
}

/* Lines by hand */

/* The texts of the events of these lines. */
static void texts(const char *log, const char *want, const char *what)
{
	struct buf got = { 0 };

	run(&got, to_text, log, strlen(log), strlen(log));
	check_str(got.text, want, what);
	buf_release(&got);
}

/* All that the events of these lines hold, without the counts. */
static void events(const char *log, const char *want, const char *what)
{
	struct buf got = { 0 };
	char *counts;

	run(&got, to_dump, log, strlen(log), strlen(log));
	counts = strstr(got.text, "lines ");
	if (counts)
		*counts = '\0';
	check_str(got.text, want, what);
	buf_release(&got);
}

/* Only the counts, and the first line that made no sense. */
static void counts(const char *log, const char *want, const char *what)
{
	struct buf got = { 0 };
	const char *at;

	run(&got, to_dump, log, strlen(log), strlen(log));
	at = strstr(got.text, "lines ");
	check_str(at, want, what);
	buf_release(&got);
}

static void test_leaders(void)
{
	static const char *const leaders[] = {
		"", "7 ", "7     ", "[pid 7] ", "[pid     7] ", "7<sh> ",
		"[pid 7<a b)>] ", "1700000000.123456 ", "1700000000 ",
		"7 1700000000.123456789 ", "[pid 7] 12:34:56 ",
		"12:34:56.123456 (+     0.000031) ", "     0.000031 ",
		"7     0.000031 ", "7 12:34:56 [00007f376f360dd4] ",
		"[????????????????] ", "[  14] ", "[unconfined_t] ",
		"[pid 7] [u_u:r_r:t_t:s0-s0:c0.c1023,c7] 12:34:56 [  14] ",
		"7 [is_t!!ought_t] 1700000000.1 ",
		"7 1700000000.1 [  14] [00007f37] ",
	};
	size_t i;
	char *log;

	for (i = 0; i < sizeof(leaders) / sizeof(leaders[0]); i++) {
		log = xasprintf("%sread(0, \"7\", 1) = 1\n%s+++ exited with "
				"0 +++\n", leaders[i], leaders[i]);
		texts(log, "read(0, \"7\", 1) = 1\n+++ exited with 0 +++\n",
		      leaders[i]);
		free(log);
	}
	events("[pid  7] 1700000000.5 close(3) = 0\n",
	       "7 call t=1700000000500000000 blocked=-1 ret=0 close|3|\n"
	       "  close(3) = 0\n", "a pid and a stamp");
	events("1700000000 close(3) = 0\n",
	       "0 call t=1700000000000000000 blocked=-1 ret=0 close|3|\n"
	       "  close(3) = 0\n", "a lone number of that size is a stamp");
	events("4194304 close(3) = 0\n",
	       "4194304 call t=0 blocked=-1 ret=0 close|3|\n"
	       "  close(3) = 0\n", "a lone number may be a pid");
}

static void test_times(void)
{
	events("7 1700000000.5 pause() = ? ERESTARTNOHAND (To be) <1.25>\n",
	       "7 call t=1700000001750000000 blocked=1250000000 "
	       "error=ERESTARTNOHAND pause||\n"
	       "  pause() = ? ERESTARTNOHAND (To be)\n",
	       "-T: the end is the start and the time in the call");
	events("7 1700000000.5 read(0,  <unfinished ...>\n"
	       "7 1700000002.75 <... read resumed>\"\", 1) = 0\n",
	       "7 call t=1700000002750000000 blocked=2250000000 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "no -T: the time between the halves");
	events("7 1700000000.5 read(0,  <unfinished ...>\n"
	       "7 1700000002.75 <... read resumed>\"\", 1) = 0 <2.000001>\n",
	       "7 call t=1700000002500001000 blocked=2000001000 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "-T counts from the first half");
	events("7 1700000000.5 read(0,  <unfinished ...>\n"
	       "7 <... read resumed>\"\", 1) = 0 <2>\n",
	       "7 call t=1700000002500000000 blocked=2000000000 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "the stamp is the first half's");
	events("7 23:59:59.5 read(0,  <unfinished ...>\n"
	       "7 00:00:00.5 <... read resumed>\"\", 1) = 0\n",
	       "7 call t=86400500000000 blocked=1000000000 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "a call over midnight");
	events("7      0.000000 read(0,  <unfinished ...>\n"
	       "8      0.250000 getpid() = 8\n"
	       "7      0.500000 <... read resumed>\"\", 1) = 0\n",
	       "8 call t=0 blocked=-1 ret=8 getpid||\n  getpid() = 8\n"
	       "7 call t=0 blocked=750000000 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "-r: no time, but a duration");
	events("7 12:00:00 read(0,  <unfinished ...>\n"
	       "7 12:00:00 <... read resumed>\"\", 1) = 0\n",
	       "7 call t=43200000000000 blocked=-1 ret=0 "
	       "read|0, \"\", 1|\n  read(0, \"\", 1) = 0\n",
	       "whole seconds cannot say that it did not block");
}

/* What comes after "x() = ", and what must be made of it. */
static void test_results(void)
{
	static const struct {
		const char *text, *fields;
	} results[] = {
		{ "0", " ret=0" },
		{ "-1 EAGAIN (Resource temporarily unavailable)",
		  " ret=-1 error=EAGAIN" },
		{ "-1 ENOSPC (No space left on device) (INJECTED)",
		  " ret=-1 error=ENOSPC" },
		{ "-1 (errno 530)", " ret=-1" },
		{ "?", "" },
		{ "? <unavailable>", "" },
		{ "? ERESTART_RESTARTBLOCK (Interrupted by signal)",
		  " error=ERESTART_RESTARTBLOCK" },
		{ "0x7f30e9af6000", " ret=139848055742464" },
		{ "0xffffffffff600000", " ret=-10485760" },
		{ "18446744073709551615", " ret=-1" },
		{ "022", " ret=18" },
		{ "0x1 (flags FD_CLOEXEC)", " ret=1" },
		{ "0 (Timeout)", " ret=0" },
		{ "1 ([{fd=3, revents=POLLIN}])", " ret=1" },
		{ "1 (in [3], left {tv_sec=0, tv_usec=9})", " ret=1" },
		{ "3</tmp/a) = 5 <0.1>", " ret=3" },
		{ "3<TCP:[127.0.0.1:1->127.0.0.1:2]>", " ret=3" },
		{ "7 /* 1234 in strace's PID NS */", " ret=7" },
		{ "1 EVENT", " ret=1" },
	};
	char *log, *want;
	size_t i;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		log = xasprintf("x(1)   = %s <0.5>\n", results[i].text);
		want = xasprintf("0 call t=0 blocked=500000000%s x|1|\n"
				 "  x(1) = %s\n", results[i].fields,
				 results[i].text);
		events(log, want, results[i].text);
		free(log);
		free(want);
	}
}

/* Arguments in which the end of the call seems to come earlier or later. */
static void test_arguments(void)
{
	static const char *const args[] = {
		"", "\"a) = 5\"", "\"\\\"\"", "\"\\\\\"", "\"x\"..., 9",
		"\"<unfinished ...>\"", "{a=(1), b=[(2)]}", "1<<2, \"<\"",
		"3</tmp/a) = 5, \\\"x\\\"-\\76y>, \"\", 1",
		"3</tmp/arrow->>, \"\", 1", "3</tmp/a->, \"(\", 1",
		"3</dev/tty<char 5:0>>, \")\", 1",
		"3<TCPv6:[[::1]:7->[::1]:8]>, \") = 1\", 1",
		"3<UNIX-STREAM:[1->2,\"/a) = 3 >\"]>, \"\", 1",
		"3<NEW:[1->2) = 3]>", "3</tmp/a->, 4</tmp/b) = 5>, 1",
		"a) =2, 3", "1<<2, 4</tmp/b) = 5>", "{f(1) = 2}, 3",
		"AT_FDCWD</tmp (x>, \"y\"", "3</gone>(deleted), 1",
		"{WIFEXITED(s) && WEXITSTATUS(s) == 0}",
		"<... resuming interrupted read ...>",
		"_IOC(_IOC_READ, 0x54, 0x5, 0x1), 0x7ffe",
		"0x7ffe /* 37 vars */",
	};
	char *log, *want;
	size_t i;

	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		log = xasprintf("x(%s)     = -1 EIO (a) = b) <0.5>\n", args[i]);
		want = xasprintf("0 call t=0 blocked=500000000 ret=-1 "
				 "error=EIO x|%s|\n  x(%s) = -1 EIO (a) = "
				 "b)\n", args[i], args[i]);
		events(log, want, args[i]);
		free(log);
		free(want);
	}
	texts("x(((1)  = -1 EIO (Input/output error) <0.5>\n",
	      "x(((1) = -1 EIO (Input/output error)\n",
	      "parentheses that do not match");
	events("x(1) = 3<5>\n", "0 call t=0 blocked=-1 ret=3 x|1|\n"
	       "  x(1) = 3<5>\n", "what -y adds is no time");
	texts("x(1) = 0 <1.5s>\n", "x(1) = 0 <1.5s>\n", "nor is this");
}

static void test_halves(void)
{
	texts("1 read(0,  <unfinished ...>\n2 read(1,  <unfinished ...>\n"
	      "1 <... read resumed>\"a\", 1) = 1\n"
	      "2 <... read resumed>\"b\", 1) = 1\n",
	      "read(0, \"a\", 1) = 1\nread(1, \"b\", 1) = 1\n",
	      "the halves of two processes");
	texts("1 close(3 <unfinished ...>\n1 <... close resumed> )   = 0\n"
	      "1 wait4(-1,  <unfinished ...>\n"
	      "1 <... wait4 resumed> [], 0, NULL) = 7\n",
	      "close(3) = 0\nwait4(-1, [], 0, NULL) = 7\n",
	      "the spelling of older straces");
	texts("1 clone(flags=SIGCHLD <unfinished ...>\n"
	      "1 <... clone resumed>, child_tidptr=0x1) = 7\n"
	      "1 clone3({flags=0} <unfinished ...>\n"
	      "1 <... clone3 resumed> => {parent_tid=[0]}, 88) = 7\n",
	      "clone(flags=SIGCHLD, child_tidptr=0x1) = 7\n"
	      "clone3({flags=0} => {parent_tid=[0]}, 88) = 7\n",
	      "a second half that begins with a comma or an arrow");
	texts("1 write(1, \"<... x resumed>\",  <unfinished ...>\n"
	      "1 <... write resumed>1) = 1\n",
	      "write(1, \"<... x resumed>\", 1) = 1\n",
	      "a string that looks like a second half");
	texts("1 nanosleep({tv_sec=5},  <unfinished ...>\n"
	      "1 <... nanosleep resumed> <unfinished ...>) = ?\n"
	      "1 read(0,  <unfinished ...>) = ?\n"
	      "1 exit_group(0 <unfinished ...>) = ?\n"
	      "1 pause( <unfinished ...>) = ?\n",
	      "nanosleep({tv_sec=5}, ...) = ?\nread(0, ...) = ?\n"
	      "exit_group(0) = ?\npause() = ?\n",
	      "the process was killed within the call");
	texts("1 <... read resumed>\"a\", 1) = 1\n1 <... close resumed>) = 0\n"
	      "1 <... clone resumed>, child_tidptr=0x1) = 7\n",
	      "read(..., \"a\", 1) = 1\nclose(...) = 0\n"
	      "clone(..., child_tidptr=0x1) = 7\n",
	      "second halves without a first");
	texts("1 close(3 <unfinished ...>\n"
	      "1 <... read resumed>\"a\", 1) = 1\n",
	      "read(..., \"a\", 1) = 1\n",
	      "a second half of another call takes no first");
	texts("1 recv(3,  <unfinished ...>\n"
	      "1 <... read resumed>\"a\", 1) = 1\n",
	      "read(..., \"a\", 1) = 1\n",
	      "nor where the names are of one length");
	texts("1 a(1,  <unfinished ...>\n1 <... a resumed>2,  <unfinished "
	      "...>\n1 <... a resumed>3) = 0\n",
	      "a(1, 2, 3) = 0\n", "a call in three pieces");
}

/* A hostile log could make each line cost a copy of a long call. */
static void test_pieces(void)
{
	struct buf log = { 0 };
	int i;

	buf_str(&log, "1 a(1 <unfinished ...>\n");
	for (i = 0; i < 20; i++)
		buf_str(&log, "1 <... a resumed> <unfinished ...>\n");
	buf_str(&log, "b(\n");
	for (i = 0; i < 20; i++)
		buf_str(&log, ",\n");
	counts(log.text, "lines 42 events 0 notes 0 unparsed 15 cut 0\n"
	       "first unparsed: 1 <... a resumed> <unfinished ...>\n",
	       "a call in too many pieces");
	buf_release(&log);
}

/* strace leaves out the pid while there is only one process. */
static void test_lost_pids(void)
{
	events("wait4(-1,  <unfinished ...>\n"
	       "[pid 8] close(3) = 0\n"
	       "[pid 7] <... wait4 resumed>NULL, 0, NULL) = 8\n",
	       "8 call t=0 blocked=-1 ret=0 close|3|\n  close(3) = 0\n"
	       "7 call t=0 blocked=-1 ret=8 wait4|-1, NULL, 0, NULL|\n"
	       "  wait4(-1, NULL, 0, NULL) = 8\n",
	       "the first half has no pid");
	events("[pid 7] wait4(-1,  <unfinished ...>\n"
	       "[pid 8] +++ exited with 0 +++\n"
	       "<... wait4 resumed>NULL, 0, NULL) = 8\n",
	       "8 exit t=0 blocked=-1 ret=0\n  +++ exited with 0 +++\n"
	       "7 call t=0 blocked=-1 ret=8 wait4|-1, NULL, 0, NULL|\n"
	       "  wait4(-1, NULL, 0, NULL) = 8\n",
	       "the second half has no pid");
}

static void test_signals(void)
{
	events("7 1.5 --- SIGCHLD {si_signo=SIGCHLD, si_pid=8} ---\n"
	       "--- SIGRT_1 {si_signo=SIGRT_1} ---\n"
	       "--- SIGINT (Interrupt) @ 0 (0) ---\n",
	       "7 signal t=0 blocked=-1 signal=SIGCHLD\n"
	       "  --- SIGCHLD {si_signo=SIGCHLD, si_pid=8} ---\n"
	       "0 signal t=0 blocked=-1 signal=SIGRT_1\n"
	       "  --- SIGRT_1 {si_signo=SIGRT_1} ---\n"
	       "0 signal t=0 blocked=-1 signal=SIGINT\n"
	       "  --- SIGINT (Interrupt) @ 0 (0) ---\n", "signals");
	events("7 1700000000.5 --- stopped by SIGTSTP ---\n",
	       "7 stop t=1700000000500000000 blocked=-1 signal=SIGTSTP\n"
	       "  --- stopped by SIGTSTP ---\n", "a stop");
	events("7 +++ exited with 255 +++\n"
	       "8 +++ killed by SIGSEGV (core dumped) +++\n"
	       "9 +++ killed by SIGKILL +++\n",
	       "7 exit t=0 blocked=-1 ret=255\n  +++ exited with 255 +++\n"
	       "8 exit t=0 blocked=-1 signal=SIGSEGV\n"
	       "  +++ killed by SIGSEGV (core dumped) +++\n"
	       "9 exit t=0 blocked=-1 signal=SIGKILL\n"
	       "  +++ killed by SIGKILL +++\n", "ends");
}

static void test_notes(void)
{
	texts("clone(flags=SIGCHLDstrace: Process 8 attached\n"
	      ", child_tidptr=0x1) = 8\n"
	      "vfork(strace: Process 9 attached\n <unfinished ...>\n"
	      "[pid 9] close(3) = 0\n[pid 7] <... vfork resumed>) = 9\n",
	      "clone(flags=SIGCHLD, child_tidptr=0x1) = 8\n"
	      "close(3) = 0\nvfork() = 9\n",
	      "a note of strace's within a line");
	texts("[pid 7] clone(flags=SIGCHLDstrace: Process 8 attached\n"
	      "[pid 8] close(3) = 0\n"
	      "[pid 7] <... clone resumed>, child_tidptr=0x1) = 8\n",
	      "close(3) = 0\nclone(flags=SIGCHLD, child_tidptr=0x1) = 8\n",
	      "a note of strace's in place of a mark");
	texts("clone(flags=SIGCHLD/usr/bin/strace: Process 8 attached\n"
	      ", child_tidptr=0x1) = 8\n"
	      "vfork(../strace-6.1/strace: Process 9 attached\n"
	      ")                     = 9\n"
	      "x(0x1 /* 2 vars */strace: Process 9 detached\n) = 0\n"
	      "x(0x1 /* 2 vars *//bin/strace: Process 9 detached\n) = 0\n"
	      "x(3</tmp/x>./strace: Process 9 detached\n) = 0\n",
	      "clone(flags=SIGCHLD, child_tidptr=0x1) = 8\n"
	      "vfork() = 9\nx(0x1 /* 2 vars */) = 0\n"
	      "x(0x1 /* 2 vars */) = 0\nx(3</tmp/x>) = 0\n",
	      "a note of a strace that was run by its path");
	texts("write(1, \"hello\\n\", 6hello\n) = 6\n",
	      "write(1, \"hello\\n\", 6hello) = 6\n",
	      "the program's own output within a line");
	texts("x(\n > /lib/y(z) [0x1]\n) = 0\n", "x() = 0\n",
	      "stack lines within a line");
	texts("writev(1, [], 2hello\n = 2 buffers in vector 0\n"
	      " * 6 bytes in buffer 0\n"
	      " | 00000  68 65 6c 6c 6f 0a                          "
	      "       hello.           |\n) = 6\n",
	      "writev(1, [], 2hello) = 6\n",
	      "what -e write shows, within a line");
	texts("x(\n = 0\nclose(\n | 00000\n) = 0\n",
	      "close( | 00000) = 0\n", "what only begins like that");
	counts(" | 00000  68 65                                     "
	       "       he               |\n"
	       " | fffff0  68 65                                    "
	       "       he               |\n"
	       " * 6 bytes in buffer 0\n = 12 buffers in vector 1\n"
	       " | 0000  6 |\n | 00000  6\n * bytes in buffer 0\n"
	       " * 6 bytes in buffer 0x\n = 0\n | 00000 |\n",
	       "lines 10 events 0 notes 4 unparsed 6 cut 0\n"
	       "first unparsed:  | 0000  6 |\n",
	       "what -e read and -e write show");
	counts("strace: Process 7 attached\nProcess 7 attached\n\n"
	       "[ Process PID=7 runs in 32 bit mode. ]\n > /lib/x(y) [0x1]\n"
	       "/usr/bin/strace: x\n./strace: x\n"
	       "7 +++ superseded by execve in pid 8 +++\n",
	       "lines 8 events 0 notes 8 unparsed 0 cut 0\n", "notes");
	counts("close(3) = 0\nhello, world\nread(0\nclose(3) = 0\n"
	       "close(3) = what\n--- ---\n+++ ate 7 +++\n<... read\n7 \n"
	       "9.5x(1) = 0\n",
	       "lines 10 events 2 notes 0 unparsed 8 cut 0\n"
	       "first unparsed: hello, world\n", "lines that make no sense");
}

/* What must not reach a terminal, and what may. */
static void test_clean(void)
{
	static const char zero[] = "1 write(1, \"a\0b\", 3) = 3\n";
	struct buf got = { 0 };

	texts("1 write(1, \"\033[31m\x7f\", 6) = 6\n",
	      "write(1, \"\\033[31m\\177\", 6) = 6\n", "control characters");
	texts("1 open(\"\xed\x95\x9c\xea\xb8\x80 \xf0\x9f\x90\xa7\") = 3\n",
	      "open(\"\xed\x95\x9c\xea\xb8\x80 \xf0\x9f\x90\xa7\") = 3\n",
	      "valid UTF-8 stays");
	texts("1 open(\"\xff\xc0\x80\xed\xa0\x80\xe2\x82\xf5\x80\") = 3\n",
	      "open(\"\\377\\300\\200\\355\\240\\200\\342\\202\\365\\200\") "
	      "= 3\n", "invalid UTF-8");
	texts("1 open(\"\xe0\x9f\xbf\xf4\x90\x80\x80\") = 3\n",
	      "open(\"\\340\\237\\277\\364\\220\\200\\200\") = 3\n",
	      "UTF-8 too long, and beyond its end");
	texts("1 open(\"\xc2\x9b" "31m\") = 3\n",
	      "open(\"\\302\\23331m\") = 3\n", "controls above ASCII");
	texts("1 close(3) = 0\r\n", "close(3) = 0\n", "a carriage return");
	run(&got, to_text, zero, sizeof(zero) - 1, 100);
	check_str(got.text, "write(1, \"a\\000b\", 3) = 3\n", "a zero byte");
	buf_release(&got);
}

/* One byte that may not be shown, anywhere in a line of any length. */
static void test_clean_places(void)
{
	static const char bad[] = "\001\037\177\200\377";
	char line[64], want[80];
	struct buf got = { 0 };
	int i, len, wrong = 0;
	const char *b;

	for (b = bad; *b; b++) {
		for (len = 1; len <= 20; len++) {
			for (i = 0; i < len; i++) {
				snprintf(line, sizeof(line), "x(%0*d) = 0\n",
					 len, 0);
				line[2 + i] = *b;
				snprintf(want, sizeof(want),
					 "x(%.*s\\%03o%.*s) = 0\n", i,
					 "00000000000000000000",
					 (unsigned char)*b, len - i - 1,
					 "00000000000000000000");
				run(&got, to_text, line, strlen(line), 99);
				wrong += strcmp(got.text, want) != 0;
			}
		}
	}
	run(&got, to_text, "x() = 0\001", 8, 99);
	wrong += strcmp(got.text, "x() = 0\\001\n") != 0;
	CHECK(wrong == 0, "a bad byte in any place");
	buf_release(&got);
}

/* What strace_pending() says of pid 7 (or another) after these bytes. */
static void pending_of(pid_t pid, const char *log, const char *want,
		       const char *what)
{
	struct buf none = { 0 };
	struct strace_parser *p = strace_parser_new(to_text, &none);
	struct event ev = { 0 };
	bool is;

	strace_parser_feed(p, log, strlen(log));
	is = strace_pending(p, pid, &ev);
	check_str(is ? ev.text : NULL, want, what);
	if (is)
		CHECK(ev.kind == EV_BLOCKED && ev.pid == pid && !ev.has_ret &&
		      ev.blocked_ns == -1 && ev.call && ev.args &&
		      !strncmp(ev.text, ev.call, strlen(ev.call)),
		      "%s: the fields", what);
	strace_parser_free(p);
	buf_release(&none);
}

static void test_pending(void)
{
	pending_of(7, "7 1700000000.5 read(0, ", "read(0, ...) blocks",
		   "a line that strace has begun");
	pending_of(7, "7 1700000000.5 read(0,  <unfinished ...>\n8 1",
		   "read(0, ...) blocks", "a first half");
	pending_of(7, "7 read(0,  <unfinished ...>\n7 1700000",
		   "read(0, ...) blocks", "a stamp alone is no sign of life");
	pending_of(7, "7 1.5 read(0,  <unfin", "read(0, ...) blocks",
		   "a mark that is not whole");
	pending_of(7, "7 1.5 pause(", "pause() blocks", "no arguments");
	pending_of(7, "7 1.5 accept(", "accept(...) blocks",
		   "arguments that are not known yet");
	pending_of(7, "7 1.5 close(3 <unfinished ...>\n", "close(3) blocks",
		   "all arguments are known");
	pending_of(7, "7 1.5 write(1, \"a <unf", "write(1, \"a <unf) blocks",
		   "a string that is not whole");
	pending_of(0, "read(0, ", "read(0, ...) blocks", "no pids");
	pending_of(7, "7 wait4(-1,  <detached ...>\n",
		   "wait4(-1, ...) blocks", "strace has left");
	pending_of(7, "clone(Xstrace: Process 7 attached\n", NULL,
		   "another process's line");
	pending_of(0, "clone(Xstrace: Process 7 attached\n",
		   "clone(X) blocks", "a line that a note broke into");
	pending_of(7, "7 rea", NULL, "no call yet");
	pending_of(8, "7 read(0, ", NULL, "another process");
	pending_of(7, "7 read(0, \"\", 1) = 0", NULL, "it has returned");
	pending_of(7, "7 read(0,  <unfinished ...>\n"
		   "7 <... read resumed>\"\"", NULL, "it is returning");
	pending_of(7, "7 read(0,  <unfinished ...>\n"
		   "7 <... read resumed>\"\", 1) = 0\n", NULL, "it returned");
	pending_of(7, "7 read(0,  <unfinished ...>\n"
		   "7 +++ killed by SIGKILL +++\n", NULL, "it was killed");
	pending_of(7, "7 read(0,  <unfinished ...>\n7 close(3) = 0\n", NULL,
		   "it made another call");
	pending_of(0, "a(1 <unfinished ...>\n[pid 7] b(2 <unfinished ...>\n"
		   "<... b resumed>) = 0\n", NULL, "it cannot be in a()");
	pending_of(0, "x({(a) = 1}, \"b", "x({(a) = 1}, \"b) blocks",
		   "a string that is not whole, after an odd structure");
	pending_of(7, "[pid 7] read(0,  <unfinished ...>\n"
		   "+++ exited with 0 +++\n", NULL, "the last one left");
}

/* A thread's execve() gives it the leader's pid. */
static void test_execve(void)
{
	static const char log[] = "7 pause( <unfinished ...>\n"
		"8 execve(\"x\", [], 0x1 <unfinished ...>\n"
		"7 +++ superseded by execve in pid 8 +++\n";

	pending_of(7, log, "execve(\"x\", [], 0x1) blocks", "execve moves");
	pending_of(8, log, NULL, "and is the thread's no more");
	pending_of(7, "7 pause( <unfinished ...>\n"
		   "7 +++ superseded by execve in pid 8 +++\n", NULL,
		   "the leader's call ends");
}

/* Stamps, and what changes as more bytes come. */
static void test_pending_goes(void)
{
	struct buf text = { 0 };
	struct strace_parser *p = strace_parser_new(to_dump, &text);
	struct event ev;

	strace_parser_feed(p, "7 1700000000.5 read(0, ", 23);
	CHECK(strace_pending(p, 7, &ev) && ev.t_ns == 1700000000500000000LL,
	      "t_ns is the stamp of the entry");
	check_str(ev.call, "read", "the call's name");
	check_str(ev.args, "0, ...", "its arguments");
	CHECK(!text.len, "nothing has returned");
	strace_parser_feed(p, "\"a\", 1) = 1 <2.5>\n", 18);
	check_str(text.text, "7 call t=1700000003000000000 "
		  "blocked=2500000000 ret=1 read|0, \"a\", 1|\n"
		  "  read(0, \"a\", 1) = 1\n", "then it comes whole");
	CHECK(!strace_pending(p, 7, &ev), "and blocks no more");

	strace_parser_feed(p, "7 1700000009.5 read(0, \"a", 25);
	strace_parser_end(p);
	CHECK(strace_pending(p, 7, &ev) && ev.t_ns == 1700000009500000000LL,
	      "a call is pending where the log ends within it");
	CHECK(strace_parser_counts(p)->unparsed == 0 &&
	      strace_parser_counts(p)->lines == 2,
	      "its line counts, and made sense");

	strace_parser_feed(p, "8 23:59:59 close(1) = 0\n8 00:00:01 read(", 40);
	CHECK(strace_pending(p, 8, &ev) && ev.t_ns == 86401000000000LL,
	      "t_ns goes on over midnight");
	strace_parser_free(p);
	buf_release(&text);
}

struct ask {
	struct strace_parser *p;
	struct buf text;
};

static void ask_pending(void *arg, const struct event *ev)
{
	struct ask *ask = arg;
	struct event other;

	buf_fmt(&ask->text, "%s;", ev->text);
	if (strace_pending(ask->p, ev->pid, &other))
		buf_fmt(&ask->text, "%s;", other.text);
	if (strace_pending(ask->p, 9, &other))
		buf_fmt(&ask->text, "%s;%s;", other.text, ev->text);
}

static void test_sink_asks(void)
{
	struct ask ask = { 0 };

	ask.p = strace_parser_new(ask_pending, &ask);
	strace_parser_feed(ask.p, "9 read(0,  <unfinished ...>\n7 close(3", 37);
	strace_parser_feed(ask.p, ") = 0\n", 6);
	check_str(ask.text.text,
		  "close(3) = 0;read(0, ...) blocks;close(3) = 0;",
		  "a sink may ask what blocks");
	strace_parser_free(ask.p);
	buf_release(&ask.text);
}

/* Many processes at once, so that the table grows and shrinks. */
static void test_many(void)
{
	struct buf text = { 0 }, line = { 0 };
	struct strace_parser *p = strace_parser_new(to_text, &text);
	struct event ev;
	int i, missing = 0, left = 0, n = 5000;

	for (i = 1; i <= n; i++)
		buf_fmt(&line, "%d read(%d,  <unfinished ...>\n", i * 37, i);
	strace_parser_feed(p, line.text, line.len);
	for (i = 1; i <= n; i++)
		missing += !strace_pending(p, i * 37, &ev);
	CHECK(missing == 0, "each of %d calls is pending", n);
	buf_clear(&line);
	for (i = 2; i <= n; i += 2)
		buf_fmt(&line, "%d <... read resumed>%d) = 0\n", i * 37, i);
	strace_parser_feed(p, line.text, line.len);
	for (i = 1; i <= n; i++)
		left += strace_pending(p, i * 37, &ev) == (i % 2 == 0);
	CHECK(left == 0, "half of them have returned");
	CHECK(strace_parser_counts(p)->events == 2500, "once each");
	CHECK(!strncmp(text.text, "read(2, 2) = 0\n", 15), "and whole");
	strace_parser_free(p);
	buf_release(&text);
	buf_release(&line);
}

static void test_cut(void)
{
	struct buf text = { 0 }, line = { 0 };
	struct strace_parser *p = strace_parser_new(to_text, &text);
	struct event ev;
	unsigned int i;

	buf_str(&line, "7 write(1,  <unfinished ...>\n"
		"7 <... write resumed>\"");
	for (i = 0; i <= STRACE_LINE_MAX; i++)
		buf_char(&line, 'a');
	buf_str(&line, "\", 9) = 9\n8 close(3) = 0\n");
	for (i = 0; i < line.len; i += 65536)
		strace_parser_feed(p, line.text + i, line.len - i < 65536 ?
				   line.len - i : 65536);
	check_str(text.text, "close(3) = 0\n", "a line that is too long");
	CHECK(strace_parser_counts(p)->cut == 1 &&
	      strace_parser_counts(p)->lines == 3 &&
	      strace_parser_counts(p)->unparsed == 0, "is cut and counted");
	CHECK(!strace_pending(p, 7, &ev), "and its process went on");
	strace_parser_free(p);
	buf_release(&text);
	buf_release(&line);
}

int main(void)
{
	test_logs();
	test_leaders();
	test_times();
	test_results();
	test_arguments();
	test_halves();
	test_pieces();
	test_lost_pids();
	test_signals();
	test_notes();
	test_clean();
	test_clean_places();
	test_pending();
	test_execve();
	test_pending_goes();
	test_sink_asks();
	test_many();
	test_cut();
	return check_done();
}
