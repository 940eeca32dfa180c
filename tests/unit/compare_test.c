/* compare_test - what is a difference between two runs, and what is none */
#include "view/compare.h"
#include "check.h"
#include "recording.h"
#include "view/align.h"

#include <locale.h>

#define BLOCKED_LONG 0.7

/* What makes one run another one than the run that is compared with it. */
struct run_made {
	int pid, port;			/* that the kernel chose */
	int given;			/* that the program chose */
	const char *address;		/* of memory */
	double slow;			/* times are so much longer */
	int bind_error;
	bool swapped;			/* two processes, the other way round */
	bool blocks;			/* seen to sleep */
	double blocked;
	bool ack, again, rst, late;
	int childish;			/* 1: SIGCHLD first; 2: the read() */
	const char *knob;
	const char *state;		/* of the client at the end */
	const char *passing;		/* and one before it */
	const char *with, *then;	/* bytes with it, and after it */
	bool played;
};

static const struct run_made usual = {
	.pid = 3, .port = 40001, .given = 7000, .address = "0x7ffc00112233",
	.slow = 1, .knob = "off", .state = "ESTABLISHED",
};

static void server_lines(const struct run_made *r)
{
	char *args = xasprintf("3, {sa_family=AF_INET, sin_port=htons(%d)}, "
			       "16", r->given);

	rec_call("server", r->pid, 0.010 * r->slow, "socket",
		 "AF_INET, SOCK_STREAM, IPPROTO_IP", 3, NULL);
	rec_call("server", r->pid, 0.011 * r->slow, "bind", args,
		 r->bind_error ? -1 : 0, r->bind_error ? "EADDRINUSE" : NULL);
	free(args);
}

static void child_line(const struct run_made *r)
{
	char *rest = xasprintf("si_code=CLD_EXITED, si_pid=%d, si_utime=%d",
			       r->pid, r->port % 10);

	rec_signal("client", r->pid + 1, 0.013, "SIGCHLD", rest);
	free(rest);
}

static void client_lines(const struct run_made *r)
{
	char *args = xasprintf("{handler=%s}", r->address);

	rec_call("client", r->pid + 1, 0.012 * r->slow, "rt_sigaction", args,
		 0, NULL);
	free(args);
	if (r->blocks)
		rec_blocks("client", r->pid + 1, 0.013 * r->slow, "read",
			   "0, ...");
	if (r->childish == 1)
		child_line(r);
	rec_call_for("client", r->pid + 1, 0.014 * r->slow, r->blocked,
		     "read", "0, \"x\", 64", 1, NULL);
	if (r->childish == 2)
		child_line(r);
}

static void wire_lines(const struct run_made *r)
{
	char *client = xasprintf("client:%d", r->port);
	char *server = xasprintf("server:%d", r->given);

	rec_packet(client, server, 0.020, "SYN seq 0 win 64240", NULL);
	if (r->again)
		rec_packet(client, server, 1.020, "SYN seq 0 win 64240", NULL);
	rec_packet(server, client, 0.021, "SYN,ACK seq 0 ack 1 win 65160",
		   NULL);
	if (r->ack)
		rec_packet(client, server, 0.022, "ACK seq 1 ack 1 win 63",
			   NULL);
	if (r->rst)
		rec_packet(server, client, 0.023, "RST seq 1 win 0", NULL);
	if (r->passing)
		rec_tcp(client, server, 1.024, NULL, r->passing, "");
	rec_tcp(client, server, 1.030, r->passing, r->state,
		r->with ? r->with : "");
	if (r->then)
		rec_tcp(client, server, 1.090, r->state, r->state, r->then);
	free(client);
	free(server);
}

