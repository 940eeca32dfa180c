/*
 * ICMP of both families: the header, its names, and the packet that an error
 * quotes, which is decoded when it is shown.
 */
#include "probe/packet_part.h"

#include <netinet/in.h>
#include <stdlib.h>

static bool icmp6_is_ndp(uint8_t type)
{
	/* MLD 130 to 132 and 143, neighbour discovery 133 to 137 */
	return (type >= 130 && type <= 137) || type == 143;
}

void decode_icmp(struct packet *pkt, struct span s, bool check)
{
	bool v6 = pkt->protocol == IPPROTO_ICMPV6;

	if (!span_need(pkt, &s, 8))
		return;
	pkt->icmp_type = s.at[0];
	pkt->icmp_code = s.at[1];
	pkt->icmp_rest = get32(s.at + 4);
	pkt->kind = v6 && icmp6_is_ndp(pkt->icmp_type) ? PACKET_NDP
						       : PACKET_ICMP;
	if (check)
		span_check_sum(pkt, &s, v6 ? sum_pseudo(pkt, s.len) : 0);
	span_skip(&s, 8);
	span_payload(pkt, &s);
}

enum icmp_more {		/* what follows the name */
	ICMP_NOTHING,
	ICMP_ECHO,		/* id, seq and data */
	ICMP_QUOTE,		/* the packet that it is about */
	ICMP_MTU,		/* the MTU, then the packet */
};

static const struct icmp_name {
	uint8_t protocol, type;
	int code;		/* -1: any */
	enum icmp_more more;
	const char *name;
} icmp_names[] = {
	{ IPPROTO_ICMP, 0, -1, ICMP_ECHO, "echo reply" },
	{ IPPROTO_ICMP, 8, -1, ICMP_ECHO, "echo request" },
	{ IPPROTO_ICMP, 3, 0, ICMP_QUOTE, "net unreachable" },
	{ IPPROTO_ICMP, 3, 1, ICMP_QUOTE, "host unreachable" },
	{ IPPROTO_ICMP, 3, 2, ICMP_QUOTE, "protocol unreachable" },
	{ IPPROTO_ICMP, 3, 3, ICMP_QUOTE, "port unreachable" },
	{ IPPROTO_ICMP, 3, 4, ICMP_MTU, "fragmentation needed" },
	{ IPPROTO_ICMP, 3, 9, ICMP_QUOTE, "net prohibited" },
	{ IPPROTO_ICMP, 3, 10, ICMP_QUOTE, "host prohibited" },
	{ IPPROTO_ICMP, 3, 13, ICMP_QUOTE, "communication prohibited" },
	{ IPPROTO_ICMP, 4, -1, ICMP_QUOTE, "source quench" },
	{ IPPROTO_ICMP, 5, -1, ICMP_QUOTE, "redirect" },
	{ IPPROTO_ICMP, 11, 0, ICMP_QUOTE, "time exceeded in transit" },
	{ IPPROTO_ICMP, 11, 1, ICMP_QUOTE, "reassembly time exceeded" },
	{ IPPROTO_ICMP, 12, -1, ICMP_QUOTE, "parameter problem" },
	{ IPPROTO_ICMPV6, 128, -1, ICMP_ECHO, "echo request" },
	{ IPPROTO_ICMPV6, 129, -1, ICMP_ECHO, "echo reply" },
	{ IPPROTO_ICMPV6, 1, 0, ICMP_QUOTE, "net unreachable (no route)" },
	{ IPPROTO_ICMPV6, 1, 1, ICMP_QUOTE, "communication prohibited" },
	{ IPPROTO_ICMPV6, 1, 3, ICMP_QUOTE, "host unreachable" },
	{ IPPROTO_ICMPV6, 1, 4, ICMP_QUOTE, "port unreachable" },
	{ IPPROTO_ICMPV6, 2, -1, ICMP_MTU, "packet too big" },
	{ IPPROTO_ICMPV6, 3, 0, ICMP_QUOTE, "time exceeded in transit" },
	{ IPPROTO_ICMPV6, 3, 1, ICMP_QUOTE, "reassembly time exceeded" },
	{ IPPROTO_ICMPV6, 4, -1, ICMP_QUOTE, "parameter problem" },
	{ IPPROTO_ICMPV6, 130, -1, ICMP_NOTHING, "multicast query" },
	{ IPPROTO_ICMPV6, 131, -1, ICMP_NOTHING, "multicast report" },
	{ IPPROTO_ICMPV6, 132, -1, ICMP_NOTHING, "multicast done" },
	{ IPPROTO_ICMPV6, 133, -1, ICMP_NOTHING, "router solicitation" },
	{ IPPROTO_ICMPV6, 134, -1, ICMP_NOTHING, "router advertisement" },
	{ IPPROTO_ICMPV6, 135, -1, ICMP_NOTHING, "neighbour solicitation" },
	{ IPPROTO_ICMPV6, 136, -1, ICMP_NOTHING, "neighbour advertisement" },
	{ IPPROTO_ICMPV6, 137, -1, ICMP_NOTHING, "redirect" },
	{ IPPROTO_ICMPV6, 143, -1, ICMP_NOTHING, "multicast report" },
};

static const struct icmp_name *icmp_find(const struct packet *pkt)
{
	const struct icmp_name *n;
	size_t i;

	for (i = 0; i < sizeof(icmp_names) / sizeof(icmp_names[0]); i++) {
		n = &icmp_names[i];
		if (n->protocol == pkt->protocol && n->type == pkt->icmp_type &&
		    (n->code == -1 || n->code == pkt->icmp_code))
			return n;
	}
	return NULL;
}

/* The packet that an error is about; as a rule only its start is quoted. */
static void text_about(struct buf *b, const struct packet *pkt,
		       const struct names_from *names)
{
	struct packet about = { .kind = PACKET_OTHER, .vlan = -1 };
	struct span s = {
		.at = pkt->payload,
		.len = SIZE_MAX,
		.have = pkt->payload_have,
	};
	char *from, *to;

	if (pkt->protocol == IPPROTO_ICMP)
		decode_ipv4(&about, s, false);
	else
		decode_ipv6(&about, s, false);
	if (!about.family)
		return;
	from = text_end(&about, true, names);
	to = text_end(&about, false, names);
	buf_str(b, " (");
	text_protocol(b, &about);
	buf_fmt(b, " %s > %s)", from, to);
	free(from);
	free(to);
}

void text_icmp(struct buf *b, const struct packet *pkt,
	       const struct names_from *names)
{
	const struct icmp_name *n = icmp_find(pkt);

	text_protocol(b, pkt);
	if (n)
		buf_fmt(b, " %s", n->name);
	else
		buf_fmt(b, " type %u code %u", pkt->icmp_type, pkt->icmp_code);
	if (n && n->more == ICMP_ECHO)
		buf_fmt(b, " id %u seq %u", pkt->icmp_rest >> 16,
			pkt->icmp_rest & 0xffff);
	/* IPv4 has two bytes for it, IPv6 four */
	if (n && n->more == ICMP_MTU)
		buf_fmt(b, " mtu %u", pkt->protocol == IPPROTO_ICMP ?
			pkt->icmp_rest & 0xffff : pkt->icmp_rest);
	text_fragment(b, pkt);
	if (n && (n->more == ICMP_QUOTE || n->more == ICMP_MTU))
		text_about(b, pkt, names);
	else if (pkt->kind == PACKET_ICMP && pkt->payload_len)
		buf_fmt(b, " len %zu", pkt->payload_len);
}
