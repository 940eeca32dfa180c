/* puppet_sockopt - setsockopt and getsockopt: the options and their values */
#include "box/puppet_call.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANY_SOCKET (1U << PUPPET_SOCKET | 1U << PUPPET_LISTENER | \
		    1U << PUPPET_CONNECTED)

enum value_kind {
	VALUE_INT,
	VALUE_ERROR,		/* an int that is an errno */
	VALUE_TYPE,		/* an int that is a SOCK_ type */
	VALUE_LINGER,
	VALUE_TIME,
	VALUE_FILTER,
	VALUE_INFO,

	NUM_VALUE_KINDS
};

/* An option is one number: level, option and kind of value. */
#define OPT(level, opt, kind) ((level) << 20 | (opt) << 8 | (kind))
#define OPT_LEVEL(n) ((int)((n) >> 20))
#define OPT_NAME(n) ((int)((n) >> 8 & 0xfff))
#define OPT_KIND(n) ((enum value_kind)((n) & 0xff))

#define SOCKET(name, kind) { #name, OPT(SOL_SOCKET, name, kind) }
#define TCP(name, kind) { #name, OPT(IPPROTO_TCP, name, kind) }
#define IP(name, kind) { #name, OPT(IPPROTO_IP, name, kind) }

static const struct puppet_name option_list[] = {
	SOCKET(SO_REUSEADDR, VALUE_INT), SOCKET(SO_REUSEPORT, VALUE_INT),
	SOCKET(SO_LINGER, VALUE_LINGER), SOCKET(SO_RCVBUF, VALUE_INT),
	SOCKET(SO_SNDBUF, VALUE_INT), SOCKET(SO_RCVBUFFORCE, VALUE_INT),
	SOCKET(SO_SNDBUFFORCE, VALUE_INT), SOCKET(SO_OOBINLINE, VALUE_INT),
	SOCKET(SO_KEEPALIVE, VALUE_INT), SOCKET(SO_RCVTIMEO, VALUE_TIME),
	SOCKET(SO_SNDTIMEO, VALUE_TIME), SOCKET(SO_BROADCAST, VALUE_INT),
	SOCKET(SO_RCVLOWAT, VALUE_INT), SOCKET(SO_SNDLOWAT, VALUE_INT),
	SOCKET(SO_PEEK_OFF, VALUE_INT), SOCKET(SO_DONTROUTE, VALUE_INT),
	SOCKET(SO_TYPE, VALUE_TYPE), SOCKET(SO_ERROR, VALUE_ERROR),
	SOCKET(SO_DOMAIN, VALUE_INT), SOCKET(SO_PROTOCOL, VALUE_INT),
	SOCKET(SO_ACCEPTCONN, VALUE_INT), SOCKET(SO_NO_CHECK, VALUE_INT),
	SOCKET(SO_ATTACH_FILTER, VALUE_FILTER),
	SOCKET(SO_DETACH_FILTER, VALUE_INT),
	TCP(TCP_NODELAY, VALUE_INT), TCP(TCP_CORK, VALUE_INT),
	TCP(TCP_SYNCNT, VALUE_INT), TCP(TCP_USER_TIMEOUT, VALUE_INT),
	TCP(TCP_MAXSEG, VALUE_INT), TCP(TCP_KEEPIDLE, VALUE_INT),
	TCP(TCP_KEEPINTVL, VALUE_INT), TCP(TCP_KEEPCNT, VALUE_INT),
	TCP(TCP_QUICKACK, VALUE_INT), TCP(TCP_DEFER_ACCEPT, VALUE_INT),
	TCP(TCP_LINGER2, VALUE_INT), TCP(TCP_FASTOPEN, VALUE_INT),
	TCP(TCP_NOTSENT_LOWAT, VALUE_INT), TCP(TCP_INFO, VALUE_INFO),
	IP(IP_TTL, VALUE_INT), IP(IP_TOS, VALUE_INT),
	IP(IP_RECVERR, VALUE_INT), IP(IP_FREEBIND, VALUE_INT),
	{ "IPV6_V6ONLY", OPT(IPPROTO_IPV6, IPV6_V6ONLY, VALUE_INT) },
};
static const struct puppet_names options = {
	"_", option_list, COUNT(option_list)
};

static const char *level_name(int level)
{
	return level == SOL_SOCKET ? "SOL_SOCKET" :
	       level == IPPROTO_TCP ? "IPPROTO_TCP" :
	       level == IPPROTO_IP ? "IPPROTO_IP" : "IPPROTO_IPV6";
}

