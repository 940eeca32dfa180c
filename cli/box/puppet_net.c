/* puppet_net - the puppet's socket calls */
#include "box/puppet_call.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANY_SOCKET (1U << PUPPET_SOCKET | 1U << PUPPET_LISTENER | \
		    1U << PUPPET_CONNECTED)

static const struct puppet_name family_list[] = {
	{ "AF_UNIX", AF_UNIX }, { "AF_LOCAL", AF_LOCAL },
	{ "AF_INET", AF_INET }, { "AF_INET6", AF_INET6 },
	{ "AF_NETLINK", AF_NETLINK }, { "AF_PACKET", AF_PACKET },
	{ "AF_UNSPEC", AF_UNSPEC },
	{ "PF_UNIX", AF_UNIX }, { "PF_LOCAL", AF_LOCAL },
	{ "PF_INET", AF_INET }, { "PF_INET6", AF_INET6 },
};
static const struct puppet_names families = {
	"AF_", family_list, COUNT(family_list)
};

static const struct puppet_name type_list[] = {
	{ "SOCK_STREAM", SOCK_STREAM }, { "SOCK_DGRAM", SOCK_DGRAM },
	{ "SOCK_RAW", SOCK_RAW }, { "SOCK_SEQPACKET", SOCK_SEQPACKET },
};
static const struct puppet_names types = {
	"SOCK_", type_list, COUNT(type_list)
};

static const struct puppet_name proto_list[] = {
	{ "IPPROTO_IP", IPPROTO_IP }, { "IPPROTO_TCP", IPPROTO_TCP },
	{ "IPPROTO_UDP", IPPROTO_UDP }, { "IPPROTO_ICMP", IPPROTO_ICMP },
	{ "IPPROTO_RAW", IPPROTO_RAW },
};
static const struct puppet_names protos = {
	"IPPROTO_", proto_list, COUNT(proto_list)
};

static const struct puppet_name sock_flag_list[] = {
	{ "SOCK_NONBLOCK", SOCK_NONBLOCK }, { "SOCK_CLOEXEC", SOCK_CLOEXEC },
};
static const struct puppet_names sock_flags = {
	"SOCK_", sock_flag_list, COUNT(sock_flag_list)
};

static const struct puppet_name how_list[] = {
	{ "SHUT_RD", SHUT_RD }, { "SHUT_WR", SHUT_WR },
	{ "SHUT_RDWR", SHUT_RDWR },
};
static const struct puppet_names hows = {
	"SHUT_", how_list, COUNT(how_list)
};

/* Words that stand for a family, a type and a protocol. */
static const struct {
	const char *word, *family;
	int type;			/* index into type_list */
	const char *proto;
} presets[] = {
	{ "tcp", "AF_INET", 0, "0" }, { "udp", "AF_INET", 1, "0" },
	{ "tcp6", "AF_INET6", 0, "0" }, { "udp6", "AF_INET6", 1, "0" },
	{ "raw", "AF_INET", 2, "IPPROTO_ICMP" },
};

/* A name out of the table, or a number; 0 if the word is neither. */
static bool name_or_number(const struct puppet_names *names, const char *word,
			   int64_t *n, struct buf *c)
{
	const struct puppet_name *name =
		word ? puppet_name_find(names, word) : NULL;

	if (name)
		*n = name->value;
	else if (!word || !puppet_number(word, n))
		return false;
	buf_str(c, name ? name->name : word);
	return true;
}

static void add_sock_flags(struct puppet_parse *p, int64_t *type, struct buf *c)
{
	const struct puppet_name *name;

	while (puppet_word(p) &&
	       (name = puppet_name_find(&sock_flags, puppet_word(p)))) {
		*type |= name->value;
		buf_fmt(c, " | %s", name->name);
		p->at++;
	}
}

/*
 * tcp | udp | raw | FAMILY [TYPE [PROTOCOL]], then flags. `socket unix` is a
 * stream; a family of IP needs a type.
 */
static int take_socket(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	const char *word = puppet_word(p), *proto = "0";
	int64_t family = AF_UNIX, type = SOCK_STREAM, protocol = 0;
	struct buf *c = &p->c[i];
	size_t s = 0;

	if (!word && !arg->optional)
		return puppet_missing(p, arg->name);
	while (s < COUNT(presets) && word &&
	       strcasecmp(presets[s].word, word) != 0)
		s++;
	if (s < COUNT(presets) && word) {
		p->at++;
		name_or_number(&families, presets[s].family, &family, c);
		type = type_list[presets[s].type].value;
		buf_fmt(c, ", %s", type_list[presets[s].type].name);
		proto = presets[s].proto;
	} else {
		if (name_or_number(&families, word, &family, c))
			p->at++;
		else if (!arg->optional)
			return puppet_unknown(p, word, arg);
		else
			buf_str(c, "AF_UNIX");
		buf_str(c, ", ");
		if (name_or_number(&types, puppet_word(p), &type, c))
			p->at++;
		else if (family == AF_UNIX)
			buf_str(c, "SOCK_STREAM");
		else if (puppet_word(p))
			return puppet_bad(p, "'%.60s' is no TYPE, as stream "
					  "is", puppet_word(p));
		else
			return puppet_missing(p, "TYPE");
	}
	add_sock_flags(p, &type, c);
	buf_str(c, ", ");
	if (name_or_number(&protos, puppet_word(p), &protocol, c))
		p->at++;
	else
		name_or_number(&protos, proto, &protocol, c);
	p->msg->val[i] = family;
	puppet_num_add(p, type);
	return puppet_num_add(p, protocol);
}

