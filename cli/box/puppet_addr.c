/* puppet_addr - socket addresses: from words, in C, and in words again */
#include "box/puppet_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* len=N: a length that the address does not have. */
static int finish(struct puppet_parse *p, int i, const union address *addr,
		  size_t len)
{
	const char *word = p->key[KEY_LEN];
	int64_t n = len;

	if (word && (!puppet_number(word, &n) || n < 0 ||
		     n > (int64_t)sizeof(p->msg->addr)))
		return puppet_bad(p, "len is 0 to %zu", sizeof(p->msg->addr));
	memset(p->msg->addr, 0, sizeof(p->msg->addr));
	memcpy(p->msg->addr, addr, sizeof(*addr));
	p->msg->addr_len = n;
	buf_fmt(&p->c[i], ", %d", (int)n);
	return PUPPET_OK;
}

static int unix_addr(struct puppet_parse *p, int i, const char *word)
{
	union address addr = { .un.sun_family = AF_UNIX };
	bool abstract = word[0] == '@';
	size_t n = strlen(word);
	char text[512];

	if (n + !abstract > sizeof(addr.un.sun_path))
		return puppet_bad(p, "a socket's path has at most %zu bytes",
				  sizeof(addr.un.sun_path) - 1);
	memcpy(addr.un.sun_path, word, n);
	if (abstract)
		addr.un.sun_path[0] = '\0';
	p->at++;
	puppet_quote(text, sizeof(text), addr.un.sun_path, n, '"');
	buf_fmt(&p->c[i], "&(struct sockaddr_un){ .sun_family = AF_UNIX, "
		".sun_path = %s }", text);
	return finish(p, i, &addr, offsetof(struct sockaddr_un, sun_path) + n +
		      !abstract);
}

static int unspec_addr(struct puppet_parse *p, int i)
{
	union address addr = { .sa.sa_family = AF_UNSPEC };

	p->at++;
	buf_str(&p->c[i], "&(struct sockaddr){ .sa_family = AF_UNSPEC }");
	return finish(p, i, &addr, sizeof(addr.sa));
}

static int take_port(struct puppet_parse *p, const char *word, in_port_t *port)
{
	int64_t n;

	if (!word)
		return puppet_missing(p, "PORT");
	if (!puppet_number(word, &n))
		return puppet_bad(p, "'%.60s' is no port", word);
	if (n < 0 || n > 65535)
		return puppet_bad(p, "a port is 0 to 65535: it has 16 bits");
	*port = htons(n);
	return PUPPET_OK;
}

static int in_addr(struct puppet_parse *p, int i, struct in_addr host,
		   in_port_t port)
{
	union address addr = { .in = {
		.sin_family = AF_INET, .sin_port = port, .sin_addr = host,
	} };
	char text[INET_ADDRSTRLEN];

	buf_fmt(&p->c[i], "&(struct sockaddr_in){ .sin_family = AF_INET, "
		".sin_port = htons(%d)", ntohs(port));
	if (host.s_addr != INADDR_ANY)
		buf_fmt(&p->c[i], ", .sin_addr.s_addr = inet_addr(\"%s\")",
			inet_ntop(AF_INET, &host, text, sizeof(text)));
	buf_str(&p->c[i], " }");
	return finish(p, i, &addr, sizeof(addr.in));
}

static int in6_addr(struct puppet_parse *p, int i, const struct in6_addr *host,
		    in_port_t port)
{
	union address addr = { .in6 = {
		.sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = *host,
	} };

	buf_fmt(&p->c[i], "&(struct sockaddr_in6){ .sin6_family = AF_INET6, "
		".sin6_port = htons(%d)", ntohs(port));
	if (IN6_IS_ADDR_LOOPBACK(host)) {
		buf_str(&p->c[i], ", .sin6_addr = IN6ADDR_LOOPBACK_INIT");
	} else if (!IN6_IS_ADDR_UNSPECIFIED(host)) {
		buf_str(&p->c[i], ", .sin6_addr.s6_addr = {");
		for (int b = 0; b < 16; b++)
			buf_fmt(&p->c[i], "%s %d", b ? "," : "",
				host->s6_addr[b]);
		buf_str(&p->c[i], " }");
	}
	buf_str(&p->c[i], " }");
	return finish(p, i, &addr, sizeof(addr.in6));
}

