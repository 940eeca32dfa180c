/* keep_test - a recording becomes a handout: which lines, and how written */
#include "lab/keep.h"
#include "check.h"
#include "lab/handout.h"
#include "lab/keep_line.h"
#include "recording.h"

/* The handout; "" and *err filled in if there is none. The caller frees it. */
static char *keep(const char *record, struct errmsg *err)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int rc = keep_as_handout(record, "Mine", out, err);

	fclose(out);
	if (rc == -1)
		*text = '\0';
	return text;
}

/*
 * The lines of the steps alone, a bar between two steps; also checks that what
 * was made is a handout.
 */
static char *steps_of(char *record)
{
	struct errmsg err = { 0 };
	char *text = keep(record, &err);
	struct handout *h = handout_parse("mine.md", text, strlen(text), &err);
	char *at = text, *line;
	struct buf b = { 0 };
	bool in = false;

	buf_str(&b, "");
	if (!h)
		printf("# %s\n%s\n", err.text, text);
	while ((line = strsep(&at, "\n")))
		if (line[0] == '`') {
			if (!in && b.len)
				buf_str(&b, "|\n");
			in = !in;
		} else if (in && *line) {
			buf_fmt(&b, "%s\n", line);
		}
	handout_free(h);
	free(text);
	free(record);
	return buf_take(&b);
}

static void check_steps(char *record, const char *want, const char *what)
{
	char *got = steps_of(record);

	check_str(got, want, what);
	free(got);
}

/* As a person does it: everything is at rest before the next command. */
static void by_hand(void)
{
	rec_begin();
	rec_scene("By hand", 1);
	rec_command("start p ./parent");
	rec_call("p", 2, 0.100, "execve", "\"./parent\"", 0, NULL);
	rec_call("p", 2, 0.101, "clone", "flags=SIGCHLD, tidptr=0x7f00aa0010",
		 3, NULL);
	rec_call("p.1", 3, 0.102, "close", "3", 0, NULL);
	rec_blocks("p.1", 3, 0.103, "read", "0, ...");
	rec_blocks("p", 2, 0.104, "wait4", "3, ...");
}

static void test_family(void)
{
	by_hand();
	rec_command("kill -KILL p.1");
	rec_exit("p.1", 3, 0.500, 0, "SIGKILL");
	rec_call("p", 2, 0.501, "wait4", "3, [{WIFSIGNALED(s) && "
		 "WTERMSIG(s) == SIGKILL}], 0, NULL", 3, NULL);
	rec_signal("p", 2, 0.502, "SIGCHLD", "si_code=CLD_KILLED, si_pid=3, "
		   "si_uid=0, si_status=SIGKILL, si_utime=3");
	rec_proc("p.1", 3, 0.503, "gone");
	rec_call("p", 2, 0.504, "exit_group", "0", 0, NULL);
	rec_exit("p", 2, 0.505, 0, NULL);
	check_steps(rec_end(),
		    "> start p ./parent\n"
		    "p     clone*(*) = $p1\n"
		    "p1    close(3) = 0\n"
		    "p1    read(0, ...) blocks\n"
		    "p     wait4($p1, ...) blocks\n"
		    "|\n"
		    "> kill -KILL p1\n"
		    "p1    +++ killed by SIGKILL +++\n"
		    "p     wait4($p1, [{WIFSIGNALED(s) && WTERMSIG(s) == "
		    "SIGKILL}], 0, NULL) = $p1\n"
		    "proc  p1 gone\n"
		    "p     +++ exited with 0 +++\n",
		    "a child gets a name, for commands and patterns alike");
}

/* What was still on its way may have come before the command. */
static void test_on_its_way(void)
{
	rec_begin();
	rec_scene("In haste", 1);
	rec_command("start p ./parent");
	rec_call("p", 2, 0.1000, "pipe", "[3, 4]", 0, NULL);
	rec_command("type p x");
	rec_call("p", 2, 0.1001, "close", "3", 0, NULL);
	rec_call("p", 2, 0.1002, "read", "0, \"x\\n\", 64", 2, NULL);
	rec_call("p", 2, 0.1003, "close", "4", 0, NULL);
	rec_exit("p", 2, 0.1004, 0, NULL);
	check_steps(rec_end(),
		    "> start p ./parent\n"
		    "p     pipe([3, 4]) = 0\n"
		    "|\n"
		    "> type p x\n"
		    "p     read(0, \"x\\n\", 64) = 2\n"
		    "p     close(4) = 0\n"
		    "p     +++ exited with 0 +++\n",
		    "not sure is what came before the answer");
}

