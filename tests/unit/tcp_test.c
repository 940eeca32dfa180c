/*
 * tcp_test - sock_diag dumps, changes between two looks, and the line
 *
 * On recorded dumps (tests/fixtures/diag/README.md); live: net_test.
 */
#include "probe/tcp.h"

#include "buf.h"
#include "check.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdlib.h>

#define FIXTURES	"tests/fixtures/diag/"
#define RECORDED_SEQ	7

static char *slurp(const char *name, size_t *len)
{
	char path[128], bytes[4096];
	struct buf b = { 0 };
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), FIXTURES "%s", name);
	f = fopen(path, "re");
	if (!f) {
		printf("Bail out! no %s here\n", path);
		exit(1);
	}
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&b, bytes, n);
	fclose(f);
	*len = b.len;
	return buf_take(&b);
}

static struct tcp_dump parsed(const char *name)
{
	struct tcp_dump dump = { 0 };
	struct errmsg err = { 0 };
	size_t len;
	char *bytes = slurp(name, &len);

	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ, &dump, &err) == 0,
	      "%s is parsed %s", name, err.text);
	CHECK(dump.done && !dump.interrupted, "%s is whole", name);
	tcp_sort_dump(&dump);
	free(bytes);
	return dump;
}

static char *all_text(const struct tcp_dump *dump)
{
	struct buf b = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < dump->count; i++) {
		tcp_text(&dump->list[i], NULL, NULL, &text, NULL, NULL);
		buf_fmt(&b, "%s\n", text);
		free(text);
	}
	return buf_take(&b);
}

static const struct tcp_sock *find(const struct tcp_dump *dump, uint16_t port,
				   uint16_t peer_port)
{
	static const struct tcp_sock none;
	size_t i;

	for (i = 0; i < dump->count; i++)
		if (dump->list[i].port == port &&
		    dump->list[i].peer_port == peer_port)
			return &dump->list[i];
	return &none;
}

/* --- recorded dumps ------------------------------------------------------- */

static void test_all_states(void)
{
	struct tcp_dump dump = parsed("all-states.bin");
	bool has[NUM_TCP_STATES] = { false };
	char *got = all_text(&dump), *want;
	enum tcp_state state;
	size_t len, i;

	want = slurp("all-states.txt", &len);
	check_str(got, want, "each socket's line");
	for (i = 0; i < dump.count; i++)
		has[dump.list[i].state] = true;
	for (state = TCPS_LISTEN; state < TCPS_CLOSED; state++)
		CHECK(has[state], "%s is there", tcp_state_name(state));
	free(got);
	free(want);
	free(dump.list);
}

static const char *const ss_states[NUM_TCP_STATES] = {
	[TCPS_LISTEN] = "LISTEN", [TCPS_SYN_SENT] = "SYN-SENT",
	[TCPS_SYN_RECEIVED] = "SYN-RECV", [TCPS_ESTABLISHED] = "ESTAB",
	[TCPS_FIN_WAIT_1] = "FIN-WAIT-1", [TCPS_FIN_WAIT_2] = "FIN-WAIT-2",
	[TCPS_CLOSE_WAIT] = "CLOSE-WAIT", [TCPS_CLOSING] = "CLOSING",
	[TCPS_LAST_ACK] = "LAST-ACK", [TCPS_TIME_WAIT] = "TIME-WAIT",
	[TCPS_NONE] = "", [TCPS_CLOSED] = "",
};

static int port_of(const char *end)
{
	return atoi(strrchr(end, ':') + 1);	/* "*" is 0 */
}

/* What another program had to say about the same sockets. */
static void test_same_as_ss(void)
{
	struct tcp_dump dump = parsed("all-states.bin");
	const struct tcp_sock *s;
	char state[32], own[80], peer[80], *line, *rest, *text;
	unsigned int recvq, sendq;
	size_t len, same = 0;

	text = slurp("all-states.ss", &len);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%31s %u %u %79s %79s", state, &recvq, &sendq,
			   own, peer) != 5)
			continue;
		s = find(&dump, port_of(own), port_of(peer));
		same += !strcmp(ss_states[s->state], state) &&
			s->recvq == recvq && s->sendq == sendq;
	}
	CHECK(same == dump.count && same > 30,
	      "ss saw %zu of %zu sockets the same way", same, dump.count);
	free(text);
	free(dump.list);
}

