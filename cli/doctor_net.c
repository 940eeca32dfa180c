/*
 * The probes of hosts, wire and what looks at them: see doctor.h.
 *
 * A host is a network namespace that the box's init has hold of. The probe
 * goes into the box's user namespace, which is its own user's, and from there
 * to wherever one of the host's sockets is: then a socket made here is one of
 * that host's, and a connection between two of them takes real frames over the
 * wire, one by one.
 */
#include "doctor.h"

#include "box/net.h"
#include "probe/count.h"
#include "probe/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT		7000
#define SETTING		"net.ipv4.tcp_abort_on_overflow"
#define SETTING_PATH	"/proc/sys/net/ipv4/tcp_abort_on_overflow"

/* Two hosts, and a connection between them. */
struct pair {
	struct box *box;
	struct box_host client, server;
	int listener, from, to;		/* -1: not made */
	int frames_there, frames_back;
};

static int enter_box(const struct box *b, struct errmsg *err)
{
	char path[64];
	int fd, rc;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", box_init_pid(b));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errmsg_errno(err, "%s", path);
	rc = setns(fd, CLONE_NEWUSER);
	if (rc == -1)
		errmsg_errno(err, "enter the box's user namespace");
	close(fd);
	return rc;
}

/* To the network that this socket is of. */
static int go_to(int sock, struct errmsg *err)
{
	int fd = ioctl(sock, SIOCGSKNS), rc;

	if (fd == -1)
		return errmsg_errno(err, "find a host's network namespace");
	rc = setns(fd, CLONE_NEWNET);
	if (rc == -1)
		errmsg_errno(err, "enter a host's network namespace");
	close(fd);
	return rc;
}

static struct sockaddr_in address(const char *ip, int port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	inet_pton(AF_INET, ip, &sa.sin_addr);
	return sa;
}

static int make_sockets(struct pair *p, struct errmsg *err)
{
	struct sockaddr_in sa = address(p->server.addr, PORT);
	const struct sockaddr *addr = (const struct sockaddr *)&sa;

	if (go_to(p->server.diag_fd, err) == -1)
		return -1;
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
			     SOCK_CLOEXEC, 0);
	if (p->listener == -1 || bind(p->listener, addr, sizeof(sa)) == -1 ||
	    listen(p->listener, 1) == -1)
		return errmsg_errno(err, "listen on a host");
	if (go_to(p->client.diag_fd, err) == -1)
		return -1;
	p->from = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			 0);
	if (p->from == -1 || (connect(p->from, addr, sizeof(sa)) == -1 &&
			      errno != EINPROGRESS))
		return errmsg_errno(err, "connect from a host");
	return 0;
}

/* Frames that have come on one side, to the other. */
static int relay(int from, int to)
{
	static uint8_t frame[65536];
	int count = 0;
	ssize_t n;

	while ((n = recv(from, frame, sizeof(frame), MSG_DONTWAIT)) > 0)
		count += send(to, frame, n, MSG_NOSIGNAL) == n;
	return count;
}

static int connect_them(struct pair *p, struct errmsg *err)
{
	int64_t start = doctor_clock();

	while (p->to == -1) {
		struct pollfd pfd[] = {
			{ p->client.wire_fd, POLLIN, 0 },
			{ p->server.wire_fd, POLLIN, 0 },
			{ p->listener, POLLIN, 0 },
		};

		if (poll(pfd, 3, doctor_time_left(start)) < 1)
			return errmsg_set(err, "no connection over the wire "
					  "within %d ms; %d frames went there, "
					  "%d back", DOCTOR_WAIT_MS,
					  p->frames_there, p->frames_back);
		p->frames_there += relay(p->client.wire_fd, p->server.wire_fd);
		p->frames_back += relay(p->server.wire_fd, p->client.wire_fd);
		p->to = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	}
	if (p->frames_there < 2 || p->frames_back < 1)
		return errmsg_set(err, "a connection that did not come over "
				  "the wire: %d frames there, %d back",
				  p->frames_there, p->frames_back);
	return 0;
}