static const struct puppet_arg arg_socket = {
	.take = take_socket, .name = "FAMILY", .names = &families,
};
static const struct puppet_arg arg_pair = {
	.take = take_socket, .name = "FAMILY", .names = &types,
	.optional = true,
};
static const struct puppet_arg fd_fresh = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_SOCKET,
	.or_want = ANY_SOCKET,
};
static const struct puppet_arg fd_listener = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_LISTENER,
	.or_want = ANY_SOCKET,
};
static const struct puppet_arg fd_connected = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_CONNECTED,
	.or_want = ANY_SOCKET,
};
static const struct puppet_arg fd_socket = {
	.take = take_fd, .name = "FD", .want = ANY_SOCKET,
};
static const struct puppet_arg arg_bind = { take_bind_addr, .name = "ADDR" };
static const struct puppet_arg arg_addr = { take_addr, .name = "ADDR" };
static const struct puppet_arg arg_backlog = { take_num, .name = "BACKLOG" };
static const struct puppet_arg arg_sock_flags = {
	take_flags, .name = "FLAG", .names = &sock_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_how = {
	take_word, .name = "HOW", .names = &hows,
};

static long act_socket(struct puppet_act *a)
{
	int fd = socket(a->val[0], a->msg->num[0], a->msg->num[1]);

	if (fd != -1)
		puppet_new_fd(a, fd);
	return fd;
}

static long act_socketpair(struct puppet_act *a)
{
	int sv[2];

	if (socketpair(a->val[0], a->msg->num[0], a->msg->num[1], sv) == -1)
		return -1;
	puppet_new_fd(a, sv[0]);
	puppet_new_fd(a, sv[1]);
	puppet_say(a, "%d and %d", sv[0], sv[1]);
	return 0;
}

static long act_bind(struct puppet_act *a)
{
	return bind(a->val[0], (void *)a->msg->addr, a->msg->addr_len);
}

static long act_listen(struct puppet_act *a)
{
	return listen(a->val[0], a->val[1]);
}

static long act_connect(struct puppet_act *a)
{
	return connect(a->val[0], (void *)a->msg->addr, a->msg->addr_len);
}

static long accepted(struct puppet_act *a, int fd,
		     const struct sockaddr_storage *addr, socklen_t len)
{
	if (fd == -1)
		return -1;
	puppet_new_fd(a, fd);
	puppet_say(a, "from ");
	puppet_say_addr(a, addr, len);
	return fd;
}

static long act_accept(struct puppet_act *a)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	int fd = accept(a->val[0], (void *)&addr, &len);

	return accepted(a, fd, &addr, len);
}

static long act_accept4(struct puppet_act *a)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	int fd = accept4(a->val[0], (void *)&addr, &len, a->val[1]);

	return accepted(a, fd, &addr, len);
}

static long act_shutdown(struct puppet_act *a)
{
	return shutdown(a->val[0], a->val[1]);
}

static long act_getsockname(struct puppet_act *a)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);

	if (getsockname(a->val[0], (void *)&addr, &len) == -1)
		return -1;
	puppet_say_addr(a, &addr, len);
	return 0;
}

static long act_getpeername(struct puppet_act *a)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);

	if (getpeername(a->val[0], (void *)&addr, &len) == -1)
		return -1;
	puppet_say_addr(a, &addr, len);
	return 0;
}

static const struct puppet_call calls[] = {
	{ "socket", "tcp|udp|raw|tcp6|udp6|FAMILY [TYPE] [FLAG...] [PROTOCOL]",
	  "make a socket: tcp, udp, unix, unix dgram, AF_INET SOCK_STREAM 6",
	  { &arg_socket }, "socket($0)", act_socket, EFFECT_SOCKET, 0 },
	{ "socketpair", "[FAMILY] [TYPE] [FLAG...]",
	  "make two sockets that are connected to each other",
	  { &arg_pair }, "socketpair($0, sv)", act_socketpair, EFFECT_CONNECT,
	  0 },
	{ "bind", "[FD] [ADDR] PORT, or a path",
	  "give a socket its own address; without ADDR, any",
	  { &fd_fresh, &arg_bind }, "bind($0, $1)", act_bind, EFFECT_NONE,
	  1U << KEY_LEN },
	{ "listen", "[FD] BACKLOG", "let a socket take connections",
	  { &fd_fresh, &arg_backlog }, "listen($0, $1)", act_listen,
	  EFFECT_LISTEN, 0 },
	{ "accept", "[FD]", "take a connection off the queue",
	  { &fd_listener }, "accept($0, &addr, &len)", act_accept,
	  EFFECT_ACCEPT, 0 },
	{ "accept4", "[FD] [FLAG...]",
	  "take a connection off the queue, with flags for the new descriptor",
	  { &fd_listener, &arg_sock_flags }, "accept4($0, &addr, &len, $1)",
	  act_accept4, EFFECT_ACCEPT, 0 },
	{ "connect", "[FD] ADDR PORT, or a path, or unspec",
	  "connect a socket to an address; unspec takes that back",
	  { &fd_fresh, &arg_addr }, "connect($0, $1)", act_connect,
	  EFFECT_CONNECT, 1U << KEY_LEN },
	{ "shutdown", "[FD] rd|wr|rdwr", "end one direction, or both",
	  { &fd_connected, &arg_how }, "shutdown($0, $1)", act_shutdown,
	  EFFECT_NONE, 0 },
	{ "getsockname", "[FD]", "ask for a socket's own address",
	  { &fd_socket }, "getsockname($0, &addr, &len)", act_getsockname,
	  EFFECT_NONE, 0 },
	{ "getpeername", "[FD]", "ask for the peer's address",
	  { &fd_connected }, "getpeername($0, &addr, &len)", act_getpeername,
	  EFFECT_NONE, 0 },
};

const struct puppet_group puppet_net = { calls, COUNT(calls) };
