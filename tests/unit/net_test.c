/*
 * net_test - hosts, the wire between them and the TCP probe, on the kernel
 *
 * One process is everything: it makes the hosts, opens sockets in each, and is
 * the relay. A frame that it does not pass on is held, so each TCP state
 * stands still until it is looked at. What sock_diag told is compared with
 * what ss prints in the same host. Skips where namespaces are refused.
 */
#include "box/net.h"
#include "probe/count.h"
#include "probe/tcp.h"

#include "buf.h"
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX	65536
#define PATIENCE	5.0		/* seconds, for what is bound to come */

enum { SERVER, CLIENT, NUM_HOSTS };

static struct node {
	struct net_host host;
	int wire;		/* the switch's end */
	int diag;
	int counters[NUM_COUNT_FILES];
} nodes[NUM_HOSTS];

static struct {
	unsigned int frames, strange, large, bad_checksums;
} seen;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void must(bool ok, const char *what, const char *why)
{
	if (ok)
		return;
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

/* --- the box -------------------------------------------------------------- */

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd != -1 && write(fd, text, strlen(text)) != -1;

	if (fd != -1)
		close(fd);
	return ok;
}

static bool make_box(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1", getuid());
	snprintf(gids, sizeof(gids), "0 %u 1", getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
		put("/proc/self/setgroups", "deny") &&
		put("/proc/self/uid_map", uids) &&
		put("/proc/self/gid_map", gids);
}

static int look_in(void *arg, struct errmsg *err)
{
	struct node *n = arg;

	n->diag = net_diag_socket(err);
	if (n->diag == -1)
		return -1;
	return count_open(n->counters, err);
}

static void make_hosts(void)
{
	static const char *const names[] = { "server", "client" };
	struct net_host hosts[NUM_HOSTS];
	struct errmsg err = { 0 };
	double start = now();
	int i;

	for (i = 0; i < NUM_HOSTS; i++)
		must(net_host_add(&hosts[i], names[i], i + 1, &err) == 0,
		     "net_host_add", err.text);
	must(net_neighbours(hosts, NUM_HOSTS, &err) == 0, "net_neighbours",
	     err.text);
	printf("# two hosts made in %.1f ms\n", (now() - start) * 1e3);
	for (i = 0; i < NUM_HOSTS; i++) {
		nodes[i].host = hosts[i];
		nodes[i].wire = net_packet_socket(hosts[i].port, &err);
		must(nodes[i].wire != -1, "net_packet_socket", err.text);
		must(net_within(hosts[i].netns, look_in, &nodes[i], &err) == 0,
		     "net_diag_socket", err.text);
	}
}

/* --- sockets in a host ---------------------------------------------------- */

struct opening {
	int family, fd;
};

static int open_socket(void *arg, struct errmsg *err)
{
	struct opening *o = arg;

	o->fd = socket(o->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	return o->fd == -1 ? errmsg_errno(err, "socket") : 0;
}

static socklen_t address(struct sockaddr_storage *to, int family,
			 const char *ip, int port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = family;
	if (family == AF_INET) {
		v4->sin_port = htons(port);
		inet_pton(family, ip, &v4->sin_addr);
		return sizeof(*v4);
	}
	v6->sin6_port = htons(port);
	inet_pton(family, ip, &v6->sin6_addr);
	return sizeof(*v6);
}

static int bound(struct node *n, int family, const char *ip, int port)
{
	struct opening o = { .family = family };
	struct sockaddr_storage addr;
	struct errmsg err = { 0 };
	int one = 1;

	must(net_within(n->host.netns, open_socket, &o, &err) == 0, "socket",
	     err.text);
	setsockopt(o.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must(bind(o.fd, (struct sockaddr *)&addr,
		  address(&addr, family, ip, port)) == 0,
	     "bind", strerror(errno));
	return o.fd;
}

static int listening(struct node *n, int family, const char *ip, int port)
{
	int fd = bound(n, family, ip, port);

	must(listen(fd, 1) == 0, "listen", strerror(errno));
	return fd;
}

static int connecting(int fd, int family, const char *ip, int port)
{
	struct sockaddr_storage addr;
	socklen_t len = address(&addr, family, ip, port);

	must(connect(fd, (struct sockaddr *)&addr, len) == 0 ||
	     errno == EINPROGRESS, "connect", strerror(errno));
	return fd;
}

/* --- the wire ------------------------------------------------------------- */

#define F_FIN	0x01
#define F_SYN	0x02
#define F_ACK	0x10

static uint32_t sum(uint32_t n, const uint8_t *at, size_t len)
{
	for (; len > 1; at += 2, len -= 2)
		n += at[0] << 8 | at[1];
	if (len)
		n += at[0] << 8;
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	return n;
}

/* The TCP flags; -1 for any other frame. Keeps count of what is not right. */
static int examine(const uint8_t *frame, size_t len)
{
	bool v4 = frame[12] == 0x08 && frame[13] == 0x00;
	bool v6 = frame[12] == 0x86 && frame[13] == 0xdd;
	const uint8_t *ip = frame + 14;
	size_t head = v4 ? 20 : 40, body;

	seen.frames++;
	seen.large += len > 1514;
	if ((!v4 && !v6) || ip[v4 ? 9 : 6] != IPPROTO_TCP) {
		seen.strange++;
		return -1;
	}
	body = v4 ? (ip[2] << 8 | ip[3]) - head : (size_t)(ip[4] << 8 | ip[5]);
	if (sum(sum(IPPROTO_TCP + body, v4 ? ip + 12 : ip + 8, v4 ? 8 : 32),
		ip + head, body) != 0xffff)
		seen.bad_checksums++;
	return ip[head + 13] & ~0x08;		/* without PSH */
}

static ssize_t take(struct node *from, uint8_t *frame, int *flags)
{
	ssize_t n = read(from->wire, frame, FRAME_MAX);

	if (n > 0)
		*flags = examine(frame, n);
	return n;
}

static void pass(struct node *from, const uint8_t *frame, size_t len)
{
	struct node *to = &nodes[from == &nodes[SERVER] ? CLIENT : SERVER];

	must(write(to->wire, frame, len) == (ssize_t)len, "relay",
	     strerror(errno));
}

/* Wait for a frame with these flags, and pass it on or not; drop others. */
static bool let(struct node *from, int flags, bool on)
{
	static uint8_t frame[FRAME_MAX];
	struct pollfd p = { .fd = from->wire, .events = POLLIN };
	double end = now() + PATIENCE;
	int got;
	ssize_t n;

	while (now() < end) {
		poll(&p, 1, 100);
		n = take(from, frame, &got);
		if (n <= 0 || got != flags)
			continue;
		if (on)
			pass(from, frame, n);
		return true;
	}
	return false;
}

/* Pass on what is there, or comes within a few milliseconds. */
static void pump(void)
{
	static uint8_t frame[FRAME_MAX];
	struct pollfd p[NUM_HOSTS] = {
		{ .fd = nodes[SERVER].wire, .events = POLLIN },
		{ .fd = nodes[CLIENT].wire, .events = POLLIN },
	};
	int i, got;
	ssize_t n;

	poll(p, NUM_HOSTS, 5);
	for (i = 0; i < NUM_HOSTS; i++)
		while ((n = take(&nodes[i], frame, &got)) > 0)
			pass(&nodes[i], frame, n);
}

/* --- looking -------------------------------------------------------------- */

static const char *name_of(void *arg, int family, const uint8_t *addr)
{
	static const uint8_t any[16];
	struct node *n = arg;
	const uint8_t *last = addr + (family == AF_INET ? 3 : 15);

	if (!memcmp(addr, any, family == AF_INET ? 4 : 16))
		return n->host.name;
	if (*addr == (family == AF_INET ? 10 : 0xfd) && (*last | 3) == 3)
		return nodes[*last - 1].host.name;
	return NULL;
}

static struct tcp_sock *look(struct node *n, size_t *count)
{
	struct tcp_sock *list;
	struct errmsg err = { 0 };

	must(tcp_look(n->diag, &list, count, &err) == 0, "tcp_look", err.text);
	return list;
}

/*
 * All sockets of a host, a line each. How slow the machine is does not count:
 * retransmissions are left out, and a fresh TIME-WAIT has its 60 s.
 */
static char *state_of(struct node *n)
{
	struct tcp_sock *list, *s;
	struct buf b = { 0 };
	size_t count;
	char *text;

	list = look(n, &count);
	for (s = list; s < list + count; s++) {
		s->retransmits = 0;
		if (s->timer_ms > 50000)
			s->timer_ms = 60000;
		tcp_text(s, name_of, n, &text, NULL, NULL);
		buf_fmt(&b, "%s%s", b.len ? "\n" : "", text);
		free(text);
	}
	free(list);
	return buf_take(&b);
}

static void is(struct node *n, const char *want, const char *what)
{
	char *got = state_of(n);

	check_str(got, want, what);
	free(got);
}

/* Relay everything, until it looks like this. */
static void becomes(struct node *n, const char *want, const char *what)
{
	double end = now() + PATIENCE;
	char *got = state_of(n);

	while (strcmp(got, want) && now() < end) {
		free(got);
		pump();
		got = state_of(n);
	}
	check_str(got, want, what);
	free(got);
}

/* --- ss, as the witness --------------------------------------------------- */

static const char *const ss_states[NUM_TCP_STATES] = {
	[TCPS_LISTEN] = "LISTEN", [TCPS_SYN_SENT] = "SYN-SENT",
	[TCPS_SYN_RECEIVED] = "SYN-RECV", [TCPS_ESTABLISHED] = "ESTAB",
	[TCPS_FIN_WAIT_1] = "FIN-WAIT-1", [TCPS_FIN_WAIT_2] = "FIN-WAIT-2",
	[TCPS_CLOSE_WAIT] = "CLOSE-WAIT", [TCPS_CLOSING] = "CLOSING",
	[TCPS_LAST_ACK] = "LAST-ACK", [TCPS_TIME_WAIT] = "TIME-WAIT",
	[TCPS_CLOSED] = "UNCONN",
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(char **lines, size_t n)
{
	struct buf b = { 0 };
	size_t i;

	qsort(lines, n, sizeof(*lines), by_text);
	for (i = 0; i < n; i++) {
		buf_fmt(&b, "%s\n", lines[i]);
		free(lines[i]);
	}
	return buf_take(&b);
}

static int port_of(const char *end)
{
	return atoi(strrchr(end, ':') + 1);	/* "*" is 0 */
}

struct ss {
	char *text;		/* NULL: no ss here */
};

/*
 * ss 6.15 (not yet 6.1) also asks the kernel for sockets that have a port and
 * nothing else. A connection in TIME-WAIT leaves one behind, for as long as the
 * descriptor is open.
 */
#define SS	"ss -Htan exclude bound-inactive 2>/dev/null || " \
		"ss -Htan 2>/dev/null"

static int run_ss(void *arg, struct errmsg *err)
{
	char line[256], state[32], own[80], peer[80], *lines[64];
	unsigned int recvq, sendq;
	struct ss *ss = arg;
	size_t n = 0;
	FILE *f = popen(SS, "r");

	if (!f)
		return errmsg_errno(err, "ss");
	while (n < 64 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %u %u %79s %79s", state, &recvq, &sendq,
			   own, peer) == 5)
			lines[n++] = xasprintf("%s %u %u %d %d", state, recvq,
					       sendq, port_of(own),
					       port_of(peer));
	ss->text = sorted(lines, n);
	if (pclose(f)) {
		free(ss->text);
		ss->text = NULL;
	}
	return 0;
}

static void same_as_ss(struct node *n, const char *what)
{
	struct ss ss = { 0 };
	struct errmsg err = { 0 };
	struct tcp_sock *list;
	char *lines[64], *own;
	size_t count, i;

	list = look(n, &count);
	must(count <= 64, what, "too many sockets");
	for (i = 0; i < count; i++)
		lines[i] = xasprintf("%s %u %u %d %d",
				     ss_states[list[i].state], list[i].recvq,
				     list[i].sendq, list[i].port,
				     list[i].peer_port);
	own = sorted(lines, count);
	must(net_within(n->host.netns, run_ss, &ss, &err) == 0, what,
	     err.text);
	if (ss.text)
		check_str(own, ss.text, what);
	else
		CHECK(true, "%s # SKIP no ss here", what);
	free(ss.text);
	free(own);
	free(list);
}

static void both_same_as_ss(const char *what)
{
	same_as_ss(&nodes[SERVER], what);
	same_as_ss(&nodes[CLIENT], what);
}

/* --- the tests ------------------------------------------------------------ */

static struct node *const server = &nodes[SERVER];
static struct node *const client = &nodes[CLIENT];

/* A connection from client:port to server:7000; *lfd listens, *cfd connects. */
static int connected(int port, int *lfd, int *cfd)
{
	int fd;

	pump();			/* what the test before has left */
	*lfd = listening(server, AF_INET, "0.0.0.0", 7000);
	*cfd = connecting(bound(client, AF_INET, "10.0.0.2", port), AF_INET,
			  "10.0.0.1", 7000);
	let(client, F_SYN, true);
	let(server, F_SYN | F_ACK, true);
	let(client, F_ACK, true);
	fd = accept4(*lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	must(fd != -1, "accept", strerror(errno));
	close(*lfd);
	return fd;
}

/* A RST, so that the next test finds nothing. */
static void drop_connection(int fd)
{
	struct linger now_or_never = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now_or_never,
		   sizeof(now_or_never));
	close(fd);
}

static void test_handshake(void)
{
	int lfd, cfd, fd;

	lfd = listening(server, AF_INET, "0.0.0.0", 7000);
	is(server, "server:7000 * LISTEN queue 0 of 1", "it listens");
	cfd = connecting(bound(client, AF_INET, "10.0.0.2", 40001), AF_INET,
			 "10.0.0.1", 7000);
	is(client, "client:40001 server:7000 SYN-SENT", "the SYN is held");
	is(server, "server:7000 * LISTEN queue 0 of 1", "it knows of no SYN");
	both_same_as_ss("ss: the SYN is held");
	CHECK(let(client, F_SYN, true), "SYN");
	is(server, "server:7000 * LISTEN queue 0 of 1\n"
	   "server:7000 client:40001 SYN-RECEIVED", "the SYN,ACK is held");
	both_same_as_ss("ss: the SYN,ACK is held");
	CHECK(let(server, F_SYN | F_ACK, true), "SYN,ACK");
	is(client, "client:40001 server:7000 ESTABLISHED", "the ACK is held");
	is(server, "server:7000 * LISTEN queue 0 of 1\n"
	   "server:7000 client:40001 SYN-RECEIVED", "and not here yet");
	CHECK(let(client, F_ACK, true), "ACK");
	is(server, "server:7000 * LISTEN queue 1 of 1\n"
	   "server:7000 client:40001 ESTABLISHED", "queued for accept()");
	both_same_as_ss("ss: the handshake is over");
	fd = accept(lfd, NULL, NULL);
	CHECK(fd != -1, "accept");
	is(server, "server:7000 * LISTEN queue 0 of 1\n"
	   "server:7000 client:40001 ESTABLISHED", "the queue is empty");
	close(lfd);
	drop_connection(fd);
	becomes(client, "", "the RST ends it there");
	is(server, "", "and here");
	close(cfd);
}

static void test_bytes(void)
{
	static char bytes[1 << 16];
	struct tcp_sock *list;
	size_t count, sent = 0, got = 0;
	double end = now() + PATIENCE;
	int lfd, cfd, fd = connected(40002, &lfd, &cfd);
	ssize_t n;

	CHECK(write(cfd, "12345", 5) == 5, "five bytes");
	is(client, "client:40002 server:7000 ESTABLISHED unacked 5",
	   "the segment is held");
	becomes(server, "server:7000 client:40002 ESTABLISHED unread 5",
		"nobody has read");
	becomes(client, "client:40002 server:7000 ESTABLISHED", "acknowledged");
	CHECK(read(fd, bytes, sizeof(bytes)) == 5, "read");
	is(server, "server:7000 client:40002 ESTABLISHED", "all is read");

	while (sent < 200000 && (n = write(cfd, bytes, sizeof(bytes))) > 0)
		sent += n;
	list = look(client, &count);
	CHECK(count == 1 && list[0].unsent && list[0].unacked &&
	      list[0].unsent + list[0].unacked == sent,
	      "unsent %u and unacked %u are what was written, %zu",
	      list[0].unsent, list[0].unacked, sent);
	free(list);
	same_as_ss(client, "ss: the window is full");
	for (; got < sent && now() < end; pump())
		while ((n = read(fd, bytes, sizeof(bytes))) > 0)
			got += n;
	CHECK(got == sent, "%zu of %zu bytes came through", got, sent);
	drop_connection(fd);
	becomes(client, "", "the connection is gone");
	close(cfd);
}

/* The server closes first; its last ACK is lost, so the FIN is repeated. */
static void test_teardown(void)
{
	struct tcp_change *changes;
	struct tcp_sock *old, *list;
	size_t n_old, count, n;
	int lfd, cfd, fd = connected(40003, &lfd, &cfd);

	close(fd);
	is(server, "server:7000 client:40003 FIN-WAIT-1", "the FIN is held");
	is(client, "client:40003 server:7000 ESTABLISHED", "and not there");
	both_same_as_ss("ss: the FIN is held");
	CHECK(let(server, F_FIN | F_ACK, true), "FIN");
	is(client, "client:40003 server:7000 CLOSE-WAIT", "no byte to read");
	both_same_as_ss("ss: the FIN's ACK is held");
	CHECK(let(client, F_ACK, true), "the FIN's ACK");
	is(server, "server:7000 client:40003 FIN-WAIT-2 60 s left",
	   "an orphan, and small");
	both_same_as_ss("ss: half closed");
	close(cfd);
	is(client, "client:40003 server:7000 LAST-ACK", "its FIN is held");
	both_same_as_ss("ss: the second FIN is held");
	CHECK(let(client, F_FIN | F_ACK, true), "the second FIN");
	is(server, "server:7000 client:40003 TIME-WAIT 60 s left", "TIME-WAIT");
	both_same_as_ss("ss: the last ACK is held");
	CHECK(let(server, F_ACK, false), "the last ACK is lost");

	CHECK(let(client, F_FIN | F_ACK, false), "the FIN comes again");
	old = look(server, &n_old);
	CHECK(let(client, F_FIN | F_ACK, true), "and again");
	list = look(server, &count);
	tcp_changes(old, n_old, list, count, &changes, &n);
	CHECK(n == 1 && changes[0].what == TCPC_TIMER &&
	      changes[0].sock.timer_ms > old[0].timer_ms,
	      "the TIME-WAIT timer was set back up, from %u to %u ms",
	      old[0].timer_ms, n ? changes[0].sock.timer_ms : 0);
	free(changes);
	free(old);
	free(list);
	becomes(client, "", "the repeated ACK ends LAST-ACK");
}

static void test_closing(void)
{
	int lfd, cfd, fd = connected(40004, &lfd, &cfd);

	shutdown(fd, SHUT_WR);
	shutdown(cfd, SHUT_WR);
	is(client, "client:40004 server:7000 FIN-WAIT-1", "both FINs are held");
	CHECK(let(server, F_FIN | F_ACK, true), "one FIN");
	is(client, "client:40004 server:7000 CLOSING", "they have crossed");
	both_same_as_ss("ss: the FINs have crossed");
	becomes(client, "client:40004 server:7000 TIME-WAIT 60 s left",
		"TIME-WAIT here");
	is(server, "server:7000 client:40003 TIME-WAIT 60 s left\n"
	   "server:7000 client:40004 TIME-WAIT 60 s left", "and there");
	both_same_as_ss("ss: TIME-WAIT on both sides");
	close(fd);
	close(cfd);
}

/* Does any line of it say so? */
static bool shows(struct node *n, const char *what)
{
	char *text = state_of(n);
	bool found = strstr(text, what);

	free(text);
	return found;
}

/* Wait until it does. */
static void comes(struct node *n, const char *what)
{
	double end = now() + PATIENCE;

	while (!shows(n, what) && now() < end)
		pump();
	CHECK(shows(n, what), "comes: %s", what);
}

static void freeze(int fd, bool on)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { 1, &nothing };

	must(setsockopt(fd, SOL_SOCKET,
			on ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &filter,
			sizeof(filter)) == 0, "freeze", strerror(errno));
}

static int loop_client(int port)
{
	return bound(client, AF_INET, "127.0.0.1", port);
}

/* States on the loopback, where there is no wire to hold. */
static void test_frozen(void)
{
	int lfd = listening(client, AF_INET, "127.0.0.1", 7005), cfd, fd;

	cfd = loop_client(40005);
	freeze(lfd, true);
	connecting(cfd, AF_INET, "127.0.0.1", 7005);
	CHECK(shows(client, "127.0.0.1:40005 127.0.0.1:7005 SYN-SENT"),
	      "frozen: SYN-SENT");
	same_as_ss(client, "ss: frozen SYN-SENT");
	close(cfd);
	freeze(lfd, false);

	cfd = loop_client(40006);
	freeze(cfd, true);
	connecting(cfd, AF_INET, "127.0.0.1", 7005);
	CHECK(shows(client, "SYN-RECEIVED"), "frozen: SYN-RECEIVED");
	same_as_ss(client, "ss: frozen SYN-RECEIVED");
	close(cfd);

	cfd = connecting(loop_client(40007), AF_INET, "127.0.0.1", 7005);
	fd = accept(lfd, NULL, NULL);
	must(fd != -1, "accept", strerror(errno));
	close(lfd);
	freeze(fd, true);
	shutdown(cfd, SHUT_WR);
	CHECK(shows(client, "FIN-WAIT-1"), "frozen: FIN-WAIT-1");
	same_as_ss(client, "ss: frozen FIN-WAIT-1");
	freeze(fd, false);
	comes(client, "CLOSE-WAIT");
	freeze(cfd, true);
	shutdown(fd, SHUT_WR);
	CHECK(shows(client, "LAST-ACK"), "frozen: LAST-ACK");
	same_as_ss(client, "ss: frozen LAST-ACK");
	freeze(cfd, false);
	close(fd);
	close(cfd);
}

/* IPv6, and IPv4 through a socket of IPv6. */
static void test_ipv6(void)
{
	int lfd = listening(server, AF_INET6, "::", 7006);
	int c6 = connecting(bound(client, AF_INET6, "fd00::2", 40006),
			    AF_INET6, "fd00::1", 7006), c4;

	CHECK(let(client, F_SYN, true), "SYN over IPv6");
	is(server, "server:7006 * LISTEN queue 0 of 1\n"
	   "server:7006 client:40006 SYN-RECEIVED", "SYN-RECEIVED over IPv6");
	becomes(server, "server:7006 * LISTEN queue 1 of 1\n"
		"server:7006 client:40006 ESTABLISHED", "ESTABLISHED over it");
	c4 = connecting(bound(client, AF_INET, "10.0.0.2", 40007), AF_INET,
			"10.0.0.1", 7006);
	CHECK(let(client, F_SYN, true), "SYN over IPv4");
	is(server, "server:7006 * LISTEN queue 1 of 1\n"
	   "server:7006 client:40007 SYN-RECEIVED\n"
	   "server:7006 client:40006 ESTABLISHED", "v4 in a v6 socket");
	both_same_as_ss("ss: IPv6");
	close(lfd);
	drop_connection(c4);
	drop_connection(c6);
	becomes(server, "", "nothing is left of it");
}

/* --- what a host is like -------------------------------------------------- */

static char *text_of(const char *path)
{
	char bytes[4096] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, bytes, sizeof(bytes) - 1);

	if (fd != -1)
		close(fd);
	return n < 0 ? NULL : xstrndup(bytes, n);
}

#define ADDRESSES	"/proc/thread-self/net/if_inet6"
#define NEIGHBOURS	"/proc/thread-self/net/arp"
#define TABLE_SIZE	"/proc/sys/net/ipv4/tcp_ehash_entries"
#define MAX_TIME_WAIT	"/proc/sys/net/ipv4/tcp_max_tw_buckets"

static int look_around(void *arg, struct errmsg *err)
{
	const char *outside = arg;
	char *text;

	(void)err;
	text = text_of(ADDRESSES);
	CHECK(text && strstr(text, "fd000000000000000000000000000001") &&
	      strstr(text, " 40 00 82     eth0"),
	      "its IPv6 address is there, and was not probed for");
	CHECK(text && !strstr(text, "fe80"), "it has no other on eth0");
	free(text);
	text = text_of(NEIGHBOURS);
	CHECK(text && strstr(text, "10.0.0.2         0x1         0x6 "
			     "        02:00:00:00:00:02"),
	      "its neighbour is known for good");
	free(text);
	text = text_of(TABLE_SIZE);
	if (text)
		check_str(text, "512\n", "its socket table is small");
	free(text);
	text = text_of(MAX_TIME_WAIT);
	check_str(text, outside, "as much TIME-WAIT as outside");
	free(text);
	return 0;
}

static void test_host(char *outside)
{
	struct errmsg err = { 0 };

	must(net_within(server->host.netns, look_around, outside, &err) == 0,
	     "net_within", err.text);
}

static void test_sorted(void)
{
	struct tcp_sock *list;
	int fds[8], i, in_order = 0;
	size_t count;

	for (i = 0; i < 8; i++)
		fds[i] = listening(server, AF_INET, "0.0.0.0", 7027 - i);
	list = look(server, &count);
	for (i = 0; i < 8; i++) {
		in_order += list[i].port == 7020 + i;
		close(fds[i]);
	}
	CHECK(count == 8 && in_order == 8, "sorted by port");
	free(list);
}

/* What is on the wire is nothing but what was sent. */
static void test_wire(void)
{
	struct counts c = { 0 };
	struct errmsg err = { 0 };

	CHECK(seen.frames > 100, "%u frames went over the wire", seen.frames);
	CHECK(!seen.strange, "%u of them were no TCP", seen.strange);
	CHECK(!seen.large, "%u of them were too large", seen.large);
	CHECK(!seen.bad_checksums, "%u of them had a bad checksum",
	      seen.bad_checksums);
	CHECK(count_read(client->counters, &c, &err) == 0, "counters: %s",
	      err.text);
	CHECK(count_get(&c, "Icmp6OutMsgs") ==
	      count_get(&c, "Icmp6OutMLDv2Reports"),
	      "%d ICMPv6 messages from the client, all of them reports",
	      (int)count_get(&c, "Icmp6OutMsgs"));
	CHECK(count_get(&c, "TcpActiveOpens") == 9, "%d active opens of 9",
	      (int)count_get(&c, "TcpActiveOpens"));
	CHECK(count_get(&c, "TcpInCsumErrors") == 0, "no checksum error");
	counts_release(&c);
}

static void test_packet_socket(void)
{
	uint8_t frame[100] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x88, 0xb5 };
	char control[256], bytes[2048];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct errmsg err = { 0 };
	struct cmsghdr *c;
	unsigned int drops = 99;
	int fd, least = 1, i;

	while (read(server->wire, bytes, sizeof(bytes)) > 0)
		;
	fd = net_packet_socket(server->host.port, &err);
	CHECK(fd != -1, "a second socket on the port: %s", err.text);
	CHECK(write(fd, frame, sizeof(frame)) > 0, "a frame out of it");
	CHECK(read(server->wire, bytes, sizeof(bytes)) == -1 &&
	      errno == EAGAIN, "is not seen, and nothing blocks");
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
	close(fd);

	/* Frames for the port come from the host, so from inside it. */
	must(net_enter(server->host.netns, &err) == 0, "enter", err.text);
	fd = net_packet_socket("eth0", &err);
	CHECK(fd != -1, "a packet socket on eth0: %s", err.text);
	CHECK(net_packet_socket("nothere", &err) == -1 &&
	      strstr(err.text, "nothere"), "none on nothere: %s", err.text);
	CHECK(write(fd, frame, sizeof(frame)) > 0, "a frame from the host");
	CHECK(recvmsg(server->wire, &m, 0) == sizeof(frame), "is seen whole");
	c = CMSG_FIRSTHDR(&m);
	CHECK(c && c->cmsg_type == SO_TIMESTAMPNS, "and stamped");
	CHECK(net_packet_drops(server->wire, &drops, &err) == 0 && !drops,
	      "none lost until now");
	setsockopt(server->wire, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	for (i = 0; i < 100; i++)
		if (write(fd, frame, sizeof(frame)) == -1)
			break;
	CHECK(net_packet_drops(server->wire, &drops, &err) == 0 &&
	      drops > 0 && drops < 100, "some of 100 are lost");
	CHECK(net_packet_drops(server->wire, &drops, &err) == 0 && !drops,
	      "none since then");
	close(fd);
}

static void test_refusals(void)
{
	struct errmsg err = { 0 };
	struct net_host h;
	int diag;

	CHECK(net_host_add(&h, "../x", 3, &err) == -1 &&
	      strstr(err.text, "'../x'"), "refused: %s", err.text);
	net_host_release(&h);
	CHECK(net_host_add(&h, "lo", 3, &err) == -1, "refused: %s", err.text);
	net_host_release(&h);
	CHECK(net_host_add(&h, "x", 255, &err) == -1, "refused: %s", err.text);
	net_host_release(&h);
	CHECK(net_host_add(&h, "client", 3, &err) == -1 &&
	      strstr(err.text, "File exists"), "refused: %s", err.text);
	net_host_release(&h);
	diag = net_diag_socket(&err);
	CHECK(diag != -1, "still in its own namespace");
	close(diag);
	CHECK(net_host_add(&h, "a-name-of-many-letters", 3, &err) == 0 &&
	      !strcmp(h.port, "a-name-of-many-"), "cut: %s", h.port);
	net_host_release(&h);
}

int main(void)
{
	struct errmsg err = { 0 };
	char *outside;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!make_box()) {
		printf("1..0 # SKIP namespaces are refused: %s\n",
		       strerror(errno));
		return 0;
	}
	outside = text_of(MAX_TIME_WAIT);
	must(net_renew(&err) == 0, "net_renew", err.text);
	must(net_loopback_up(&err) == 0, "net_loopback_up", err.text);
	make_hosts();
	test_refusals();
	test_host(outside);
	free(outside);
	test_sorted();
	test_handshake();
	test_bytes();
	test_ipv6();
	test_teardown();
	test_closing();
	test_frozen();
	test_wire();
	test_packet_socket();
	for (i = 0; i < NUM_HOSTS; i++)
		net_host_release(&nodes[i].host);
	return check_done();
}