/* A name, or LEVEL OPTION as numbers, which the kernel may refuse. */
static int take_name(struct puppet_parse *p, const struct puppet_arg *arg,
		     int i, int64_t *option)
{
	const char *word = puppet_word(p);
	const struct puppet_name *name;
	int64_t level, opt;

	if (!word)
		return puppet_missing(p, arg->name);
	name = puppet_name_find(arg->names, word);
	p->at++;
	if (name) {
		*option = name->value;
		buf_fmt(&p->c[i], "%s, %s", level_name(OPT_LEVEL(*option)),
			name->name);
		return PUPPET_OK;
	}
	if (!p->fd_given || !puppet_number(word, &level)) {
		p->at--;
		return puppet_unknown(p, word, arg);
	}
	word = puppet_word(p);
	if (!word)
		return puppet_missing(p, arg->name);
	if (!puppet_number(word, &opt) || opt < 0 || opt > 0xfff ||
	    level < 0 || level > 0x7ff)
		return puppet_bad(p, "%s: a name, or two numbers", arg->name);
	p->at++;
	*option = OPT(level, opt, VALUE_INT);
	buf_fmt(&p->c[i], "%d, %d", (int)level, (int)opt);
	return PUPPET_OK;
}

static int take_get(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i)
{
	return take_name(p, arg, i, &p->msg->val[i]);
}

static int value_time(struct puppet_parse *p, int i, const char *word)
{
	int64_t ns;

	if (!puppet_seconds(word, &ns))
		return puppet_bad(p, "'%.60s' is no time in seconds", word);
	p->at++;
	p->msg->num[0] = ns / 1000000000;
	p->msg->num[1] = ns / 1000 % 1000000;
	buf_fmt(&p->c[i], ", &(struct timeval){ %lld, %lld }",
		(long long)p->msg->num[0], (long long)p->msg->num[1]);
	return PUPPET_OK;
}

/* off | on SECONDS | SECONDS */
static int value_linger(struct puppet_parse *p, int i, const char *word)
{
	int64_t seconds = 0;
	bool on = strcasecmp(word, "off") != 0;

	if (strcasecmp(word, "on") == 0) {
		p->at++;
		word = puppet_word(p);
		if (!word)
			return puppet_missing(p, "SECONDS");
	}
	if (on && !puppet_number(word, &seconds))
		return puppet_bad(p, "SO_LINGER is off, or seconds: '%.60s'",
				  word);
	p->at++;
	p->msg->num[0] = on;
	p->msg->num[1] = seconds;
	buf_fmt(&p->c[i], ", &(struct linger){ .l_onoff = %d, .l_linger = %d }",
		on, (int)seconds);
	return PUPPET_OK;
}

static int value_int(struct puppet_parse *p, int i, const char *word,
		     bool filter)
{
	if (!puppet_number(word, &p->msg->num[0]))
		return puppet_bad(p, "'%.60s' is no number (VALUE)", word);
	p->at++;
	if (filter)
		buf_fmt(&p->c[i], ", &(struct sock_fprog){ 1, "
			"&(struct sock_filter){ BPF_RET, 0, 0, %u } }",
			(unsigned int)p->msg->num[0]);
	else
		buf_fmt(&p->c[i], ", &(int){ %d }", (int)p->msg->num[0]);
	return PUPPET_OK;
}

static size_t value_size(enum value_kind kind)
{
	switch (kind) {
	case VALUE_TIME:
		return sizeof(struct timeval);
	case VALUE_LINGER:
		return sizeof(struct linger);
	case VALUE_FILTER:
		return sizeof(struct sock_fprog);
	case VALUE_INFO:
		return sizeof(struct tcp_info);
	default:
		return sizeof(int);
	}
}

static int take_set(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i)
{
	int64_t option = 0, len;
	const char *word, *key = p->key[KEY_LEN];
	enum value_kind kind;
	int rc = take_name(p, arg, i, &option);

	if (rc != PUPPET_OK)
		return rc;
	word = puppet_word(p);
	if (!word)
		return puppet_missing(p, "VALUE");
	p->msg->val[i] = option;
	p->msg->num_count = 3;
	kind = OPT_KIND(option);
	if (kind == VALUE_TIME)
		rc = value_time(p, i, word);
	else if (kind == VALUE_LINGER)
		rc = value_linger(p, i, word);
	else
		rc = value_int(p, i, word, kind == VALUE_FILTER);
	if (rc != PUPPET_OK)
		return rc;
	len = kind == VALUE_INFO ? sizeof(int) : value_size(kind);
	if (key && (!puppet_number(key, &len) || len < 0 || len > 16))
		return puppet_bad(p, "len is 0 to 16");
	p->msg->num[2] = len;
	buf_fmt(&p->c[i], ", %d", (int)len);
	return PUPPET_OK;
}