static char *make(const struct run_made *r)
{
	char *start = xasprintf("start server ./server %d %s", r->given,
				r->knob);

	rec_begin();
	rec_scene("One", 1);
	rec_command(start);
	free(start);
	if (r->swapped)
		client_lines(r);
	server_lines(r);
	if (!r->swapped)
		client_lines(r);
	wire_lines(r);
	if (r->played)
		rec_expected();
	rec_call("server", r->pid, 2.0, "listen", "3, 1", 0, NULL);
	if (r->late) {
		rec_call("server", r->pid, 2.001, "accept", "3, NULL, NULL",
			 4, NULL);
		rec_call("server", r->pid, 2.050, "close", "4", 0, NULL);
	}
	return rec_end();
}

/* Compare; what was printed is in printed, until the next time. */
static char *printed;

static int compare_texts(const char *a, const char *b, int columns)
{
	struct view_options opt = { .columns = columns };
	struct errmsg err = { 0 };
	size_t size;
	FILE *out;
	int n;

	free(printed);
	out = open_memstream(&printed, &size);
	n = compare_runs(a, "first", b, "second", out, &opt, &err);
	fclose(out);
	if (n == -1)
		printf("# %s\n", err.text);
	return n;
}

static int compare_made(const struct run_made *a, const struct run_made *b)
{
	char *one = make(a), *two = make(b);
	int n = compare_texts(one, two, 80);

	free(one);
	free(two);
	return n;
}

#define RUN(...) ({ struct run_made r_ = usual; \
	struct run_made *r = &r_; __VA_ARGS__; *r; })
#define CHECK_DIFFER(want, what, ...) do { \
	struct run_made other = RUN(__VA_ARGS__); \
	int n = compare_made(&usual, &other), m; \
	CHECK(n == (want), "%s: %d", what, n); \
	m = compare_made(&other, &usual); \
	CHECK(m == n, "%s, the other way round: %d", what, m); \
} while (0)

static void test_no_difference(void)
{
	CHECK_DIFFER(0, "the same run", (void)r);
	CHECK(strstr(printed, "\nno difference\n"), "it is said");
	CHECK_DIFFER(0, "other pids", r->pid = 12);
	CHECK_DIFFER(0, "another port of the kernel's", r->port = 51234);
	CHECK_DIFFER(0, "another address", r->address = "0x55d2aa000010");
	CHECK_DIFFER(0, "slower", r->slow = 1.5);
	CHECK_DIFFER(0, "another port, everywhere", r->given = 7001);
	CHECK_DIFFER(0, "processes the other way round", r->swapped = true);
	CHECK_DIFFER(0, "seen asleep", r->blocks = true);
	CHECK_DIFFER(0, "an ACK alone", r->ack = true);
	CHECK_DIFFER(0, "a SYN once more", r->again = true);
	CHECK_DIFFER(0, "a state that passed", r->passing = "SYN-SENT");
}

static void test_differences(void)
{
	CHECK_DIFFER(1, "another result", r->bind_error = 1);
	CHECK_DIFFER(1, "asleep for long", r->blocks = true;
		     r->blocked = BLOCKED_LONG);
	CHECK_DIFFER(1, "a RST", r->rst = true);
	CHECK_DIFFER(1, "another state at the end", r->state = "CLOSE-WAIT");
	CHECK_DIFFER(2, "two calls more", r->late = true);
	CHECK_DIFFER(1, "a signal", r->childish = 1);
	CHECK_DIFFER(0, "another command", r->knob = "on");
	CHECK(strstr(printed, "no difference in what happened, 1 in the "
		     "commands"), "it is said of the commands");
}

/* Bytes are told with a change of state, or at rest. */
static void test_bytes(void)
{
	struct run_made a = RUN(r->with = " unread 5");
	struct run_made b = RUN(r->then = " unread 5");

	CHECK(compare_made(&a, &b) == 0, "told with the state, or later");
	CHECK(compare_made(&usual, &b) == 1, "or not at all");
	a.with = " unread 6";
	CHECK(compare_made(&a, &b) == 1, "or others");
}