/* A handout's commands come fast, but it has said what it waits for. */
static void test_played(void)
{
	rec_begin();
	rec_scene("Played", 1);
	rec_command("start p ./parent");
	rec_expected();
	rec_blocks("p", 2, 0.1000, "pause", "");
	rec_command("start q ./other");
	rec_call("p", 2, 0.1010, "close", "5", 0, NULL);
	rec_expected();
	rec_call("p", 2, 0.1011, "close", "6", 0, NULL);
	rec_call("q", 3, 0.1012, "close", "7", 0, NULL);
	check_steps(rec_end(),
		    "> start p ./parent\n"
		    "p     pause() blocks\n"
		    "|\n"
		    "> start q ./other\n"
		    "p     close(6) = 0\n"
		    "q     close(7) = 0\n",
		    "what was expected stays expected");
}

static void start_pair(void)
{
	rec_begin();
	rec_scene("Net", 1);
	rec_command("hosts client server");
	rec_command("start server ./server 7000");
	rec_call("server", 2, 0.1, "bind", "3, {sa_family=AF_INET, "
		 "sin_port=htons(7000), sin_addr=inet_addr(\"0.0.0.0\")}, 16",
		 0, NULL);
	rec_blocks("server", 2, 0.1, "accept", "3, NULL, NULL");
	rec_tcp("server:7000", "*", 0.11, NULL, "LISTEN", " queue 0 of 1");
	rec_command("start client ./client 10.0.0.2 7000");
	rec_packet("client:40001", "server:7000", 0.5,
		   "SYN seq 0 win 64240 <mss 1460>", NULL);
	rec_tcp("client:40001", "server:7000", 0.5, NULL, "SYN-SENT", "");
	rec_packet("server:7000", "client:40001", 0.5,
		   "SYN,ACK seq 0 ack 1 win 65160", NULL);
	rec_packet("client:40001", "server:7000", 0.5,
		   "ACK seq 1 ack 1 win 63", NULL);
	rec_tcp("client:40001", "server:7000", 0.5, "SYN-SENT", "ESTABLISHED",
		"");
	rec_call("client", 3, 0.5, "connect", "3, {sa_family=AF_INET, "
		 "sin_port=htons(7000), sin_addr=inet_addr(\"10.0.0.2\")}, 16",
		 0, NULL);
	rec_blocks("client", 3, 0.5, "read", "3, ...");
	rec_call("server", 2, 0.5, "accept", "3, {sa_family=AF_INET, "
		 "sin_port=htons(40001), sin_addr=inet_addr(\"10.0.0.1\")}, "
		 "[16]", 4, NULL);
	rec_blocks("server", 2, 0.51, "read", "0, ...");
	rec_tcp("server:7000", "client:40001", 0.51, "SYN-RECEIVED",
		"ESTABLISHED", "");
}

#define PAIR_STARTED \
	"> hosts client server\n" \
	"> start server ./server 7000\n" \
	"server  bind(3, *htons(7000)*, 16) = 0\n" \
	"server  accept(3, NULL, NULL) blocks\n" \
	"tcp     server:7000 * LISTEN queue 0 of 1\n" \
	"|\n" \
	"> start client ./client $server 7000\n" \
	"wire    client:$port > server:7000  SYN *\n" \
	"wire    server:7000 > client:$port  SYN,ACK *\n" \
	"tcp     client:$port server:7000 ESTABLISHED*\n" \
	"client  connect(3, *htons(7000)*, 16) = 0\n" \
	"client  read(3, ...) blocks\n" \
	"server  accept(3, *htons($port)*, [16]) = 4\n" \
	"server  read(0, ...) blocks\n" \
	"tcp     server:7000 client:$port ESTABLISHED*\n"