static long act_setsockopt(struct puppet_act *a)
{
	const int64_t *num = a->msg->num;
	enum value_kind kind = OPT_KIND(a->val[1]);
	struct sock_filter filter = { BPF_RET, 0, 0, num[0] };
	union {
		char room[16];
		int n;
		struct linger linger;
		struct timeval time;
		struct sock_fprog prog;
	} value = { .room = { 0 } };

	if (kind == VALUE_TIME)
		value.time = (struct timeval){ num[0], num[1] };
	else if (kind == VALUE_LINGER)
		value.linger = (struct linger){ num[0], num[1] };
	else if (kind == VALUE_FILTER)
		value.prog = (struct sock_fprog){ 1, &filter };
	else
		value.n = num[0];
	return setsockopt(a->val[0], OPT_LEVEL(a->val[1]), OPT_NAME(a->val[1]),
			  &value, num[2]);
}

static void say_info(struct puppet_act *a, const struct tcp_info *info)
{
	/* In the kernel's order, from 1, with the RFC's names. */
	static const char *const states[] = {
		"?", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1",
		"FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK",
		"LISTEN", "CLOSING", "SYN-RECEIVED",
	};
	const char *state = info->tcpi_state < COUNT(states) ?
			    states[info->tcpi_state] : "?";

	/* For a listener the kernel keeps its queue in these two fields. */
	if (info->tcpi_state == TCP_LISTEN)
		puppet_say(a, "%s, %u in the queue, backlog %u", state,
			   info->tcpi_unacked, info->tcpi_sacked);
	else
		puppet_say(a, "%s, unacked %u, retransmits %u, total retrans "
			   "%u, rto %u us, rtt %u us, cwnd %u, mss %u", state,
			   info->tcpi_unacked, info->tcpi_retransmits,
			   info->tcpi_total_retrans, info->tcpi_rto,
			   info->tcpi_rtt, info->tcpi_snd_cwnd,
			   info->tcpi_snd_mss);
}

static const char *type_name(int type)
{
	return type == SOCK_STREAM ? "SOCK_STREAM" :
	       type == SOCK_DGRAM ? "SOCK_DGRAM" :
	       type == SOCK_RAW ? "SOCK_RAW" :
	       type == SOCK_SEQPACKET ? "SOCK_SEQPACKET" : "?";
}

static long act_getsockopt(struct puppet_act *a)
{
	enum value_kind kind = OPT_KIND(a->val[1]);
	socklen_t len = value_size(kind);
	union {
		int n;
		struct linger linger;
		struct timeval time;
		struct tcp_info info;
	} value = { 0 };

	/* A filter cannot be read back; to ask for one is an int's affair. */
	if (kind == VALUE_FILTER)
		len = sizeof(value.n);
	if (getsockopt(a->val[0], OPT_LEVEL(a->val[1]), OPT_NAME(a->val[1]),
		       &value, &len) == -1)
		return -1;
	if (kind == VALUE_TIME)
		puppet_say(a, "%lld.%06lld s", (long long)value.time.tv_sec,
			   (long long)value.time.tv_usec);
	else if (kind == VALUE_LINGER)
		puppet_say(a, "%s, %d s", value.linger.l_onoff ? "on" : "off",
			   value.linger.l_linger);
	else if (kind == VALUE_INFO)
		say_info(a, &value.info);
	else if (kind == VALUE_TYPE)
		puppet_say(a, "%s", type_name(value.n));
	else if (kind == VALUE_ERROR && value.n)
		puppet_say(a, "%s (%s)", strerrorname_np(value.n),
			   strerrordesc_np(value.n));
	else
		puppet_say(a, "%d", value.n);
	return 0;
}

static const struct puppet_arg fd_socket = {
	.take = take_fd, .name = "FD", .want = ANY_SOCKET,
};
static const struct puppet_arg arg_get = {
	take_get, .name = "OPTION", .names = &options,
};
static const struct puppet_arg arg_set = {
	take_set, .name = "OPTION", .names = &options,
};

static const struct puppet_call calls[] = {
	{ "setsockopt", "[FD] OPTION VALUE",
	  "set a socket's option: reuseaddr 1, linger 0, rcvtimeo 0.5",
	  { &fd_socket, &arg_set }, "setsockopt($0, $1)", act_setsockopt,
	  EFFECT_NONE, 1U << KEY_LEN },
	{ "getsockopt", "[FD] OPTION", "ask for a socket's option",
	  { &fd_socket, &arg_get }, "getsockopt($0, $1, &value, &len)",
	  act_getsockopt, EFFECT_NONE, 0 },
};

const struct puppet_group puppet_sockopt = { calls, COUNT(calls) };