static void test_fields(void)
{
	struct tcp_dump dump = parsed("all-states.bin");
	const struct tcp_sock *s = find(&dump, 7000, 0);

	CHECK(s->recvq == 2 && s->sendq == 1 && s->inode && s->cookie &&
	      s->timer == TCP_TIMER_NONE, "LISTEN: queue, limit, inode");
	s = find(&dump, 7000, 40010);
	CHECK(s->state == TCPS_ESTABLISHED && !s->inode,
	      "not accepted yet: no inode");
	s = find(&dump, 40001, 7001);
	CHECK(s->timer == TCP_TIMER_RETRANSMIT && s->retransmits == 2 &&
	      s->timer_ms > 0 && s->timer_ms <= 1100,
	      "SYN-SENT: the timer, %u ms", s->timer_ms);
	CHECK(s->sendq == 1 && !s->unacked && !s->unsent,
	      "a SYN is no byte of data");
	s = find(&dump, 40021, 7010);
	CHECK(s->timer == TCP_TIMER_KEEPALIVE && s->timer_ms > 7000000 &&
	      s->timer_ms <= 7200000, "keepalive: two hours");
	s = find(&dump, 40003, 7011);
	CHECK(s->timer == TCP_TIMER_PROBE && s->retransmits && s->unsent &&
	      !s->unacked, "zero window: probed, nothing is under way");
	s = find(&dump, 40022, 7010);
	CHECK(s->unsent + s->unacked == s->sendq && s->sendq == 131072,
	      "two writes of 64 KiB");
	s = find(&dump, 40028, 7010);
	CHECK(s->sendq == 4 && s->unacked == 3, "a FIN is no byte of data");
	s = find(&dump, 7010, 40024);
	CHECK(s->recvq == 4 && s->unread == 3, "nor is the peer's");
	s = find(&dump, 7010, 40023);
	CHECK(s->recvq == 1 && s->unread == 0, "also alone");
	s = find(&dump, 40026, 7010);
	CHECK(s->state == TCPS_TIME_WAIT && s->timer == TCP_TIMER_TIME_WAIT &&
	      s->timer_ms > 59000 && s->timer_ms <= 60000 && !s->inode,
	      "TIME-WAIT: the timer, no process");
	s = find(&dump, 40024, 7010);
	CHECK(s->state == TCPS_FIN_WAIT_2 && !s->inode &&
	      s->timer == TCP_TIMER_TIME_WAIT, "an orphan in FIN-WAIT-2");
	s = find(&dump, 7006, 40031);
	CHECK(s->family == AF_INET6 && s->addr[10] == 0xff && s->unread == 2,
	      "IPv4 in a socket of IPv6");
	free(dump.list);
}

static void test_without_info(void)
{
	struct tcp_dump dump = parsed("no-info.bin");
	const struct tcp_sock *s = find(&dump, 40022, 7010);

	CHECK(!s->unsent && s->unacked == 131072,
	      "without tcp_info all counts as unacked");
	free(dump.list);
	dump = parsed("none.bin");
	CHECK(!dump.count, "no socket");
	free(dump.list);
}

static void test_error(void)
{
	struct tcp_dump dump = { 0 };
	struct errmsg err = { 0 };
	size_t len;
	char *bytes = slurp("error.bin", &len);

	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ, &dump, &err) == -1,
	      "an error is one");
	CHECK(strstr(err.text, "Invalid") || strstr(err.text, "No such"),
	      "and is given: %s", err.text);
	free(bytes);
	free(dump.list);
}

/* --- dumps that were tampered with ---------------------------------------- */

static size_t next_message(const char *bytes)
{
	struct nlmsghdr h;

	memcpy(&h, bytes, sizeof(h));
	return NLMSG_ALIGN(h.nlmsg_len);
}

static void test_pieces(void)
{
	struct tcp_dump whole = parsed("all-states.bin"), dump = { 0 };
	struct errmsg err = { 0 };
	size_t len, at = 0, step;
	char *bytes = slurp("all-states.bin", &len), *got, *want;
	int failed = 0;

	for (; at < len; at += step) {
		step = next_message(bytes + at);
		failed += dump.done;
		failed -= tcp_parse_dump(bytes + at, step, RECORDED_SEQ, &dump,
					 &err);
	}
	CHECK(!failed && dump.done, "a message at a time");
	tcp_sort_dump(&dump);
	got = all_text(&dump);
	want = all_text(&whole);
	check_str(got, want, "comes to the same");
	free(got);
	free(want);
	free(bytes);
	free(dump.list);
	free(whole.list);
}