static void test_wire(void)
{
	start_pair();
	rec_command("wire hold");
	rec_command("type server hello");
	rec_call("server", 2, 1.0, "read", "0, \"hello\\n\", 64", 6, NULL);
	rec_packet("server:7000", "client:40001", 1.0,
		   "PSH,ACK seq 1:7 ack 1 win 64 len 6 \"hello\\n\"", "held");
	rec_call("server", 2, 1.0, "write", "4, \"hello\\n\", 6", 6, NULL);
	rec_blocks("server", 2, 1.01, "read", "0, ...");
	rec_packet("server:7000", "client:40001", 1.2,
		   "PSH,ACK seq 1:7 ack 1 win 64 len 6 \"hello\\n\"", "held");
	rec_tcp("server:7000", "client:40001", 1.2, "ESTABLISHED",
		"ESTABLISHED", " retransmit 1 unacked 6");
	check_steps(rec_end(), PAIR_STARTED
		    "|\n"
		    "> wire hold\n"
		    "> type server hello\n"
		    "server  read(0, \"hello\\n\", 64) = 6\n"
		    "wire    server:7000 > client:$port  PSH,ACK seq 1:7 * "
		    "len 6 \"hello\\n\"* [held]\n"
		    "server  write(4, \"hello\\n\", 6) = 6\n"
		    "server  read(0, ...) blocks\n",
		    "packets once, and states that last");
}

/* What only came because somebody took their time. */
static void test_repeated(void)
{
	start_pair();
	rec_command("wire hold");
	rec_command("type client x");
	rec_packet("client:40001", "server:7000", 1.0,
		   "PSH,ACK seq 1:3 ack 1 win 63 len 2 \"x\\n\"", "held");
	rec_packet("client:40001", "server:7000", 1.2,
		   "PSH,ACK seq 1:3 ack 1 win 63 len 2 \"x\\n\"",
		   "held again");
	rec_packet("client:40001", "server:7000", 1.6,
		   "PSH,ACK seq 1:5 ack 1 win 63 len 4 \"x\\ny\\n\"", "held");
	rec_command("wire release");
	rec_packet("client:40001", "server:7000", 9.0,
		   "PSH,ACK seq 1:3 ack 1 win 63 len 2 \"x\\n\"", "let go");
	rec_packet("client:40001", "server:7000", 9.0,
		   "PSH,ACK seq 1:5 ack 1 win 63 len 4 \"x\\ny\\n\"",
		   "let go");
	rec_packet("client:40001", "server:7000", 9.0,
		   "PSH,ACK seq 3:5 ack 1 win 63 len 2 \"y\\n\"", NULL);
	rec_blocks("client", 3, 9.1, "read", "3, ...");
	check_steps(rec_end(), PAIR_STARTED
		    "|\n"
		    "> wire hold\n"
		    "> type client x\n"
		    "wire    client:$port > server:7000  PSH,ACK seq 1:3 * "
		    "len 2 \"x\\n\"* [held]\n"
		    "|\n"
		    "> wire release\n"
		    "wire    client:$port > server:7000  PSH,ACK seq 1:3 * "
		    "len 2 \"x\\n\"* [let go]\n"
		    "client  read(3, ...) blocks\n",
		    "what was held, and once, however it is cut later");
}

/* What was lost has to come again; what is asked for has to be there. */
static void test_lost(void)
{
	static const char *const ack = "ACK seq 1 ack 7 win 63";
	static const char *const data =
		"PSH,ACK seq 1:7 ack 1 win 64 len 6 \"hello\\n\"";

	start_pair();
	rec_command("wire drop *PSH*");
	rec_command("type server hello");
	rec_packet("server:7000", "client:40001", 1.0, data, "dropped");
	rec_command("wire release");
	rec_packet("server:7000", "client:40001", 2.0, data, NULL);
	rec_command("wire hold");
	rec_command("type server x");
	rec_packet("client:40001", "server:7000", 3.0, ack, "held");
	rec_packet("server:7000", "client:40001", 3.2, data, "held");
	rec_command("wire next");
	rec_packet("client:40001", "server:7000", 4.0, ack, "let go");
	rec_command("wire next");
	rec_packet("server:7000", "client:40001", 5.0, data, "let go");
	check_steps(rec_end(), PAIR_STARTED
		    "|\n"
		    "> wire drop *PSH*\n"
		    "> type server hello\n"
		    "wire    server:7000 > client:$port  PSH,ACK seq 1:7 * "
		    "len 6 \"hello\\n\"* [dropped]\n"
		    "|\n"
		    "> wire release\n"
		    "wire    server:7000 > client:$port  PSH,ACK seq 1:7 * "
		    "len 6 \"hello\\n\"\n"
		    "|\n"
		    "> wire hold\n"
		    "> type server x\n"
		    "wire    client:$port > server:7000  ACK seq 1 ack 7 * "
		    "[held]\n"
		    "wire    server:7000 > client:$port  PSH,ACK seq 1:7 * "
		    "len 6 \"hello\\n\"* [held]\n"
		    "|\n"
		    "> wire next\n"
		    "wire    client:$port > server:7000  ACK seq 1 ack 7 * "
		    "[let go]\n"
		    "|\n"
		    "> wire next\n"
		    "wire    server:7000 > client:$port  PSH,ACK seq 1:7 * "
		    "len 6 \"hello\\n\"* [let go]\n",
		    "a frame that is taken by a command of its own");
}

