#include "probe/tcp.h"

#include "buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DUMP_TRIES	5
#define DUMP_BYTES	32768	/* the kernel fills no more than this at once */

/* The kernel's own numbers: they are what userland has been given for ever. */
static const enum tcp_state from_kernel[] = {
	[1]	= TCPS_ESTABLISHED,
	[2]	= TCPS_SYN_SENT,
	[3]	= TCPS_SYN_RECEIVED,
	[4]	= TCPS_FIN_WAIT_1,
	[5]	= TCPS_FIN_WAIT_2,
	[6]	= TCPS_TIME_WAIT,
	[7]	= TCPS_CLOSED,
	[8]	= TCPS_CLOSE_WAIT,
	[9]	= TCPS_LAST_ACK,
	[10]	= TCPS_LISTEN,
	[11]	= TCPS_CLOSING,
	[12]	= TCPS_SYN_RECEIVED,	/* a request, not a full socket */
};
#define NUM_KERNEL_STATES (sizeof(from_kernel) / sizeof(from_kernel[0]))
/* All of them: bit 13 and above would add sockets that are only bound. */
#define ALL_STATES	((1U << NUM_KERNEL_STATES) - 2)
#define LISTEN_STATE	(1U << 10)

static uint32_t less(uint32_t n, uint32_t by)
{
	return n > by ? n - by : 0;
}

/*
 * The kernel counts sequence numbers, of which a SYN and a FIN take one each.
 * Which are under way follows from the state: our FIN is the last thing in the
 * send queue, the peer's the last in the receive queue, until each is gone.
 */
static void count_bytes(struct tcp_sock *s, uint32_t not_sent)
{
	uint32_t sent;
	bool own = false, peers = false;

	switch (s->state) {
	case TCPS_SYN_SENT:
	case TCPS_SYN_RECEIVED:
	case TCPS_FIN_WAIT_1:
		own = true;
		break;
	case TCPS_CLOSING:
	case TCPS_LAST_ACK:
		own = true;
		peers = true;
		break;
	case TCPS_CLOSE_WAIT:
		peers = true;
		break;
	case TCPS_LISTEN:
		return;
	default:
		break;
	}
	sent = less(s->sendq, not_sent);
	s->unread = less(s->recvq, peers);
	s->unsent = less(not_sent, own);
	s->unacked = not_sent ? sent : less(sent, own);
}

/* What has been written and not sent is known to struct tcp_info alone. */
static uint32_t bytes_not_sent(const uint8_t *attrs, size_t len)
{
	const size_t at = offsetof(struct tcp_info, tcpi_notsent_bytes);
	struct nlattr attr;
	size_t step;
	uint32_t n;

	while (len >= NLA_HDRLEN) {
		memcpy(&attr, attrs, sizeof(attr));
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > len)
			return 0;
		if (attr.nla_type == INET_DIAG_INFO &&
		    attr.nla_len >= NLA_HDRLEN + at + sizeof(n)) {
			memcpy(&n, attrs + NLA_HDRLEN + at, sizeof(n));
			return n;
		}
		step = NLA_ALIGN(attr.nla_len);
		if (step >= len)
			return 0;
		attrs += step;
		len -= step;
	}
	return 0;
}

static int parse_sock(const uint8_t *body, size_t len, struct tcp_sock *s,
		      struct errmsg *err)
{
	struct inet_diag_msg m;

	if (len < sizeof(m))
		return errmsg_set(err, "sock_diag: a socket of %zu bytes, "
				  "should be %zu", len, sizeof(m));
	memcpy(&m, body, sizeof(m));
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return errmsg_set(err, "sock_diag: unknown family %d",
				  m.idiag_family);
	if (m.idiag_state == 0 || m.idiag_state >= NUM_KERNEL_STATES)
		return errmsg_set(err, "sock_diag: unknown TCP state %d",
				  m.idiag_state);
	*s = (struct tcp_sock){
		.family = m.idiag_family,
		.port = ntohs(m.id.idiag_sport),
		.peer_port = ntohs(m.id.idiag_dport),
		.state = from_kernel[m.idiag_state],
		.timer = m.idiag_timer < NUM_TCP_TIMERS ?
			m.idiag_timer : TCP_TIMER_NONE,
		.timer_ms = m.idiag_expires,
		.retransmits = m.idiag_retrans,
		.recvq = m.idiag_rqueue,
		.sendq = m.idiag_wqueue,
		.cookie = (uint64_t)m.id.idiag_cookie[1] << 32 |
			m.id.idiag_cookie[0],
		.inode = m.idiag_inode,
		.uid = m.idiag_uid,
	};
	memcpy(s->addr, m.id.idiag_src, s->family == AF_INET ? 4 : 16);
	memcpy(s->peer, m.id.idiag_dst, s->family == AF_INET ? 4 : 16);
	count_bytes(s, bytes_not_sent(body + sizeof(m), len - sizeof(m)));
	return 0;
}

