#include "wire_look.h"

#include "buf.h"
#include "reaper.h"
#include "run.h"
#include "run_watch.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * With hosts, the box's own network is only the switch between them. In plain
 * mode it is the other way round: hosts are names for its addresses.
 */
void looker_range(const struct looker *lk, int *from, int *to)
{
	bool own = !lk->count || box_is_plain(lk->run->box);

	*from = own ? 0 : 1;
	*to = own ? 1 : lk->count + 1;
}

const char *looker_name(void *arg, int family, const uint8_t *addr)
{
	const struct looker *lk = arg;
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, addr, text, sizeof(text)))
		return NULL;
	for (int i = 1; i <= lk->count; i++)
		if (!strcmp(text, lk->hosts[i].box.addr) ||
		    !strcmp(text, lk->hosts[i].box.addr6))
			return lk->hosts[i].box.name;
	return NULL;
}

/* In a look at one host, the wildcard address means that host. */
struct host_namer {
	struct looker *looker;
	const char *wildcard;
};

static const char *name_in_host(void *arg, int family, const uint8_t *addr)
{
	static const uint8_t zeroes[16];
	const struct host_namer *hn = arg;

	if (!memcmp(addr, zeroes, family == AF_INET ? 4 : 16))
		return hn->wildcard;
	return looker_name(hn->looker, family, addr);
}

bool looker_owns(const struct looker *lk, uint16_t port)
{
	for (size_t i = 0; i < lk->num_ports; i++)
		if (lk->ports[i].port == port)
			return true;
	return false;
}

void looker_own_port(struct looker *lk, uint16_t port, const char *host)
{
	if (!port || looker_owns(lk, port))
		return;
	lk->ports = xrealloc(lk->ports,
			     (lk->num_ports + 1) * sizeof(*lk->ports));
	lk->ports[lk->num_ports].port = port;
	snprintf(lk->ports[lk->num_ports].host,
		 sizeof(lk->ports[0].host), "%s", host ? host : "");
	lk->num_ports++;
}

static const char *port_host(const struct looker *lk, uint16_t port)
{
	for (size_t i = 0; i < lk->num_ports; i++)
		if (lk->ports[i].port == port && lk->ports[i].host[0])
			return lk->ports[i].host;
	return NULL;
}

/* Does the process have the socket with this inode open? */
static void learn_process(struct looker *lk, const struct proc *p,
			  const struct tcp_sock *socks, size_t n)
{
	char path[64], link[64];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", p->pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		unsigned int inode;
		ssize_t len = readlinkat(dirfd(dir), d->d_name, link,
					 sizeof(link) - 1);

		if (len <= 0)
			continue;
		link[len] = '\0';
		if (sscanf(link, "socket:[%u]", &inode) != 1)
			continue;
		for (size_t i = 0; i < n; i++)
			if (socks[i].inode == inode)
				looker_own_port(lk, socks[i].port, lk->count ?
						p->actor->host_name : NULL);
	}
	if (dir)
		closedir(dir);
}

static void learn_ports(struct looker *lk, const struct tcp_sock *socks,
			size_t n)
{
	const struct run *r = lk->run;

	for (size_t i = 0; i < r->num_procs; i++)
		if (!r->procs[i]->gone)
			learn_process(lk, r->procs[i], socks, n);
}

/* Leave out what belongs to others on this machine. */
static size_t keep_own(struct looker *lk, struct tcp_sock *socks, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (looker_owns(lk, socks[i].port))
			socks[kept++] = socks[i];
	return kept;
}

void looker_text(struct looker *lk, const struct wire_host *h,
		 const struct tcp_sock *sock, char **text, char **from,
		 char **to)
{
	struct host_namer hn = { lk, h->box.name[0] ? h->box.name : NULL };

	if (box_is_plain(lk->run->box))
		hn.wildcard = port_host(lk, sock->port);
	tcp_text(sock, name_in_host, &hn, text, from, to);
}

static void tell_change(struct looker *lk, const struct wire_host *h,
			const struct tcp_change *c, int64_t now)
{
	struct event *ev = xcalloc(1, sizeof(*ev));

	looker_text(lk, h, &c->sock, &ev->text, &ev->from, &ev->to);
	ev->probe = PROBE_TCP;
	ev->kind = EV_TCP;
	ev->blocked_ns = -1;
	ev->t_ns = now;
	ev->span_ns = h->looked_ns ? now - h->looked_ns : 0;
	ev->who = xstrdup("tcp");
	ev->host = xstrdup(h->box.name[0] ? h->box.name : "lo");
	if (c->old_state != TCPS_NONE)
		ev->old_state = xstrdup(tcp_state_name(c->old_state));
	ev->state = xstrdup(tcp_state_name(c->sock.state));
	run_add_event(lk->run, ev);
}

static void look_host(struct looker *lk, struct wire_host *h,
		      unsigned int wanted)
{
	struct errmsg err;
	struct tcp_sock *socks;
	struct tcp_change *changes;
	size_t n, num_changes;
	int64_t now;

	if (h->box.diag_fd == -1 || h->error)
		return;
	if (tcp_look(h->box.diag_fd, &socks, &n, &err) == -1) {
		h->error = xstrdup(err.text);
		return;
	}
	now = run_real_clock();
	if (box_is_plain(lk->run->box)) {
		learn_ports(lk, socks, n);
		n = keep_own(lk, socks, n);
	}
	tcp_changes(h->socks, h->num_socks, socks, n, &changes, &num_changes);
	for (size_t i = 0; i < num_changes; i++)
		if (changes[i].what & wanted)
			tell_change(lk, h, &changes[i], now);
	free(changes);
	/* What was not told is a change still when the next look wants it. */
	if (!(wanted & TCPC_BYTES))
		tcp_keep_bytes(h->socks, h->num_socks, socks, n);
	free(h->socks);
	h->socks = socks;
	h->num_socks = n;
	h->looked_ns = now;
}

