/*
 * What varies in a scene. Its entries are gone over three times: which ports
 * are there, which of them the kernel chose, in which order they appear.
 */
#include "vary.h"

#include "buf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOSEN_FROM	32768	/* ip(7), ip_local_port_range */
#define CHOSEN_TO	60999

size_t vary_port_digits(const char *s, int *port)
{
	size_t n = strspn(s, "0123456789");

	if (!n || n > 5 || isalnum((unsigned char)s[n]))
		return 0;
	*port = atoi(s);
	return *port > 0 && *port < 65536 ? n : 0;
}

/* The ':' before an end's port; NULL if it has none. */
static const char *end_colon(const char *end)
{
	const char *colon = end ? strrchr(end, ':') : NULL;
	int port;

	if (!colon || colon == end || !vary_port_digits(colon + 1, &port))
		return NULL;
	/* An IPv6 address without a port has colons of its own. */
	if (memchr(end, ':', colon - end) && colon[-1] != ']')
		return NULL;
	return colon;
}

/* --- ports ------------------------------------------------------------- */

struct vary_port *vary_find_port(const struct vary *v, const char *host,
				 size_t len, int port)
{
	for (size_t i = 0; i < v->num_ports; i++) {
		struct vary_port *p = &v->ports[i];

		if (p->port == port && (!host ||
		    (strlen(p->host) == len && !strncmp(p->host, host, len))))
			return p;
	}
	return NULL;
}

static void add_port(struct vary *v, const char *host, size_t len, int port,
		     size_t entry)
{
	if (vary_find_port(v, host, len, port))
		return;
	v->ports = xrealloc(v->ports, (v->num_ports + 1) *
			    sizeof(*v->ports));
	v->ports[v->num_ports++] = (struct vary_port){
		.host = xstrndup(host ? host : "", len), .port = port,
		.first = entry,
	};
}

static void add_end(struct vary *v, const char *end, size_t entry)
{
	const char *colon = end_colon(end);

	if (colon)
		add_port(v, end, colon - end, atoi(colon + 1), entry);
}

/* Calls fn for each htons(N) of a call's arguments. */
static void each_htons(const struct event *ev,
		       void (*fn)(struct vary *v, int port, size_t entry),
		       struct vary *v, size_t entry)
{
	const char *p = ev->args;
	int port;

	if (!p)
		return;
	while ((p = strstr(p, "htons("))) {
		p += strlen("htons(");
		if (vary_port_digits(p, &port))
			fn(v, port, entry);
	}
}

/* Where a call alone speaks of it, it is on no host that is known. */
static void learn_htons(struct vary *v, int port, size_t entry)
{
	if (!vary_find_port(v, NULL, 0, port))
		add_port(v, "", 0, port, entry);
	for (size_t i = 0; i < v->num_ports; i++)
		if (v->ports[i].port == port && entry < v->ports[i].first)
			v->ports[i].first = entry;
}

static void mark_given(struct vary *v, int port, size_t entry)
{
	for (size_t i = 0; i < v->num_ports; i++) {
		struct vary_port *p = &v->ports[i];

		if (p->port != port)
			continue;
		p->chosen = false;
		if (entry < p->first)
			p->first = entry;
	}
}

static bool is_seen(const struct vary *v, int port, size_t entry)
{
	for (size_t i = 0; i < v->num_ports; i++)
		if (v->ports[i].port == port && v->ports[i].first < entry)
			return true;
	return false;
}

/* Each whole number of a command, unless it has been read off an event. */
static void mark_command(struct vary *v, const char *text, size_t entry)
{
	int port;

	for (const char *p = text; *p; p++) {
		if (p > text && isalnum((unsigned char)p[-1]))
			continue;
		if (vary_port_digits(p, &port) && !is_seen(v, port, entry))
			mark_given(v, port, entry);
	}
}

/* Ports that are some socket's own, as far as was seen. */
static bool is_local(const struct story *st, size_t first, size_t last,
		     int port)
{
	for (size_t i = first; i < last; i++) {
		const struct event *ev = st->list[i].ev;
		const char *colon;

		if (!ev)
			continue;
		if (ev->kind == EV_CALL && (!strcmp(ev->call, "getsockname") ||
					    !strncmp(ev->call, "accept", 6))) {
			char want[24];

			snprintf(want, sizeof(want), "htons(%d)", port);
			if (ev->args && strstr(ev->args, want))
				return true;
		}
		if (ev->kind != EV_TCP && ev->kind != EV_PACKET)
			continue;
		/* A RST comes from a port that nobody has. */
		if (ev->kind == EV_PACKET && strstr(ev->text, " RST"))
			continue;
		colon = end_colon(ev->from);
		if (colon && atoi(colon + 1) == port)
			return true;
	}
	return false;
}