static int parse_error(const uint8_t *body, size_t len, struct errmsg *err)
{
	int reason;

	if (len < sizeof(reason))
		return errmsg_set(err, "sock_diag: an error cut short");
	memcpy(&reason, body, sizeof(reason));
	errno = -reason;
	return errmsg_errno(err, "sock_diag");
}

static int add_sock(struct tcp_dump *dump, const uint8_t *body, size_t len,
		    struct errmsg *err)
{
	if (dump->count == dump->room) {
		dump->room = dump->room ? dump->room * 2 : 32;
		dump->list = xrealloc(dump->list,
				      dump->room * sizeof(*dump->list));
	}
	if (parse_sock(body, len, &dump->list[dump->count], err) == -1)
		return -1;
	dump->count++;
	return 0;
}

int tcp_parse_dump(const void *bytes, size_t len, uint32_t seq,
		   struct tcp_dump *dump, struct errmsg *err)
{
	const uint8_t *at = bytes, *body;
	size_t body_len, step;
	struct nlmsghdr h;
	int rc = 0;

	for (; len && !dump->done && rc == 0; at += step, len -= step) {
		if (len < sizeof(h))
			return errmsg_set(err, "sock_diag: a message cut "
					  "short");
		memcpy(&h, at, sizeof(h));
		if (h.nlmsg_len < NLMSG_HDRLEN || h.nlmsg_len > len)
			return errmsg_set(err, "sock_diag: a message of %u "
					  "bytes in %zu", h.nlmsg_len, len);
		body = at + NLMSG_HDRLEN;
		body_len = h.nlmsg_len - NLMSG_HDRLEN;
		step = NLMSG_ALIGN(h.nlmsg_len);
		if (step > len)
			step = len;
		if (h.nlmsg_seq != seq)
			continue;	/* of a look that was given up */
		if (h.nlmsg_flags & NLM_F_DUMP_INTR)
			dump->interrupted = true;
		if (h.nlmsg_type == NLMSG_DONE)
			dump->done = true;
		else if (h.nlmsg_type == NLMSG_ERROR)
			rc = parse_error(body, body_len, err);
		else if (h.nlmsg_type == TCPDIAG_GETSOCK ||
			 h.nlmsg_type == SOCK_DIAG_BY_FAMILY)
			rc = add_sock(dump, body, body_len, err);
	}
	return rc;
}

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* A socket's identity, and an order that is the same each time. */
static int by_identity(const void *pa, const void *pb)
{
	const struct tcp_sock *a = pa, *b = pb;
	int order = by_number(a->port, b->port);

	if (!order)
		order = by_number(a->family, b->family);
	if (!order)
		order = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (!order)
		order = by_number(a->peer_port, b->peer_port);
	if (!order)
		order = memcmp(a->peer, b->peer, sizeof(a->peer));
	if (!order)
		order = by_number(a->cookie, b->cookie);
	return order;
}

/* The same socket twice: the state that is further on is the later one. */
static int by_identity_and_state(const void *pa, const void *pb)
{
	const struct tcp_sock *a = pa, *b = pb;
	int order = by_identity(a, b);

	return order ? order : by_number(a->state, b->state);
}

void tcp_sort_dump(struct tcp_dump *dump)
{
	size_t i, kept = 0;

	if (!dump->count)
		return;
	qsort(dump->list, dump->count, sizeof(*dump->list),
	      by_identity_and_state);
	for (i = 1; i < dump->count; i++) {
		if (by_identity(&dump->list[kept], &dump->list[i]))
			kept++;
		dump->list[kept] = dump->list[i];
	}
	dump->count = kept + 1;
}

/*
 * The oldest form of the request has no equal: it is the only one that dumps
 * both families in one walk over the kernel's tables.
 */
static int ask(int fd, uint32_t seq, unsigned int states, struct errmsg *err)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req r;
	} request = {
		.h.nlmsg_len = sizeof(request),
		.h.nlmsg_type = TCPDIAG_GETSOCK,
		.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.h.nlmsg_seq = seq,
		.r.idiag_family = AF_UNSPEC,
		.r.idiag_states = states,
		.r.idiag_ext = 1U << (INET_DIAG_INFO - 1),
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, &request, sizeof(request), 0,
		   (struct sockaddr *)&kernel, sizeof(kernel)) == -1)
		return errmsg_errno(err, "sock_diag: ask for TCP sockets");
	return 0;
}

/*
 * What an earlier look has left behind, because it failed half way: as long
 * as a dump is under way the kernel takes no other.
 */
static void drain(int fd)
{
	char bytes[DUMP_BYTES];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0 ||
	       errno == EINTR || errno == ENOBUFS)
		;
}

