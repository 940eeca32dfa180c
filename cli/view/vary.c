/*
 * A line with names for what varies. It is gone over once, character by
 * character; outside of quotes the few shapes are looked for in which something
 * volatile is written ("0x7ffc...", "htons(N)", "si_pid=N", "HOST:N"), and
 * taken as a whole.
 */
#include "vary.h"

#include "buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_DIGITS	7	/* 0x and so many: an address, no flag */

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
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

struct scan {
	const struct vary *v;
	enum vary_form form;
	struct buf out;
	const char *text, *p;	/* the whole of it; where we are */
	bool from_proc;		/* its data is what /proc has told */
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
			vary_find_port(v, NULL, 0, q->port) == q;
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
	const struct vary_port *p = vary_find_port(s->v, host, len, port);

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
		n = vary_port_digits(s->p, &port);
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
	n = vary_port_digits(s->p + 1, &port);
	while (host > s->text && !strchr(" (", host[-1]))
		host--;
	if (!n || !vary_find_port(s->v, host, s->p - host, port))
		return false;
	n = s->p - host;
	put_literal(s, 1);
	put_port(s, vary_port_digits(s->p, &port), host, n, port);
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

/* The rest without the numbers in it; "\x41" is none. */
static void put_numberless(struct scan *s)
{
	while (*s->p) {
		size_t number = digits(s->p);

		if (number) {
			buf_char(&s->out, '*');
			s->p += number;
		} else {
			put_literal(s, strncmp(s->p, "\\x", 2) ? 1 :
				    strnlen(s->p, 4));
		}
	}
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
	if (*s->p == '"' && s->from_proc)
		put_numberless(s);	/* and of its length */
	else
		put_literal(s, n);
}

/* Has it moved bytes that this process may have from /proc? */
static bool moves_from_proc(const struct vary *v, const struct event *ev)
{
	static const char *const calls[] = {
		"read", "pread64", "write", "pwrite64", "sendto", "recvfrom",
		"lseek",
	};
	bool moves = false, reads_proc = false;

	if (ev->kind != EV_CALL || !ev->has_ret || ev->ret <= 0)
		return false;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		moves |= !strcmp(ev->call, calls[i]);
	for (size_t i = 0; i < v->num_pids; i++)
		reads_proc |= v->pids[i].pid == ev->pid &&
			v->pids[i].reads_proc;
	return moves && reads_proc;
}

static void scan_call(struct scan *s, const struct event *ev)
{
	const char *result = NULL;

	s->from_proc = moves_from_proc(s->v, ev);
	if (ev->kind == EV_CALL && ev->has_ret &&
	    (s->from_proc || vary_returns_pid(ev->call)))
		result = strrchr(s->text, '=');
	if (ev->call && take(s, ev->call) && take(s, "(") &&
	    takes_pid(ev->call)) {
		take(s, "-");
		put_pid(s);
	}
	while (*s->p)
		if (s->p == result && s->p[1] == ' ') {
			put_literal(s, 2);
			if (s->from_proc)
				put_numberless(s);
			else
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
			vary_port_digits(s.p, &port);

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