static void test_interrupted(void)
{
	struct tcp_dump dump = { 0 };
	struct errmsg err = { 0 };
	struct nlmsghdr h;
	size_t len, at;
	char *bytes = slurp("all-states.bin", &len);

	at = next_message(bytes);
	memcpy(&h, bytes + at, sizeof(h));
	h.nlmsg_flags |= NLM_F_DUMP_INTR;
	memcpy(bytes + at, &h, sizeof(h));
	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ, &dump, &err) == 0 &&
	      dump.done && dump.interrupted, "an interrupted dump says so");
	free(dump.list);

	dump = (struct tcp_dump){ 0 };
	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ + 1, &dump, &err) == 0 &&
	      !dump.done && !dump.count && !dump.interrupted,
	      "an earlier dump's messages are left out");
	free(dump.list);
	free(bytes);
}

/* Cut anywhere: an error, or the whole messages before; never a crash. */
static void test_cut(void)
{
	size_t len, cut, bounds = 0, good = 0;
	char *bytes = slurp("all-states.bin", &len), *copy;

	for (cut = 0; cut < len; cut += next_message(bytes + cut))
		bounds++;
	for (cut = 0; cut < len; cut++) {
		struct tcp_dump dump = { 0 };
		struct errmsg err = { 0 };

		/* Its own allocation, so that ASan sees a byte too many. */
		copy = malloc(cut ? cut : 1);
		memcpy(copy, bytes, cut);
		if (tcp_parse_dump(copy, cut, RECORDED_SEQ, &dump, &err) == 0)
			good += !dump.done;
		free(copy);
		free(dump.list);
	}
	CHECK(good == bounds, "cut: %zu times between two of %zu messages",
	      good, bounds);
	free(bytes);
}

/* Byte 0 has the first message's length, 16 a family, and 17 a state. */
static void refused(size_t at, uint16_t value, const char *why)
{
	struct tcp_dump dump = { 0 };
	struct errmsg err = { 0 };
	size_t len;
	char *bytes = slurp("all-states.bin", &len);

	memcpy(bytes + at, &value, sizeof(value));
	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ, &dump, &err) == -1 &&
	      strstr(err.text, why), "refused: %s", err.text);
	free(bytes);
	free(dump.list);
}

static void test_nonsense(void)
{
	refused(0, 3, "a message of 3 bytes");
	refused(0, 20, "a socket of 4 bytes");
	refused(16, 77 | 1 << 8, "unknown family 77");
	refused(16, AF_INET, "unknown TCP state 0");
	refused(16, AF_INET | 13 << 8, "unknown TCP state 13");
}

/* Requests are dumped as state 3; the kernel's own name for them is 12. */
static void test_new_syn_received(void)
{
	struct tcp_dump dump = { 0 };
	struct errmsg err = { 0 };
	size_t len;
	char *bytes = slurp("all-states.bin", &len);

	bytes[17] = 12;
	CHECK(tcp_parse_dump(bytes, len, RECORDED_SEQ, &dump, &err) == 0 &&
	      dump.list[0].state == TCPS_SYN_RECEIVED, "NEW_SYN_RECV");
	free(bytes);
	free(dump.list);
}

/* --- changes -------------------------------------------------------------- */

static struct tcp_sock sock(enum tcp_state state, uint64_t cookie)
{
	struct tcp_sock s = {
		.family = AF_INET,
		.addr = { 10, 0, 0, 1 },
		.port = 7000,
		.state = state,
		.cookie = cookie,
	};

	if (state == TCPS_LISTEN) {
		s.sendq = 1;
		return s;
	}
	memcpy(s.peer, (uint8_t [4]){ 10, 0, 0, 2 }, 4);
	s.peer_port = 40001;
	return s;
}

static struct tcp_change *changes_of(const struct tcp_sock *old, size_t n_old,
				     const struct tcp_sock *list, size_t count,
				     size_t *n)
{
	struct tcp_change *c;

	tcp_changes(old, n_old, list, count, &c, n);
	return c;
}