/* States that the next acknowledgement ends: RFC 9293, 3.3.2. */
static bool is_moving(const struct wire_host *h)
{
	for (size_t i = 0; i < h->num_socks; i++)
		switch (h->socks[i].state) {
		case TCPS_SYN_SENT:
		case TCPS_SYN_RECEIVED:
		case TCPS_FIN_WAIT_1:
		case TCPS_CLOSING:
		case TCPS_LAST_ACK:
			return true;
		default:
			break;
		}
	return false;
}

void looker_look(struct looker *lk, bool at_rest)
{
	unsigned int wanted = TCPC_STATES | TCPC_QUEUE | TCPC_TIMER |
		TCPC_RETRANSMIT | (at_rest ? TCPC_BYTES : 0);
	int from, to;

	looker_range(lk, &from, &to);
	lk->moving = false;
	for (int i = from; i < to; i++) {
		look_host(lk, &lk->hosts[i], wanted);
		lk->moving |= is_moving(&lk->hosts[i]);
	}
}

size_t looker_sockets(const struct looker *lk)
{
	size_t n = 0;
	int from, to;

	looker_range(lk, &from, &to);
	for (int i = from; i < to; i++)
		n += lk->hosts[i].num_socks;
	return n;
}

bool looker_will_repeat(const struct looker *lk)
{
	int from, to;

	looker_range(lk, &from, &to);
	for (int i = from; i < to; i++)
		for (size_t k = 0; k < lk->hosts[i].num_socks; k++)
			if (lk->hosts[i].socks[k].timer ==
			    TCP_TIMER_RETRANSMIT ||
			    lk->hosts[i].socks[k].timer == TCP_TIMER_PROBE)
				return true;
	return false;
}

void looker_learn_ports(struct looker *lk)
{
	struct wire_host *h = &lk->hosts[0];
	struct tcp_sock *socks;
	struct errmsg err;
	size_t n;

	if (h->box.diag_fd == -1 ||
	    tcp_look(h->box.diag_fd, &socks, &n, &err) == -1)
		return;
	learn_ports(lk, socks, n);
	free(socks);
}

void looker_before(struct looker *lk)
{
	struct errmsg err;

	if (lk->hosts[0].box.diag_fd != -1 &&
	    tcp_look(lk->hosts[0].box.diag_fd, &lk->before, &lk->num_before,
		     &err) == -1)
		lk->num_before = 0;
}

char *looker_port_before(const struct looker *lk, uint16_t port)
{
	char *text;

	for (size_t i = 0; i < lk->num_before; i++) {
		if (lk->before[i].port != port)
			continue;
		tcp_text(&lk->before[i], NULL, NULL, &text, NULL, NULL);
		return text;
	}
	return NULL;
}

void looker_count_base(struct looker *lk)
{
	struct errmsg err;
	int from, to;

	looker_range(lk, &from, &to);
	for (int i = from; i < to; i++) {
		struct wire_host *h = &lk->hosts[i];

		counts_release(&h->told);
		count_read(h->box.count_fds, &h->base, &err);
	}
}

static void tell_count(struct looker *lk, struct wire_host *h,
		       const struct count_change *c)
{
	struct event *ev = xcalloc(1, sizeof(*ev));
	const char *host = h->box.name[0] ? h->box.name : "lo";

	ev->probe = PROBE_COUNT;
	ev->kind = EV_COUNT;
	ev->blocked_ns = -1;
	ev->who = xstrdup("count");
	ev->host = xstrdup(host);
	ev->text = xasprintf("%s %s %+lld", host, c->name,
			     (long long)(c->now - c->old));
	run_add_event(lk->run, ev);
}

static void count_host(struct looker *lk, struct wire_host *h)
{
	struct counts now = { 0 };
	struct count_change *changes;
	struct errmsg err;
	size_t n;

	if (count_read(h->box.count_fds, &now, &err) == -1)
		return;
	count_changes(&h->base, &now, &changes, &n);
	for (size_t i = 0; i < n; i++) {
		const struct count_change *c = &changes[i];

		if (count_is_noise(c->name) ||
		    (h->told.count && count_get(&h->told, c->name) == c->now))
			continue;
		tell_count(lk, h, c);
	}
	free(changes);
	counts_release(&h->told);
	h->told = now;
}

void looker_count(struct looker *lk)
{
	int from, to;

	looker_range(lk, &from, &to);
	for (int i = from; i < to; i++)
		count_host(lk, &lk->hosts[i]);
}

void looker_release(struct looker *lk)
{
	for (int i = 0; i <= lk->count; i++) {
		struct wire_host *h = &lk->hosts[i];

		box_host_release(&h->box);
		free(h->socks);
		counts_release(&h->base);
		counts_release(&h->told);
		free(h->error);
	}
	free(lk->ports);
	free(lk->before);
}