static bool has_state(const struct tcp_sock *list, size_t n, int port,
		      bool peer, enum tcp_state state)
{
	for (size_t i = 0; i < n; i++)
		if ((peer ? list[i].peer_port : list[i].port) == port &&
		    list[i].state == state)
			return true;
	return false;
}

/* Is there a socket of this port (or to it) in this state? */
static int expect_state(int diag_fd, int port, bool peer,
			enum tcp_state state, struct errmsg *err)
{
	struct tcp_sock *list;
	size_t n;
	bool found;

	if (tcp_look(diag_fd, &list, &n, err) == -1)
		return -1;
	found = has_state(list, n, port, peer, state);
	free(list);
	errno = 0;
	return found ? 0 : errmsg_set(err, "sock_diag does not show a socket "
				      "that is %s", tcp_state_name(state));
}

static void check_states(struct visit *v, const struct pair *p)
{
	struct errmsg err;

	if (expect_state(p->client.diag_fd, PORT, true, TCPS_ESTABLISHED,
			 &err) == -1 ||
	    expect_state(p->server.diag_fd, PORT, false, TCPS_ESTABLISHED,
			 &err) == -1 ||
	    expect_state(p->server.diag_fd, PORT, false, TCPS_LISTEN,
			 &err) == -1)
		visit_fails(v, CHECK_STATES, errno, &err);
	else
		visit_works(v, CHECK_STATES, NULL);
}

/* The file that a look at the counters cannot do without, opened again. */
static void ask_counters(struct errmsg *err)
{
	int fds[NUM_COUNT_FILES] = { -1, -1, -1 };

	if (count_open(fds, err) == 0)
		errmsg_set(err, "the counters' files were not handed out");
}

static int expect_count(const int fds[NUM_COUNT_FILES], const char *name,
			struct errmsg *err)
{
	struct counts counts = { 0 };
	int64_t value;

	if (fds[COUNT_SNMP] == -1) {
		ask_counters(err);
		return -1;
	}
	if (count_read(fds, &counts, err) == -1)
		return -1;
	value = count_get(&counts, name);
	counts_release(&counts);
	errno = 0;
	return value > 0 ? 0 : errmsg_set(err, "a connection was made, and %s "
					  "is 0", name);
}

static void check_counters(struct visit *v, const struct pair *p)
{
	struct errmsg err;

	if (expect_count(p->client.count_fds, "TcpActiveOpens", &err) == -1 ||
	    expect_count(p->server.count_fds, "TcpPassiveOpens", &err) == -1)
		visit_fails(v, CHECK_COUNTERS, errno, &err);
	else
		visit_works(v, CHECK_COUNTERS, NULL);
}

