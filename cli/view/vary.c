/*
 * Theory of operation. vary_learn() goes over the entries three times: which
 * ports are there, which of them the kernel chose, in which order they appear.
 * vary_text() then goes over a line once, character by character; outside of
 * quotes it looks for the few shapes in which something volatile is written
 * ("0x7ffc...", "htons(N)", "si_pid=N", "HOST:N") and takes them as a whole.
 */
#include "vary.h"

#include "buf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOSEN_FROM	32768	/* ip(7), ip_local_port_range */
#define CHOSEN_TO	60999
#define ADDRESS_DIGITS	7	/* 0x and so many: an address, no flag */

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* A port's digits at s, which nothing that belongs to them follows. */
static size_t port_digits(const char *s, int *port)
{
	size_t n = digits(s);

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

	if (!colon || colon == end || !port_digits(colon + 1, &port))
		return NULL;
	/* An IPv6 address without a port has colons of its own. */
	if (memchr(end, ':', colon - end) && colon[-1] != ']')
		return NULL;
	return colon;
}

/* --- ports ------------------------------------------------------------- */

static struct vary_port *find_port(const struct vary *v, const char *host,
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
	if (find_port(v, host, len, port))
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
		if (port_digits(p, &port))
			fn(v, port, entry);
	}
}

/* Where a call alone speaks of it, it is on no host that is known. */
static void learn_htons(struct vary *v, int port, size_t entry)
{
	if (!find_port(v, NULL, 0, port))
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
		if (port_digits(p, &port) && !is_seen(v, port, entry))
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
			ev->pid, xstrdup(ev->who),
		};
	}
}

bool vary_returns_pid(const char *call)
{
	static const char *const calls[] = {
		"clone", "clone3", "fork", "vfork", "wait4", "waitpid",
		"getpid", "getppid", "gettid", "getpgid", "getpgrp", "getsid",
		"setsid",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call, calls[i]))
			return true;
	return false;
}

/* Is its first argument a process? */
static bool takes_pid(const char *call)
{
	static const char *const calls[] = {
		"kill", "tkill", "tgkill", "wait4", "waitpid", "getpgid",
		"setpgid", "getsid", "pidfd_open", "prlimit64",
		"sched_setaffinity", "sched_getaffinity", "ptrace",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call, calls[i]))
			return true;
	return false;
}

void vary_learn(struct vary *v, const struct story *st, size_t first,
		size_t last)
{
	learn_ports(v, st, first, last);
	learn_pids(v, st, first, last);
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

/* --- a line ------------------------------------------------------------ */

struct scan {
	const struct vary *v;
	enum vary_form form;
	struct buf out;
	const char *text, *p;	/* the whole of it; where we are */
};

static void put_literal(struct scan *s, size_t n)
{
	for (; n; n--, s->p++) {
		if (s->form == VARY_PATTERN &&
		    (strchr("*$", *s->p) ||
		     (*s->p == '\\' && s->p[1] && strchr("*$\\", s->p[1]))))
			buf_char(&s->out, '\\');
		buf_char(&s->out, *s->p);
	}
}

static void put_name(struct scan *s, const char *name)
{
	if (name)
		buf_fmt(&s->out, "$%s", name);
	else
		buf_char(&s->out, '*');
}

/* How many other ports were given before this one. */
static int given_number(const struct vary *v, const struct vary_port *p)
{
	int number = 0;

	for (size_t i = 0; i < v->num_ports; i++) {
		const struct vary_port *q = &v->ports[i];

		number += !q->chosen && q->port != p->port &&
			q->first < p->first &&
			find_port(v, NULL, 0, q->port) == q;
	}
	return number;
}

int vary_given(const struct vary *v, int k)
{
	for (size_t i = 0; i < v->num_ports; i++)
		if (!v->ports[i].chosen && given_number(v, &v->ports[i]) == k)
			return v->ports[i].port;
	return 0;
}

/* The port of so many digits at p; host NULL: whoever's. */
static void put_port(struct scan *s, size_t n, const char *host, size_t len,
		     int port)
{
	const struct vary_port *p = find_port(s->v, host, len, port);

	if (p && p->chosen)
		put_name(s, p->name);
	else if (p && s->form == VARY_KEY)
		buf_fmt(&s->out, "$given%d", given_number(s->v, p));
	else {
		put_literal(s, n);
		return;
	}
	s->p += n;
}

static void put_pid(struct scan *s)
{
	size_t n = digits(s->p);
	long pid = n && n < 10 ? atol(s->p) : 0;

	if (n && pid > 1) {
		const char *name = NULL;

		for (size_t i = 0; i < s->v->num_pids; i++)
			if (s->v->pids[i].pid == pid)
				name = s->v->pids[i].name;
		put_name(s, name);
		s->p += n;
	} else {
		put_literal(s, n);
	}
}

static bool take(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->p, word, n) != 0)
		return false;
	put_literal(s, n);
	return true;
}

/* "0x7ffc1234", and what strace says of an environment behind it. */
static bool scan_address(struct scan *s)
{
	size_t n;

	if (s->p[0] != '0' || s->p[1] != 'x' ||
	    (s->p > s->text && isalnum((unsigned char)s->p[-1])))
		return false;
	n = strspn(s->p + 2, "0123456789abcdef");
	if (n < ADDRESS_DIGITS)
		return false;
	s->p += 2 + n;
	buf_char(&s->out, '*');
	n = strncmp(s->p, " /* ", 4) ? 0 : digits(s->p + 4);
	if (n && !strncmp(s->p + 4 + n, " vars */", 8))
		s->p += 4 + n + 8;
	return true;
}