/* On a busy machine a FIN may be sent again, to one who has closed. */
static void test_reset(void)
{
	start_pair();
	rec_command("type server bye");
	rec_packet("server:7000", "client:40001", 1.0,
		   "FIN,ACK seq 1 ack 1 win 64", NULL);
	rec_packet("server:7000", "client:40001", 1.3,
		   "FIN,ACK seq 1 ack 1 win 64", NULL);
	rec_packet("client:40001", "server:7000", 1.4,
		   "RST seq 1 win 0", NULL);
	rec_tcp("server:7000", "client:40001", 1.5, "FIN-WAIT-1", "CLOSED",
		"");
	check_steps(rec_end(), PAIR_STARTED
		    "|\n"
		    "> type server bye\n"
		    "wire    server:7000 > client:$port  FIN,ACK *\n",
		    "nor what comes of it");
}

/* What comes late has a limit that lets it come. */
static void test_late(void)
{
	rec_begin();
	rec_scene("Late", 1);
	rec_command("start a ./sleeper");
	rec_blocks("a", 2, 0.1, "pause", "");
	rec_command("kill -USR1 a");
	rec_signal("a", 2, 9.0, "SIGUSR1", "si_code=SI_USER");
	rec_call("a", 2, 15.2, "nanosleep", "{tv_sec=6, tv_nsec=0}", 0, NULL);
	rec_call("a", 2, 24.0, "nanosleep", "{tv_sec=8, tv_nsec=0}", 0, NULL);
	rec_exit("a", 2, 24.1, 0, NULL);
	check_steps(rec_end(),
		    "> start a ./sleeper\n"
		    "a     pause() blocks\n"
		    "|\n"
		    "> kill -USR1 a\n"
		    "> limit 20\n"
		    "a     --- SIGUSR1 {*si_code=SI_USER*} ---\n"
		    "a     nanosleep({tv_sec=6, tv_nsec=0}) = 0\n"
		    "a     nanosleep({tv_sec=8, tv_nsec=0}) = 0\n"
		    "a     +++ exited with 0 +++\n",
		    "twice its time, and not for what a person took");
}

/* Two FINs that crossed: who knows which was first. */
static void test_crossing(void)
{
	start_pair();
	rec_command("wire delay 10");
	rec_packet("server:7000", "client:40001", 1.0,
		   "FIN,ACK seq 1 ack 1 win 64", NULL);
	rec_packet("client:40001", "server:7000", 1.0,
		   "FIN,ACK seq 1 ack 1 win 64", NULL);
	rec_packet("client:40001", "server:7000", 1.1,
		   "RST,ACK seq 2 ack 2 win 64", NULL);
	check_steps(rec_end(), PAIR_STARTED
		    "|\n"
		    "> wire delay 10\n"
		    "wire    server:7000 > client:$port  FIN,ACK *\n"
		    "wire    client:$port > server:7000  RST,ACK *\n",
		    "of two that crossed the first one alone");
}

/* What failed, or is not for handouts, is not kept. */
static void test_commands(void)
{
	rec_begin();
	rec_scene("Commands", 1);
	rec_command("start nobody ./missing");
	rec_command("type nobody x");
	rec_command("ladder");
	rec_command("nonsense");
	rec_command("wire next");
	rec_command("set cost 5");
	rec_command("  start a@b ./prog $cost $5 '$HOME' * \\\\ ");
	rec_call("a", 2, 0.1, "write", "1, \"5 * $3 \\\\n\\*\", 10", 10, NULL);
	rec_exit("a", 2, 0.2, 0, NULL);
	check_steps(rec_end(),
		    "> set cost 5\n"
		    "> start a@b ./prog $cost $$5 '$$HOME' * \\\\\n"
		    "a     write(1, \"5 \\* \\$3 \\\\\\n\\\\\\*\", 10) = 10\n"
		    "a     +++ exited with 0 +++\n",
		    "commands that worked; what is literal stays literal");
}