static void test_states_change(void)
{
	struct tcp_sock a[2] = { sock(TCPS_LISTEN, 1) };
	struct tcp_sock b[2] = { a[0], sock(TCPS_SYN_RECEIVED, 2) };
	struct tcp_change *c;
	size_t n;

	c = changes_of(a, 1, a, 1, &n);
	CHECK(n == 0, "nothing has changed");
	free(c);
	c = changes_of(NULL, 0, NULL, 0, &n);
	CHECK(n == 0, "nothing at all");
	free(c);
	c = changes_of(a, 1, b, 2, &n);
	CHECK(n == 1 && c->what == TCPC_APPEARED &&
	      c->old_state == TCPS_NONE &&
	      c->sock.state == TCPS_SYN_RECEIVED, "one has appeared");
	free(c);
	a[1] = sock(TCPS_ESTABLISHED, 2);
	a[1].unread = 5;
	c = changes_of(b, 2, a, 2, &n);
	CHECK(n == 1 && c->what & TCPC_STATE &&
	      c->old_state == TCPS_SYN_RECEIVED &&
	      c->sock.state == TCPS_ESTABLISHED, "its state has changed");
	free(c);
	c = changes_of(a, 2, b, 1, &n);
	CHECK(n == 1 && c->what == TCPC_GONE &&
	      c->old_state == TCPS_ESTABLISHED &&
	      c->sock.state == TCPS_CLOSED && !c->sock.unread, "it has gone");
	free(c);
	b[1] = sock(TCPS_SYN_RECEIVED, 3);
	c = changes_of(a, 2, b, 2, &n);
	CHECK(n == 2 && c[0].what == TCPC_GONE && c[1].what == TCPC_APPEARED,
	      "another with the same addresses is another");
	free(c);
}

static unsigned int change(const struct tcp_sock *old,
			   const struct tcp_sock *now)
{
	struct tcp_change *c;
	unsigned int what;
	size_t n;

	tcp_changes(old, 1, now, 1, &c, &n);
	what = n ? c->what : 0;
	free(c);
	return what;
}

static void test_small_changes(void)
{
	struct tcp_sock a = sock(TCPS_LISTEN, 1), b = a;

	b.recvq = 1;
	CHECK(change(&a, &b) == TCPC_QUEUE, "LISTEN: its queue");
	b = a;
	b.sendq = 5;
	CHECK(change(&a, &b) == TCPC_QUEUE, "LISTEN: its backlog");
	a = b = sock(TCPS_ESTABLISHED, 2);
	b.unread = 5;
	CHECK(change(&a, &b) == TCPC_BYTES, "unread bytes");
	CHECK(change(&b, &a) == TCPC_BYTES, "read bytes");
	b = a;
	b.unsent = 1;
	CHECK(change(&a, &b) == TCPC_BYTES, "unsent bytes");
	b = a;
	b.unacked = 1;
	CHECK(change(&a, &b) == TCPC_BYTES, "unacknowledged bytes");
	b = a;
	b.recvq = b.sendq = 1;
	CHECK(change(&a, &b) == 0, "a FIN in a queue is no change of its own");
	b = a;
	b.timer = TCP_TIMER_RETRANSMIT;
	b.timer_ms = 200;
	CHECK(change(&a, &b) == 0, "a timer that is set is no change");
	b.retransmits = 1;
	CHECK(change(&a, &b) == TCPC_RETRANSMIT, "one more retransmission");
	CHECK(change(&b, &a) == 0, "retransmission is over");
	a = sock(TCPS_TIME_WAIT, 2);
	a.timer = TCP_TIMER_TIME_WAIT;
	a.timer_ms = 59800;
	b = a;
	b.timer_ms = 59000;
	CHECK(change(&a, &b) == 0, "TIME-WAIT: time passes");
	b.timer_ms = 60000;
	CHECK(change(&a, &b) == TCPC_TIMER, "TIME-WAIT: its timer is set back");
}

static void test_keep_bytes(void)
{
	struct tcp_sock old[] = { sock(TCPS_ESTABLISHED, 1),
				  sock(TCPS_ESTABLISHED, 2),
				  sock(TCPS_ESTABLISHED, 4) };
	struct tcp_sock now[] = { sock(TCPS_ESTABLISHED, 2),
				  sock(TCPS_ESTABLISHED, 3),
				  sock(TCPS_CLOSE_WAIT, 4) };

	old[0].unread = 1;
	old[1].unread = 2;
	old[2].unread = 4;
	old[2].unsent = 5;
	now[1].unread = 3;
	now[2].unacked = 6;
	tcp_keep_bytes(old, 3, now, 3);
	CHECK(now[0].unread == 2, "the bytes are the old socket's");
	CHECK(now[1].unread == 3, "a new socket keeps its own");
	CHECK(now[2].unread == 4 && now[2].unsent == 5 && !now[2].unacked,
	      "all three, and whatever the state");
	CHECK(now[2].state == TCPS_CLOSE_WAIT, "and nothing else");
}