/* A signal comes when it likes, and says which process it is about. */
static void test_signal(void)
{
	struct run_made a = RUN(r->childish = 1);
	struct run_made b = RUN(r->childish = 2);

	CHECK(compare_made(&a, &b) == 0, "SIGCHLD at another moment");
	b = RUN(r->childish = 1; r->pid = 12; r->port = 40009);
	CHECK(compare_made(&a, &b) == 0, "of another number");
}

/* A handout's scene is over with its last evidence. */
static void test_tail(void)
{
	struct run_made a = RUN(r->played = true);
	struct run_made b = RUN(r->played = true; r->late = true);

	CHECK(compare_made(&a, &b) == 0, "what came after the evidence");
	CHECK(compare_made(&b, &a) == 0, "the other way round");
	b.bind_error = 1;
	CHECK(compare_made(&a, &b) == 1, "not what came before");
}

/* Evidence is no tail: it has to come. */
static char *with_evidence(bool comes)
{
	rec_begin();
	rec_scene("One", 1);
	rec_expected();
	rec_call("p", 2, 0.10, "pipe", "[3, 4]", 0, NULL);
	rec_call("p", 2, 0.11, "close", "3", 0, NULL);
	if (comes) {
		rec_expected();
		rec_call("p", 2, 0.12, "close", "4", 0, NULL);
	}
	return rec_end();
}

/* Who sleeps for long is not about to be woken. */
static char *sleeper(bool sleeps)
{
	rec_begin();
	rec_scene("One", 1);
	if (sleeps) {
		rec_blocks("w", 5, 0.5, "wait4", "-1, ...");
	} else {
		rec_call("w", 5, 0.5, "wait4", "-1, NULL, 0, NULL", 6, NULL);
		rec_exit("w", 5, 1.4, 0, NULL);
	}
	rec_expected();
	rec_exit("p", 2, 1.5, 0, NULL);
	return rec_end();
}

static void test_evidence(void)
{
	char *a = with_evidence(true), *b = with_evidence(false);
	char *c = sleeper(true), *d = sleeper(false);

	CHECK(compare_texts(c, d, 80) > 0, "one that is not woken");
	free(c);
	free(d);

	CHECK(compare_texts(a, b, 80) == 1, "evidence that did not come");
	CHECK(compare_texts(b, a, 80) == 1, "the other way round");
	free(a);
	free(b);
}

/* One run on a busy machine, and one on an idle one. */
static char *busy(bool is_busy)
{
	rec_begin();
	rec_scene("One", 1);
	rec_expected();
	rec_call("p", 2, 0.01, "listen", "3, 1", 0, NULL);
	rec_call("r", 4, 0.01, "close", "3", 0, NULL);
	if (!is_busy)
		rec_call("r", 4, 0.02, "close", "4", 0, NULL);
	rec_tcp("s:7000", "*", 0.10, NULL, "LISTEN", " queue 0 of 1");
	if (is_busy) {
		rec_tcp("s:7000", "*", 0.20, "LISTEN", "LISTEN",
			" queue 1 of 1");
		rec_tcp("s:7000", "*", 0.50, "LISTEN", "LISTEN",
			" queue 0 of 1");
	}
	rec_packet("c:40000", "s:7000", 0.51, is_busy ?
		   "FIN,ACK seq 7 ack 1 win 64" : "FIN,ACK seq 7 ack 2 win 64",
		   NULL);
	if (is_busy) {
		rec_blocks("q", 3, 0.52, "read", "0, ...");
		rec_blocks("w", 5, 0.53, "wait4", "-1, ...");
	} else {
		rec_call("w", 5, 0.53, "wait4", "-1, NULL, 0, NULL", 6, NULL);
		rec_exit("w", 5, 0.54, 0, NULL);
	}
	rec_exit("q", 3, 0.60, 0, "SIGKILL");
	rec_expected();
	rec_exit("p", 2, 0.61, 0, NULL);
	rec_proc("p", 2, 0.62, is_busy ? "Z (zombie) parent 1" : "gone");
	return rec_end();
}