/* As the host sees it whose socket this is. */
static int setting_at(int sock, struct errmsg *err)
{
	char text[16] = "";
	ssize_t n = -1;
	int fd;

	if (go_to(sock, err) == -1)
		return -1;
	fd = open(SETTING_PATH, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	return n > 0 ? atoi(text) : errmsg_errno(err, SETTING);
}

static void check_sysctl(struct visit *v, const struct pair *p)
{
	struct errmsg err;
	int there, elsewhere, reason;

	if (box_sysctl(p->box, p->client.number, SETTING, "1", &err) == -1) {
		visit_fails(v, CHECK_SYSCTL, 0, &err);
		return;
	}
	there = setting_at(p->client.diag_fd, &err);
	elsewhere = setting_at(p->server.diag_fd, &err);
	reason = errno;
	if (there == 1 && elsewhere == 0) {
		visit_works(v, CHECK_SYSCTL, NULL);
		return;
	}
	if (there != -1 && elsewhere != -1) {
		reason = 0;
		errmsg_set(&err, SETTING " was set to 1 on one host; it is %d "
			   "there and %d on the other", there, elsewhere);
	}
	visit_fails(v, CHECK_SYSCTL, reason, &err);
}

/* Why no sock_diag socket came with a host: asked again, in the open. */
static void fail_states(struct visit *v, enum check_id id)
{
	struct errmsg err;
	int fd = net_diag_socket(&err);

	if (fd != -1)
		errmsg_set(&err, "the sock_diag socket was not handed out");
	visit_fails(v, id, fd == -1 ? errno : 0, &err);
}

static void try_pair(struct visit *v, struct pair *p)
{
	struct errmsg err;
	const char *untested = "not tested: no connection came over the wire";

	if (box_host_add(p->box, "client", &p->client, &err) == -1 ||
	    box_host_add(p->box, "server", &p->server, &err) == -1) {
		visit_fails(v, CHECK_HOSTS, 0, &err);
		return;
	}
	visit_works(v, CHECK_HOSTS, NULL);
	if (p->client.diag_fd == -1 || p->server.diag_fd == -1) {
		fail_states(v, CHECK_STATES);
		visit_untested(v, CHECK_WIRE, "not tested: the way to the "
			       "hosts is through sock_diag");
		return;
	}
	if (enter_box(p->box, &err) == -1 || make_sockets(p, &err) == -1 ||
	    connect_them(p, &err) == -1) {
		visit_fails(v, CHECK_WIRE, 0, &err);
		visit_untested(v, CHECK_STATES, untested);
		visit_untested(v, CHECK_COUNTERS, untested);
		visit_untested(v, CHECK_SYSCTL, untested);
		return;
	}
	visit_works(v, CHECK_WIRE, NULL);
	check_states(v, p);
	check_counters(v, p);
	check_sysctl(v, p);
}

void probe_hosts(struct visit *v)
{
	struct box_options opt = { .plain = false };
	struct pair p = { .listener = -1, .from = -1, .to = -1 };
	bool no_namespaces;
	struct errmsg err;

	p.box = box_open(&opt, &no_namespaces, &err);
	if (!p.box) {
		visit_fails(v, CHECK_HOSTS, 0, &err);
		return;
	}
	try_pair(v, &p);
	box_close(p.box);
}

/* Send ourselves a datagram here, and see it pass. */
static int see_datagram(int wire_fd, struct errmsg *err)
{
	static const char word[] = "underglass doctor";
	struct sockaddr_in sa = address("127.0.0.1", 0);
	struct sockaddr *addr = (struct sockaddr *)&sa;
	socklen_t len = sizeof(sa);
	int64_t start = doctor_clock();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	static char frame[65536];
	ssize_t n;

	if (fd == -1 || bind(fd, addr, len) == -1 ||
	    getsockname(fd, addr, &len) == -1 ||
	    sendto(fd, word, sizeof(word), 0, addr, len) == -1)
		return errmsg_errno(err, "a datagram over lo");
	while (doctor_time_left(start)) {
		struct pollfd pfd = { wire_fd, POLLIN, 0 };

		if (poll(&pfd, 1, doctor_time_left(start)) != 1)
			break;
		n = recv(wire_fd, frame, sizeof(frame), MSG_DONTWAIT);
		if (n > 0 && memmem(frame, n, word, sizeof(word)))
			return 0;
	}
	errno = 0;
	return errmsg_set(err, "a datagram was sent over lo and not seen "
			  "within %d ms", DOCTOR_WAIT_MS);
}

void probe_lo(struct visit *v)
{
	struct box_options opt = { .plain = false };
	struct box_host host;
	bool no_namespaces;
	struct errmsg err;
	struct box *b = box_open(&opt, &no_namespaces, &err);
	int rc = -1;

	errno = 0;
	if (b && box_host_add(b, "", &host, &err) == 0 &&
	    enter_box(b, &err) == 0) {
		int lo = host.wire_fd;

		rc = go_to(lo != -1 ? lo : host.diag_fd, &err);
		/* Refused to init: asked again, for the kernel's word. */
		if (rc == 0 && lo == -1)
			lo = net_packet_socket("lo", &err);
		rc = rc == 0 && lo != -1 ? see_datagram(lo, &err) : -1;
	}
	if (rc == 0)
		visit_works(v, CHECK_LO, NULL);
	else
		visit_fails(v, CHECK_LO, errno, &err);
	box_close(b);
}

/* The addresses that stand for hosts: one may talk to the other. */
static int try_addresses(const char *from, const char *to, struct errmsg *err)
{
	struct sockaddr_in a = address(from, 0), b = address(to, 0);
	socklen_t len = sizeof(b);
	int in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd pfd = { in, POLLIN, 0 };

	if (in == -1 || out == -1)
		return errmsg_errno(err, "socket(AF_INET)");
	if (bind(out, (struct sockaddr *)&a, len) == -1)
		return errmsg_errno(err, "bind to %s", from);
	if (bind(in, (struct sockaddr *)&b, len) == -1 ||
	    getsockname(in, (struct sockaddr *)&b, &len) == -1)
		return errmsg_errno(err, "bind to %s", to);
	if (sendto(out, "", 1, 0, (struct sockaddr *)&b, len) == -1)
		return errmsg_errno(err, "send from %s to %s", from, to);
	errno = 0;
	return poll(&pfd, 1, DOCTOR_WAIT_MS) == 1 ? 0 :
		errmsg_set(err, "what was sent from %s to %s did not come "
			   "within %d ms", from, to, DOCTOR_WAIT_MS);
}

static void check_plain_states(struct visit *v, const struct box_host *h)
{
	struct sockaddr_in sa = address("127.0.0.1", 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(sa);
	struct errmsg err;

	if (h->diag_fd == -1) {
		fail_states(v, CHECK_PLAIN_STATES);
		return;
	}
	if (fd == -1 || bind(fd, (struct sockaddr *)&sa, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) == -1)
		errmsg_errno(&err, "listen at 127.0.0.1");
	else if (expect_state(h->diag_fd, ntohs(sa.sin_port), false,
			      TCPS_LISTEN, &err) == 0) {
		visit_works(v, CHECK_PLAIN_STATES, NULL);
		return;
	}
	visit_fails(v, CHECK_PLAIN_STATES, errno, &err);
}

static void check_plain_counters(struct visit *v, const struct box_host *h)
{
	struct counts counts = { 0 };
	struct errmsg err;
	int rc = -1;

	if (h->count_fds[COUNT_SNMP] == -1)
		ask_counters(&err);
	else
		rc = count_read(h->count_fds, &counts, &err);
	if (rc == 0)
		visit_works(v, CHECK_PLAIN_COUNTERS, NULL);
	else
		visit_fails(v, CHECK_PLAIN_COUNTERS, errno, &err);
	counts_release(&counts);
}

void probe_plain_net(struct visit *v, struct box *b)
{
	struct box_host here = { .wire_fd = -1, .diag_fd = -1,
				 .count_fds = { -1, -1, -1 } };
	struct box_host client, server;
	struct errmsg err;
	int lo;

	if (box_host_add(b, "", &here, &err) == -1 ||
	    box_host_add(b, "client", &client, &err) == -1 ||
	    box_host_add(b, "server", &server, &err) == -1 ||
	    try_addresses(client.addr, server.addr, &err) == -1)
		visit_fails(v, CHECK_PLAIN_HOSTS, errno, &err);
	else
		visit_works(v, CHECK_PLAIN_HOSTS, NULL);
	check_plain_states(v, &here);
	check_plain_counters(v, &here);
	lo = here.wire_fd != -1 ? here.wire_fd : net_packet_socket("lo", &err);
	if (lo == -1 || see_datagram(lo, &err) == -1)
		visit_fails(v, CHECK_PLAIN_LO, errno, &err);
	else
		visit_works(v, CHECK_PLAIN_LO, NULL);
}