/*
 * {tv_sec=4, tv_usec=999997}: nobody wrote such a time into a program; it is
 * what was left, or what was measured.
 */
static bool scan_time(struct scan *s)
{
	static const char sec[] = "{tv_sec=";
	const char *p = s->p;
	size_t n;

	if (strncmp(p, sec, strlen(sec)) != 0)
		return false;
	p += strlen(sec);
	p += digits(p);
	if (strncmp(p, ", tv_nsec=", 10) && strncmp(p, ", tv_usec=", 10))
		return false;
	p += 10;
	n = digits(p);
	if (n < 3 || p[n] != '}' || !strncmp(p + n - 3, "000", 3))
		return false;
	buf_str(&s->out, "{*}");
	s->p = p + n + 1;
	return true;
}

/* "=N" behind a name of which the value varies. */
static bool scan_field(struct scan *s)
{
	static const char *const fields[] = { "si_utime=", "si_stime=",
		"st_ino=", "parent_tid=[" };
	int port;
	size_t n;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (take(s, fields[i])) {
			n = digits(s->p);
			if (n)
				buf_char(&s->out, '*');
			s->p += n;
			return true;
		}
	if (take(s, "si_pid=") || take(s, "P_PID, ") ||
	    take(s, "F_SETOWN, ")) {
		put_pid(s);
		return true;
	}
	if (take(s, "htons(")) {
		n = port_digits(s->p, &port);
		if (n)
			put_port(s, n, NULL, 0, port);
		return true;
	}
	return false;
}

/* ":N" behind a host, in what the wire and sock_diag say. */
static bool scan_end(struct scan *s)
{
	const char *host = s->p;
	int port;
	size_t n;

	if (*s->p != ':')
		return false;
	n = port_digits(s->p + 1, &port);
	while (host > s->text && !strchr(" (", host[-1]))
		host--;
	if (!n || !find_port(s->v, host, s->p - host, port))
		return false;
	n = s->p - host;
	put_literal(s, 1);
	put_port(s, port_digits(s->p, &port), host, n, port);
	return true;
}

/* A window says how busy the receiver was; only an empty one stops anybody. */
static bool scan_packet_field(struct scan *s)
{
	if (!take(s, " win ") && !take(s, " id "))
		return false;
	if (*s->p != '0' && digits(s->p)) {
		buf_char(&s->out, '*');
		s->p += digits(s->p);
	}
	return true;
}

/* One character, or a string in quotes. */
static void scan_literal(struct scan *s)
{
	size_t n = 1;

	if (*s->p == '"') {
		while (s->p[n] && s->p[n] != '"')
			n += s->p[n] == '\\' && s->p[n + 1] ? 2 : 1;
		n += s->p[n] == '"';
	}
	put_literal(s, n);
}

static void scan_call(struct scan *s, const struct event *ev)
{
	const char *result = NULL;

	if (ev->kind == EV_CALL && ev->has_ret && vary_returns_pid(ev->call))
		result = strrchr(s->text, '=');
	if (ev->call && take(s, ev->call) && take(s, "(") &&
	    takes_pid(ev->call)) {
		take(s, "-");
		put_pid(s);
	}
	while (*s->p)
		if (s->p == result && s->p[1] == ' ') {
			put_literal(s, 2);
			put_pid(s);
		} else if (!scan_address(s) && !scan_time(s) &&
			   !scan_field(s)) {
			scan_literal(s);
		}
}

static void scan_packet(struct scan *s)
{
	while (*s->p)
		if (!scan_end(s) && !scan_packet_field(s))
			scan_literal(s);
}

static void scan_proc(struct scan *s)
{
	while (*s->p)
		if (take(s, " parent ") || take(s, "(was "))
			put_pid(s);
		else
			scan_literal(s);
}

char *vary_text(const struct vary *v, const struct event *ev,
		enum vary_form form)
{
	struct scan s = { .v = v, .form = form, .text = ev->text,
			  .p = ev->text };

	switch (ev->kind) {
	case EV_PACKET:
	case EV_TCP:
		scan_packet(&s);
		break;
	case EV_PROC:
		scan_proc(&s);
		break;
	case EV_COUNT:
		put_literal(&s, strlen(s.p));
		break;
	default:
		scan_call(&s, ev);
	}
	return buf_take(&s.out);
}

char *vary_command(const struct vary *v, const char *text,
		   enum vary_form form)
{
	struct scan s = { .v = v, .form = form, .text = text, .p = text };
	int port;

	while (*s.p) {
		size_t n = s.p > text && isalnum((unsigned char)s.p[-1]) ? 0 :
			port_digits(s.p, &port);

		if (n)
			put_port(&s, n, NULL, 0, port);
		else
			buf_char(&s.out, *s.p++);
	}
	return buf_take(&s.out);
}

char *vary_end(const struct vary *v, const char *end, enum vary_form form)
{
	struct scan s = { .v = v, .form = form, .text = end, .p = end };

	scan_packet(&s);
	return buf_take(&s.out);
}