/* The kernel queues each part before the call returns: nothing to wait for. */
static int read_dump(int fd, uint32_t seq, struct tcp_dump *dump,
		     struct errmsg *err)
{
	char bytes[DUMP_BYTES];
	ssize_t n;

	while (!dump->done) {
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errmsg_errno(err, "sock_diag: read the answer");
		if ((size_t)n > sizeof(bytes))
			return errmsg_set(err, "sock_diag: an answer of %zd "
					  "bytes does not fit", n);
		if (tcp_parse_dump(bytes, n, seq, dump, err) == -1)
			return -1;
	}
	return 0;
}

static int dump_states(int fd, unsigned int states, struct tcp_dump *dump,
		       struct errmsg *err)
{
	static uint32_t seq;

	dump->done = false;
	if (ask(fd, ++seq, states, err) == -1)
		return -1;
	return read_dump(fd, seq, dump, err);
}

/*
 * While the kernel walks over its tables, things go on. Those who listen come
 * last: a connection is in their queue before it is ESTABLISHED, so where the
 * one is seen, so is the other.
 */
int tcp_look(int diag_fd, struct tcp_sock **list, size_t *n,
	     struct errmsg *err)
{
	struct tcp_dump dump = { 0 };
	int i;

	for (i = 0; i < DUMP_TRIES; i++) {
		dump.count = 0;
		dump.interrupted = false;
		if (dump_states(diag_fd, ALL_STATES & ~LISTEN_STATE, &dump,
				err) == -1 ||
		    dump_states(diag_fd, LISTEN_STATE, &dump, err) == -1)
			goto failed;
		if (!dump.interrupted) {
			tcp_sort_dump(&dump);
			*list = dump.list;
			*n = dump.count;
			return 0;
		}
	}
	errmsg_set(err, "sock_diag: the sockets changed in each of %d looks",
		   DUMP_TRIES);
failed:
	drain(diag_fd);
	free(dump.list);
	return -1;
}

static unsigned int compare(const struct tcp_sock *old,
			    const struct tcp_sock *now)
{
	unsigned int what = 0;

	if (old->state != now->state)
		return TCPC_STATE;
	if (now->state == TCPS_LISTEN &&
	    (old->recvq != now->recvq || old->sendq != now->sendq))
		what |= TCPC_QUEUE;
	if (old->unread != now->unread || old->unsent != now->unsent ||
	    old->unacked != now->unacked)
		what |= TCPC_BYTES;
	if (old->timer == TCP_TIMER_TIME_WAIT &&
	    now->timer == TCP_TIMER_TIME_WAIT &&
	    now->timer_ms > old->timer_ms)
		what |= TCPC_TIMER;
	if (now->retransmits > old->retransmits)
		what |= TCPC_RETRANSMIT;
	return what;
}

static struct tcp_change gone(const struct tcp_sock *old)
{
	struct tcp_change c = {
		.what = TCPC_GONE,
		.old_state = old->state,
		.sock = *old,
	};

	c.sock.state = TCPS_CLOSED;
	c.sock.timer = TCP_TIMER_NONE;
	c.sock.timer_ms = 0;
	c.sock.retransmits = 0;
	c.sock.recvq = c.sock.sendq = 0;
	c.sock.unread = c.sock.unsent = c.sock.unacked = 0;
	return c;
}

void tcp_changes(const struct tcp_sock *old, size_t n_old,
		 const struct tcp_sock *now, size_t n_now,
		 struct tcp_change **changes, size_t *n)
{
	struct tcp_change *c = xcalloc(n_old + n_now + 1, sizeof(*c));
	size_t i = 0, j = 0;
	int order;

	*changes = c;
	while (i < n_old || j < n_now) {
		if (i == n_old)
			order = 1;
		else if (j == n_now)
			order = -1;
		else
			order = by_identity(&old[i], &now[j]);
		if (order < 0) {
			*c++ = gone(&old[i++]);
			continue;
		}
		c->sock = now[j];
		c->what = order ? TCPC_APPEARED : compare(&old[i], &now[j]);
		c->old_state = order ? TCPS_NONE : old[i++].state;
		j++;
		if (c->what)
			c++;
	}
	*n = c - *changes;
}

void tcp_keep_bytes(const struct tcp_sock *old, size_t n_old,
		    struct tcp_sock *now, size_t n_now)
{
	size_t i = 0, j = 0;

	while (i < n_old && j < n_now) {
		int order = by_identity(&old[i], &now[j]);

		if (order == 0) {
			now[j].unread = old[i].unread;
			now[j].unsent = old[i].unsent;
			now[j].unacked = old[i].unacked;
		}
		i += order <= 0;
		j += order >= 0;
	}
}
