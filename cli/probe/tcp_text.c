/*
 * How a socket reads: its line, its ends, the names of its state and timer.
 */
#include "probe/tcp.h"

#include "buf.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {
	[TCPS_NONE]		= "none",
	[TCPS_LISTEN]		= "LISTEN",
	[TCPS_SYN_SENT]		= "SYN-SENT",
	[TCPS_SYN_RECEIVED]	= "SYN-RECEIVED",
	[TCPS_ESTABLISHED]	= "ESTABLISHED",
	[TCPS_FIN_WAIT_1]	= "FIN-WAIT-1",
	[TCPS_FIN_WAIT_2]	= "FIN-WAIT-2",
	[TCPS_CLOSE_WAIT]	= "CLOSE-WAIT",
	[TCPS_CLOSING]		= "CLOSING",
	[TCPS_LAST_ACK]		= "LAST-ACK",
	[TCPS_TIME_WAIT]	= "TIME-WAIT",
	[TCPS_CLOSED]		= "CLOSED",
};
static_assert(sizeof(state_names) / sizeof(state_names[0]) == NUM_TCP_STATES,
	      "a state has no name");

static const char *const timer_names[] = {
	[TCP_TIMER_NONE]	= "none",
	[TCP_TIMER_RETRANSMIT]	= "retransmission",
	[TCP_TIMER_KEEPALIVE]	= "keepalive",
	[TCP_TIMER_TIME_WAIT]	= "TIME-WAIT",
	[TCP_TIMER_PROBE]	= "zero-window probe",
};
static_assert(sizeof(timer_names) / sizeof(timer_names[0]) == NUM_TCP_TIMERS,
	      "a timer has no name");

const char *tcp_state_name(enum tcp_state state)
{
	return state_names[state];
}

const char *tcp_timer_name(enum tcp_timer timer)
{
	return timer_names[timer];
}

static bool is_zero(const uint8_t *addr, size_t len)
{
	while (len && !*addr) {
		addr++;
		len--;
	}
	return !len;
}

/* "client:40001", "*:7000", "[fd00::1]:7000"; "*" where there is no port. */
static char *end_text(int family, const uint8_t *addr, unsigned int port,
		      packet_namer *namer, void *arg)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char ip[INET6_ADDRSTRLEN];
	const char *name;

	if (family == AF_INET6 && !memcmp(addr, mapped, sizeof(mapped))) {
		family = AF_INET;
		addr += sizeof(mapped);
	}
	name = port && namer ? namer(arg, family, addr) : NULL;
	if (!name && is_zero(addr, family == AF_INET ? 4 : 16))
		name = "*";
	if (!port)
		return xstrdup("*");
	if (name)
		return xasprintf("%s:%u", name, port);
	inet_ntop(family, addr, ip, sizeof(ip));
	return xasprintf(family == AF_INET ? "%s:%u" : "[%s]:%u", ip, port);
}

static char *line_text(const struct tcp_sock *s, const char *from,
		       const char *to)
{
	struct buf b = { 0 };

	buf_fmt(&b, "%s %s %s", from, to, tcp_state_name(s->state));
	if (s->state == TCPS_LISTEN)
		buf_fmt(&b, " queue %u of %u", s->recvq, s->sendq);
	if (s->timer == TCP_TIMER_TIME_WAIT)
		buf_fmt(&b, " %u s left",
			s->timer_ms / 1000 + (s->timer_ms % 1000 != 0));
	if (s->timer == TCP_TIMER_RETRANSMIT && s->retransmits)
		buf_fmt(&b, " retransmit %u", s->retransmits);
	if (s->timer == TCP_TIMER_PROBE && s->retransmits)
		buf_fmt(&b, " zero-window probe %u", s->retransmits);
	if (s->unread)
		buf_fmt(&b, " unread %u", s->unread);
	if (s->unsent)
		buf_fmt(&b, " unsent %u", s->unsent);
	if (s->unacked)
		buf_fmt(&b, " unacked %u", s->unacked);
	return buf_take(&b);
}

void tcp_text(const struct tcp_sock *s, packet_namer *namer, void *arg,
	      char **text, char **from, char **to)
{
	char *own = end_text(s->family, s->addr, s->port, namer, arg);
	char *peer = end_text(s->family, s->peer, s->peer_port, namer, arg);

	if (text)
		*text = line_text(s, own, peer);
	if (from)
		*from = own;
	else
		free(own);
	if (to)
		*to = peer;
	else
		free(peer);
}