static void test_twice(void)
{
	struct tcp_dump dump = { .count = 4, .room = 4 };

	dump.list = xcalloc(4, sizeof(*dump.list));
	dump.list[0] = sock(TCPS_TIME_WAIT, 2);
	dump.list[1] = sock(TCPS_LISTEN, 1);
	dump.list[2] = sock(TCPS_ESTABLISHED, 2);
	dump.list[3] = sock(TCPS_ESTABLISHED, 3);
	tcp_sort_dump(&dump);
	CHECK(dump.count == 3 && dump.list[0].state == TCPS_LISTEN &&
	      dump.list[1].state == TCPS_TIME_WAIT &&
	      dump.list[2].cookie == 3,
	      "what came twice is kept once, in its later state");
	free(dump.list);
}

/* --- the line ------------------------------------------------------------- */

static const char *name_of(void *arg, int family, const uint8_t *addr)
{
	const char *own = arg;

	if (family == AF_INET && addr[0] == 10)
		return addr[3] == 1 ? "server" : "client";
	return !addr[0] && !addr[15] ? own : NULL;
}

static void says(const struct tcp_sock *s, const char *want)
{
	char own[] = "server", *text, *from, *to, *ends;
	size_t len;

	tcp_text(s, name_of, own, &text, &from, &to);
	check_str(text, want, want);
	len = strlen(from) + 1 + strlen(to);
	ends = xasprintf("%s %s", from, to);
	CHECK(!strncmp(text, ends, len), "from and to are as in the text");
	free(ends);
	free(text);
	free(from);
	free(to);
}

static void test_text(void)
{
	struct tcp_sock s = sock(TCPS_LISTEN, 1);

	says(&s, "server:7000 * LISTEN queue 0 of 1");
	s.recvq = 2;
	memset(s.addr, 0, sizeof(s.addr));
	says(&s, "server:7000 * LISTEN queue 2 of 1");
	s = sock(TCPS_ESTABLISHED, 1);
	says(&s, "server:7000 client:40001 ESTABLISHED");
	s.unread = 5;
	s.unsent = 12;
	s.unacked = 3;
	says(&s, "server:7000 client:40001 ESTABLISHED unread 5 unsent 12 "
	     "unacked 3");
	s = sock(TCPS_SYN_SENT, 1);
	s.timer = TCP_TIMER_RETRANSMIT;
	says(&s, "server:7000 client:40001 SYN-SENT");
	s.retransmits = 2;
	says(&s, "server:7000 client:40001 SYN-SENT retransmit 2");
	s.timer = TCP_TIMER_PROBE;
	s.state = TCPS_ESTABLISHED;
	says(&s, "server:7000 client:40001 ESTABLISHED zero-window probe 2");
	s = sock(TCPS_TIME_WAIT, 1);
	s.timer = TCP_TIMER_TIME_WAIT;
	s.timer_ms = 59001;
	says(&s, "server:7000 client:40001 TIME-WAIT 60 s left");
	s.timer_ms = 59000;
	says(&s, "server:7000 client:40001 TIME-WAIT 59 s left");
	s.timer_ms = UINT32_MAX;
	says(&s, "server:7000 client:40001 TIME-WAIT 4294968 s left");
	s = sock(TCPS_CLOSED, 1);
	says(&s, "server:7000 client:40001 CLOSED");
	s.family = AF_INET6;
	inet_pton(AF_INET6, "fd00::1", s.addr);
	inet_pton(AF_INET6, "::ffff:10.0.0.2", s.peer);
	says(&s, "[fd00::1]:7000 client:40001 CLOSED");
	s.family = AF_INET;
	inet_pton(AF_INET, "127.0.0.1", s.addr);
	inet_pton(AF_INET, "127.0.0.2", s.peer);
	says(&s, "127.0.0.1:7000 127.0.0.2:40001 CLOSED");
}

static void test_names(void)
{
	check_str(tcp_state_name(TCPS_FIN_WAIT_1), "FIN-WAIT-1", "a state");
	check_str(tcp_state_name(TCPS_CLOSED), "CLOSED", "the last state");
	check_str(tcp_timer_name(TCP_TIMER_PROBE), "zero-window probe",
		  "a timer");
}

int main(void)
{
	test_all_states();
	test_same_as_ss();
	test_fields();
	test_without_info();
	test_error();
	test_pieces();
	test_interrupted();
	test_cut();
	test_nonsense();
	test_new_syn_received();
	test_states_change();
	test_small_changes();
	test_keep_bytes();
	test_twice();
	test_text();
	test_names();
	return check_done();
}