static void test_busy(void)
{
	char *a = busy(true), *b = busy(false);

	CHECK(compare_texts(a, b, 80) == 0, "a busy machine, and an idle one");
	CHECK(compare_texts(b, a, 80) == 0, "the other way round");
	free(a);
	free(b);
}

/* Within one process the order counts. */
static void test_order(void)
{
	char *a, *b;

	rec_begin();
	rec_scene("One", 1);
	rec_call("a", 2, 0.1, "open", "\"x\"", 3, NULL);
	rec_call("a", 2, 0.2, "pipe", "[4, 5]", 0, NULL);
	a = rec_end();
	rec_begin();
	rec_scene("One", 1);
	rec_call("a", 2, 0.1, "pipe", "[4, 5]", 0, NULL);
	rec_call("a", 2, 0.2, "open", "\"x\"", 3, NULL);
	b = rec_end();
	CHECK(compare_texts(a, b, 80) == 2, "one line gone, one more");
	free(a);
	free(b);
}

/* Which process a number means is what counts, not the number. */
static char *family(int child, int waited)
{
	char *args = xasprintf("%d, NULL, 0, NULL", waited);

	rec_begin();
	rec_scene("One", 1);
	rec_call("p", 2, 0.1, "fork", "", child, NULL);
	rec_call("p.1", child, 0.2, "getppid", "", 2, NULL);
	rec_call("p", 2, 0.3, "wait4", args, waited, NULL);
	free(args);
	return rec_end();
}

static void test_pids(void)
{
	char *a = family(3, 3), *b = family(77, 77), *c = family(3, 9);

	CHECK(compare_texts(a, b, 80) == 0, "a child by another number");
	CHECK(strstr(printed, "wait4($p.1, NULL, 0, NULL) = $p.1"),
	      "it is shown by name");
	CHECK(compare_texts(a, c, 80) == 1, "somebody else is waited for");
	free(a);
	free(b);
	free(c);
}

/* A name that came late holds for the first lines, too. */
static void test_names(void)
{
	struct event ev = {
		.kind = EV_CALL, .pid = 3, .text = (char *)"getpid() = 3",
		.call = (char *)"getpid", .args = (char *)"",
		.has_ret = true, .ret = 3, .who = (char *)"child",
		.expected = "*", .seq = 1,
	};
	char *a, *b;

	rec_begin();
	rec_scene("One", 1);
	rec_call("p.1", 3, 0.1, "close", "4", 0, NULL);
	rec_call("p.1", 3, 0.2, "getpid", "", 3, NULL);
	rec.view->ops->met(rec.view, &ev);
	a = rec_end();
	rec_begin();
	rec_scene("One", 1);
	rec_call("child", 3, 0.1, "close", "4", 0, NULL);
	rec_call("child", 3, 0.2, "getpid", "", 3, NULL);
	b = rec_end();
	CHECK(compare_texts(a, b, 80) == 0, "named late, and named early");
	free(a);
	free(b);
}

static void test_scenes(void)
{
	struct errmsg err = { 0 };
	char *a, *b, *part = NULL;

	rec_begin();
	rec_scene("One", 1);
	rec_call("a", 2, 0.1, "close", "3", 0, NULL);
	rec_scene("Two", 2);
	rec_call("a", 2, 0.1, "close", "4", 0, NULL);
	a = rec_end();
	rec_begin();
	rec_scene("One", 1);
	rec_call("a", 2, 0.1, "close", "3", 0, NULL);
	b = rec_end();
	CHECK(compare_texts(a, b, 80) == 1, "a scene that one lacks");
	CHECK(compare_split(a, 1, &part, &err) == 0 && !strcmp(part, b),
	      "the first scene alone");
	free(part);
	part = NULL;
	CHECK(compare_split(a, 2, &part, &err) == 0 &&
	      strstr(part, "close(4)") && !strstr(part, "close(3)"),
	      "the second scene alone");
	free(part);
	CHECK(compare_split(a, 3, &part, &err) == -1,
	      "there is no third: %s", err.text);
	CHECK(compare_texts("{", b, 80) == -1, "no recording");
	CHECK(compare_texts("", "", 80) == 0, "nothing and nothing");
	free(a);
	free(b);
}