/* The host of "10.0.0.1", "any", "localhost", "::1": its family, or 0. */
static int find_host(const char *word, struct in_addr *in, struct in6_addr *in6)
{
	if (strcasecmp(word, "any") == 0 || strcmp(word, "*") == 0 ||
	    strcasecmp(word, "INADDR_ANY") == 0)
		in->s_addr = INADDR_ANY;
	else if (strcasecmp(word, "localhost") == 0 ||
		 strcasecmp(word, "INADDR_LOOPBACK") == 0)
		in->s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET6, word, in6) == 1)
		return AF_INET6;
	else if (inet_pton(AF_INET, word, in) != 1)
		return 0;
	return AF_INET;
}

/*
 * ADDR PORT, ADDR:PORT, a path, @name, unspec; with any_host a port alone. An
 * address that may be left out is left out where no word looks like one.
 */
static int take_any(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i, bool any_host)
{
	const char *word = puppet_word(p), *colon;
	struct in_addr in = { INADDR_ANY };
	struct in6_addr in6;
	char host[64] = "";
	in_port_t port = 0;
	int family, rc;
	int64_t n;

	if (!word)
		return arg->optional ? puppet_left_out(p, arg, i)
			: puppet_missing(p, any_host ? "PORT" : "ADDR");
	if (word[0] == '@' || strchr(word, '/'))
		return unix_addr(p, i, word);
	if (strcasecmp(word, "unspec") == 0 ||
	    strcasecmp(word, "AF_UNSPEC") == 0)
		return unspec_addr(p, i);
	family = find_host(word, &in, &in6);
	colon = strchr(word, ':');
	if (!family && colon && colon - word < (ptrdiff_t)sizeof(host)) {
		memcpy(host, word, colon - word);
		family = find_host(host, &in, &in6);
	}
	if (family) {
		if (!*host)
			p->at++;
		word = *host ? colon + 1 : puppet_word(p);
	} else if (arg->optional) {
		return puppet_left_out(p, arg, i);
	} else if (!any_host || !puppet_number(word, &n)) {
		return puppet_bad(p, "'%.60s' is no address, as 10.0.0.1 is",
				  word);
	}
	rc = take_port(p, word, &port);
	if (rc != PUPPET_OK)
		return rc;
	p->at++;
	return family == AF_INET6 ? in6_addr(p, i, &in6, port)
				  : in_addr(p, i, in, port);
}

int take_addr(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	return take_any(p, arg, i, false);
}

int take_bind_addr(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	return take_any(p, arg, i, true);
}

static void say_unix(struct puppet_act *a, const struct sockaddr_un *un,
		     size_t len)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);

	if (len <= head)
		puppet_say(a, "a socket without a name");
	else if (!un->sun_path[0])
		puppet_say_bytes(a, un->sun_path, len - head);
	else
		puppet_say_bytes(a, un->sun_path,
				 strnlen(un->sun_path, len - head));
}

void puppet_say_addr(struct puppet_act *a, const void *bytes, size_t len)
{
	union address addr = { 0 };
	char text[INET6_ADDRSTRLEN];

	memcpy(&addr, bytes, len < sizeof(addr) ? len : sizeof(addr));
	if (len < sizeof(sa_family_t))
		puppet_say(a, "no address");
	else if (addr.sa.sa_family == AF_INET)
		puppet_say(a, "%s:%d", inet_ntop(AF_INET, &addr.in.sin_addr,
						 text, sizeof(text)),
			   ntohs(addr.in.sin_port));
	else if (addr.sa.sa_family == AF_INET6)
		puppet_say(a, "[%s]:%d", inet_ntop(AF_INET6,
						   &addr.in6.sin6_addr, text,
						   sizeof(text)),
			   ntohs(addr.in6.sin6_port));
	else if (addr.sa.sa_family == AF_UNIX)
		say_unix(a, &addr.un, len < sizeof(addr.un) ? len
							    : sizeof(addr.un));
	else
		puppet_say(a, "an address of family %d", addr.sa.sa_family);
}