static void test_puppet(void)
{
	rec_begin();
	rec_scene("Puppet", 1);
	rec_command("start a puppet");
	rec_command("a getpid");
	rec_call("a", 2, 0.100, "getpid", "", 2, NULL);
	rec_command("a fork");
	rec_call("a", 2, 0.1001, "clone", "flags=SIGCHLD", 3, NULL);
	rec_command("a.1 exit 7");
	rec_exit("a.1", 3, 0.200, 7, NULL);
	rec_command("a nonsense");
	rec_command("a waitpid");
	rec_call("a", 2, 0.300, "wait4", "-1, [{WIFEXITED(s) && "
		 "WEXITSTATUS(s) == 7}], 0, NULL", 3, NULL);
	check_steps(rec_end(),
		    "> start a puppet\n"
		    "> a getpid\n"
		    "a     getpid() = *\n"
		    "> a fork a.1\n"
		    "a     clone*(*) = *\n"
		    "|\n"
		    "> a.1 exit 7\n"
		    "a.1   +++ exited with 7 +++\n"
		    "|\n"
		    "> a waitpid\n"
		    "a     wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == "
		    "7}], 0, NULL) = *\n",
		    "a puppet does what it is told, however fast");
}

/* A handler breaks off the call that was told, or the wait for one. */
static void test_handler(void)
{
	rec_begin();
	rec_scene("Puppet", 1);
	rec_command("start a puppet");
	rec_command("a sigaction USR1");
	rec_call("a", 2, 0.1, "rt_sigaction", "SIGUSR1, {}, NULL, 8", 0, NULL);
	rec_command("kill -USR1 a");
	rec_signal("a", 2, 0.2, "SIGUSR1", "si_code=SI_USER");
	rec_call("a", 2, 0.2, "rt_sigreturn", "{mask=[]}", -1, "EINTR");
	rec_command("a read 3");
	rec_blocks("a", 2, 0.3, "read", "3, ...");
	rec_command("kill -USR1 a");
	rec_call("a", 2, 0.4, "read", "3, NULL, 64", -1, "ERESTARTSYS");
	rec_signal("a", 2, 0.4, "SIGUSR1", "si_code=SI_USER");
	rec_call("a", 2, 0.4, "rt_sigreturn", "{mask=[]}", -1, "EINTR");
	check_steps(rec_end(),
		    "> start a puppet\n"
		    "> a sigaction USR1\n"
		    "a     rt_sigaction(SIGUSR1, {}, NULL, 8) = 0\n"
		    "|\n"
		    "> kill -USR1 a\n"
		    "a     --- SIGUSR1 {*si_code=SI_USER*} ---\n"
		    "|\n"
		    "> a read 3\n"
		    "a     read(3, ...) blocks\n"
		    "|\n"
		    "> kill -USR1 a\n"
		    "a     read(3, NULL, 64) = -1 ERESTARTSYS*\n"
		    "a     --- SIGUSR1 {*si_code=SI_USER*} ---\n"
		    "a     rt_sigreturn({mask=[]}) = -1 EINTR*\n",
		    "EINTR is of what was told");
}

static void test_document(void)
{
	struct errmsg err = { 0 };
	char *record, *text;
	struct handout *h;

	by_hand();
	rec_scene("Once more", 2);
	rec_command("start q ./other");
	rec_exit("q", 9, 0.9, 0, NULL);
	record = rec_end();
	text = keep(record, &err);
	h = handout_parse("mine.md", text, strlen(text), &err);
	CHECK(h && !strcmp(h->title, "Mine") && h->count == 2 &&
	      !strcmp(h->scenes[1].title, "Once more"),
	      "a title, a summary, a scene for each: %s", err.text);
	CHECK(h && *h->summary && h->scenes[0].items[0].kind == ITEM_PROSE &&
	      h->scenes[0].items[h->scenes[0].count - 1].kind == ITEM_PROSE,
	      "places for prose");
	handout_free(h);
	free(text);
	free(record);

	text = keep("", &err);
	CHECK(!*text && strstr(err.text, "nothing has been done"),
	      "nothing to keep: %s", err.text);
	free(text);
	text = keep("{\"type\":\"event\"", &err);
	CHECK(!*text && strstr(err.text, "the recording:1:"),
	      "no recording: %s", err.text);
	free(text);
}