static void decide_ports(struct vary *v, const struct story *st, size_t first,
			 size_t last)
{
	for (size_t i = 0; i < v->num_ports; i++) {
		struct vary_port *p = &v->ports[i];

		p->chosen = p->port >= CHOSEN_FROM && p->port <= CHOSEN_TO &&
			is_local(st, first, last, p->port);
	}
	for (size_t i = first; i < last; i++) {
		const struct entry *e = &st->list[i];

		if (e->kind == ENTRY_COMMAND)
			mark_command(v, e->text, i);
		else if (e->kind == ENTRY_EVENT && e->ev &&
			 e->ev->kind == EV_CALL &&
			 !strcmp(e->ev->call, "bind"))
			each_htons(e->ev, mark_given, v, i);
	}
}

/* In the order in which they come up, wherever that is. */
static void name_ports(struct vary *v)
{
	for (size_t i = 0; i < v->num_ports; i++) {
		struct vary_port *p = &v->ports[i], *q;
		int number = 1;

		for (q = v->ports; q < v->ports + v->num_ports; q++)
			number += q->chosen && (!v->by_host ||
						!strcmp(q->host, p->host)) &&
				(q->first < p->first ||
				 (q->first == p->first && q < p));
		if (p->chosen)
			p->name = number == 1 ? xstrdup("port") :
				xasprintf("port%d", number);
	}
}

static void learn_ports(struct vary *v, const struct story *st, size_t first,
			size_t last)
{
	for (size_t i = first; i < last; i++) {
		const struct event *ev = st->list[i].ev;

		if (ev && (ev->kind == EV_PACKET || ev->kind == EV_TCP)) {
			add_end(v, ev->from, i);
			add_end(v, ev->to, i);
		}
	}
	for (size_t i = first; i < last; i++) {
		const struct event *ev = st->list[i].ev;

		if (ev && ev->kind == EV_CALL)
			each_htons(ev, learn_htons, v, i);
	}
	decide_ports(v, st, first, last);
	name_ports(v);
}

/* --- processes --------------------------------------------------------- */

static void learn_pids(struct vary *v, const struct story *st, size_t first,
		       size_t last)
{
	for (size_t i = first; i < last; i++) {
		const struct event *ev = st->list[i].ev;
		size_t k = 0;

		if (!ev || ev->probe != PROBE_STRACE || !ev->pid)
			continue;
		while (k < v->num_pids && v->pids[k].pid != ev->pid)
			k++;
		if (k < v->num_pids)
			continue;
		v->pids = xrealloc(v->pids, (v->num_pids + 1) *
				   sizeof(*v->pids));
		v->pids[v->num_pids++] = (struct vary_pid){
			.pid = ev->pid, .name = xstrdup(ev->who),
		};
	}
}

static void learn_readers(struct vary *v, const struct story *st, size_t first,
			  size_t last)
{
	for (size_t i = first; i < last; i++) {
		const struct event *ev = st->list[i].ev;

		if (!ev || ev->kind != EV_CALL || !ev->has_ret || ev->ret < 0 ||
		    !ev->args || strncmp(ev->call, "open", 4) != 0 ||
		    !strstr(ev->args, "\"/proc/"))
			continue;
		for (size_t k = 0; k < v->num_pids; k++)
			if (v->pids[k].pid == ev->pid)
				v->pids[k].reads_proc = true;
	}
}

void vary_learn(struct vary *v, const struct story *st, size_t first,
		size_t last)
{
	learn_ports(v, st, first, last);
	learn_pids(v, st, first, last);
	learn_readers(v, st, first, last);
}

void vary_release(struct vary *v)
{
	for (size_t i = 0; i < v->num_ports; i++) {
		free(v->ports[i].host);
		free(v->ports[i].name);
	}
	for (size_t i = 0; i < v->num_pids; i++)
		free(v->pids[i].name);
	free(v->ports);
	free(v->pids);
	*v = (struct vary){ .by_host = v->by_host };
}