static const char below[] =
"\n"
"1  first: One\n"
"2  second: One\n"
"\n"
"  > start server ./server 7000 off\n"
"  server  socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n"
" 1 server  bind(3, {sa_family=AF_INET, sin_port=htons(7000)}, 16) = 0\n"
" 2 server  bind(3, {sa_family=AF_INET, sin_port=htons(7000)}, 16) = -1\n"
"           EADDRINUSE (Some reason)\n"
"  client  rt_sigaction({handler=*}) = 0\n"
"  client  read(0, \"x\", 64) = 1\n"
"  wire    client:$port > server:7000  SYN seq 0 win *\n"
"  wire    server:7000 > client:$port  SYN,ACK seq 0 ack 1 win *\n"
" 2 wire    server:7000 > client:$port  RST seq 1 win 0\n"
"  tcp     client:$port server:7000 ESTABLISHED\n"
"  server  listen(3, 1) = 0\n"
"\n"
"2 differences; first difference:\n"
"  1  server bind(3, {sa_family=AF_INET, sin_port=htons(7000)}, 16) = 0\n"
"  2  server bind(3, {sa_family=AF_INET, sin_port=htons(7000)}, 16) = -1 "
"EADDRINUSE (Some reason)\n";

static const char beside[] =
"server  bind(3, {sa_family=AF_INET,                      | "
"server  bind(3, {sa_family=AF_INET,\n"
"        sin_port=htons(7000)}, 16) = 0                   | "
"        sin_port=htons(7000)}, 16) = -1 EADDRINUSE (Some\n"
"                                                         | "
"        reason)\n";

static void test_shown(void)
{
	struct run_made other = RUN(r->bind_error = 1; r->rst = true);
	char *a = make(&usual), *b = make(&other);
	int widest = 0;

	compare_texts(a, b, 80);
	check_str(printed, below, "one above the other");
	compare_texts(a, b, 116);
	CHECK(strstr(printed, beside), "side by side");
	for (const char *p = printed; *p; p += strcspn(p, "\n") + 1)
		if ((int)strcspn(p, "\n") > widest && *p != ' ')
			widest = strcspn(p, "\n");
	CHECK(widest <= 116, "not wider than the screen: %d", widest);
	free(a);
	free(b);
}

/* As many pairs as there can be, also where it is done in pieces. */
static void test_align(void)
{
	enum { N = 5000 };
	static struct align_line a[N], b[N];
	static char keys[N][8];
	size_t pairs = 0, i;

	for (i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		a[i] = (struct align_line){ .key = keys[i] };
		b[i] = (struct align_line){ .key = keys[i] };
	}
	a[0].key = b[N - 1].key = "other";
	align(a, N, b, N);
	for (i = 0; i < N; i++)
		pairs += a[i].beside != ALIGN_NONE &&
			b[a[i].beside].beside == i;
	CHECK(pairs == N - 2, "long rows: %zu pairs", pairs);

	a[0] = (struct align_line){ .key = "bind = 0", .head = "bind" };
	a[1] = (struct align_line){ .key = "x" };
	b[0] = (struct align_line){ .key = "y", };
	b[1] = (struct align_line){ .key = "bind = -1", .head = "bind" };
	b[2] = (struct align_line){ .key = "x" };
	align(a, 2, b, 3);
	CHECK(a[0].beside == 1 && a[1].beside == 2 &&
	      b[0].beside == ALIGN_NONE, "the same call stands beside it");
}

int main(void)
{
	setlocale(LC_ALL, "C");
	test_no_difference();
	test_differences();
	test_bytes();
	test_signal();
	test_tail();
	test_evidence();
	test_busy();
	test_order();
	test_pids();
	test_names();
	test_scenes();
	test_shown();
	test_align();
	free(printed);
	return check_done();
}