/* Each pattern meets the line that it was made of, however odd that is. */
static void test_patterns(void)
{
	static const char *const args[] = {
		"3, \"plain\", 5", "3, \"$HOME * \\\\ \\\"x\\\" {\", 9",
		"0x7ffc11223344, 0x55aa00112233 /* 37 vars */",
		"{tv_sec=4, tv_nsec=999999123}, [{a=\"}\"}], [3 4]",
		"{sa_handler=0x7f00112233aa, sa_flags=SA_RESTART, sa_x=1}, 8",
		"\"0123456789012345678901234567890123456789\\x78\\x56\"..., 9",
		"3, \"unclosed", "{{{{", "", "$$", "\\*", "\\", "*\\",
	};
	struct vary v = { 0 };

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		char *text = xasprintf("call(%s) = -1 EPERM (Not allowed)",
				       args[i]);
		struct event ev = {
			.kind = EV_CALL, .text = text, .call = (char *)"call",
			.args = (char *)args[i], .has_ret = true, .ret = -1,
			.error = (char *)"EPERM",
		};
		char *pattern = keep_pattern(&v, &ev, false);
		struct names names = { 0 };

		CHECK(match(pattern, text, &names), "%s meets %s", pattern,
		      text);
		names_release(&names);
		free(pattern);
		free(text);
	}
}

/* Short enough to be read in a handout. */
static void test_short(void)
{
	static const struct { const char *args, *want; } cases[] = {
		{ "3, {sa_family=AF_INET, sin_port=htons(7000), "
		  "sin_addr=inet_addr(\"0.0.0.0\")}, 16",
		  "call(3, *htons(7000)*, 16) = 5" },
		{ "1, \"0123456789012345678901234567890123456789\", 40",
		  "call(1, \"0123456789012345678901234567890*, 40) = 5" },
		{ "[{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0",
		  "call([{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0) = 5" },
		{ "2, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=SA_RESTART, "
		  "x}", "call(2, *sa_handler=SIG_IGN*sa_flags=SA_RESTART*) "
		  "= 5" },
	};
	struct vary v = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = xasprintf("call(%s) = 5", cases[i].args);
		struct event ev = {
			.kind = EV_CALL, .text = text, .call = (char *)"call",
			.args = (char *)cases[i].args, .has_ret = true,
			.ret = 5,
		};
		char *pattern = keep_pattern(&v, &ev, false);

		check_str(pattern, cases[i].want, "what matters of it");
		free(pattern);
		free(text);
	}
}

/* What /proc tells, and what is written of it, is not the same twice. */
static void test_proc(void)
{
	rec_begin();
	rec_scene("By hand", 1);
	rec_command("start a cat /proc/3/statm");
	rec_call("a", 4, 0.1, "openat", "AT_FDCWD, \"/proc/3/statm\", "
		 "O_RDONLY", 3, NULL);
	rec_call("a", 4, 0.2, "read", "3, \"586 0 141\\n\", 4096", 8, NULL);
	rec_call("a", 4, 0.3, "write", "1, \"586 0 141\\n\", 8", 8, NULL);
	rec_call("a", 4, 0.4, "read", "3, \"\", 4096", 0, NULL);
	rec_exit("a", 4, 0.5, 0, NULL);
	rec_command("start b echo 586 141");
	rec_call("b", 5, 0.6, "write", "1, \"586 141\\n\", 8", 8, NULL);
	rec_exit("b", 5, 0.7, 0, NULL);
	check_steps(rec_end(),
		    "> start a cat /proc/3/statm\n"
		    "a     openat(AT_FDCWD, \"/proc/3/statm\", O_RDONLY) = 3\n"
		    "a     read(3, \"* * *\\n\", *) = *\n"
		    "a     write(1, \"* * *\\n\", *) = *\n"
		    "a     read(3, \"\", 4096) = 0\n"
		    "a     +++ exited with 0 +++\n"
		    "|\n"
		    "> start b echo 586 141\n"
		    "b     write(1, \"586 141\\n\", 8) = 8\n"
		    "b     +++ exited with 0 +++\n",
		    "what /proc tells is not taken for what it tells again");
}

int main(void)
{
	test_family();
	test_on_its_way();
	test_played();
	test_wire();
	test_repeated();
	test_lost();
	test_reset();
	test_late();
	test_crossing();
	test_commands();
	test_puppet();
	test_handler();
	test_document();
	test_patterns();
	test_short();
	test_proc();
	return check_done();
}
