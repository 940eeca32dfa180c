/*
 * From the frame inwards: Ethernet with its VLAN tags, then ARP or IP with its
 * fragments and extensions, then what lies in IP. packet_part.h says how.
 */
#include "probe/packet_part.h"

#include <netinet/in.h>
#include <string.h>

static void decode_udp(struct packet *pkt, struct span s, bool check)
{
	size_t len;

	if (!span_need(pkt, &s, 4))
		return;
	pkt->has_ports = true;
	pkt->sport = get16(s.at);
	pkt->dport = get16(s.at + 2);
	if (!span_need(pkt, &s, 8))
		return;
	pkt->kind = PACKET_UDP;
	len = get16(s.at + 4);
	if (len < 8) {
		pkt->bad_header = true;
		return;
	}
	if (len <= s.len)
		span_limit(&s, len);
	else if (!pkt->fragment)	/* a fragment has only its share */
		pkt->bad_header = true;
	/* No checksum is 0, which only IPv4 allows. */
	if (check && !pkt->bad_header) {
		if (get16(s.at + 6))
			span_check_sum(pkt, &s, sum_pseudo(pkt, len));
		else if (pkt->family == AF_INET6)
			pkt->bad_checksum = true;
	}
	span_skip(&s, 8);
	span_payload(pkt, &s);
}

/* What lies in IP. A later fragment has no header of its own. */
static void decode_inner(struct packet *pkt, const struct span *s, bool check)
{
	if (pkt->frag_offset) {
		span_payload(pkt, s);
		return;
	}
	if (pkt->protocol == IPPROTO_TCP) {
		decode_tcp(pkt, *s, check);
	} else if (pkt->protocol == IPPROTO_UDP) {
		decode_udp(pkt, *s, check);
	} else if ((pkt->protocol == IPPROTO_ICMP && pkt->family == AF_INET) ||
		   (pkt->protocol == IPPROTO_ICMPV6 &&
		    pkt->family == AF_INET6)) {
		decode_icmp(pkt, *s, check);
	} else {
		if (pkt->protocol == IPPROTO_IGMP && pkt->family == AF_INET)
			pkt->kind = PACKET_NDP;
		span_payload(pkt, s);
	}
}

/* A fragment's units are 8 bytes, and no packet is longer than 64 KiB. */
static void note_fragment(struct packet *pkt, uint32_t id, uint32_t offset,
			  bool more, size_t len)
{
	pkt->fragment = offset || more;
	pkt->more = more;
	pkt->frag_id = id;
	pkt->frag_offset = offset;
	if ((more && len % 8) || offset + len > 65535)
		pkt->bad_header = true;
}

void decode_ipv4(struct packet *pkt, struct span s, bool check)
{
	size_t header, total;
	uint16_t frag;

	if (!span_need(pkt, &s, 20))
		return;
	header = (s.at[0] & 15) * 4U;
	total = get16(s.at + 2);
	frag = get16(s.at + 6);
	if (s.at[0] >> 4 != 4) {
		pkt->bad_header = true;
		return;
	}
	pkt->family = AF_INET;
	pkt->protocol = s.at[9];
	memcpy(pkt->src, s.at + 12, 4);
	memcpy(pkt->dst, s.at + 16, 4);
	if (header < 20) {
		pkt->bad_header = true;
		return;
	}
	span_limit(&s, total);
	if (!span_need(pkt, &s, header))
		return;
	if (check && !sum_is_good(sum_bytes(0, s.at, header)))
		pkt->bad_checksum = true;
	note_fragment(pkt, get16(s.at + 4), (frag & 0x1fffU) * 8,
		      frag & 0x2000, total - header);
	span_skip(&s, header);
	if (s.have < s.len)
		pkt->cut = true;
	decode_inner(pkt, &s, check);
}

/* Takes one extension header off *s. False: there is none, or no more. */
static bool skip_extension(struct packet *pkt, struct span *s, bool *check)
{
	size_t len = 8;

	switch (pkt->protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
		break;
	default:
		return false;
	}
	if (!span_need(pkt, s, 8))
		return false;
	if (pkt->protocol == IPPROTO_FRAGMENT)
		note_fragment(pkt, get32(s->at + 4),
			      get16(s->at + 2) & 0xfff8U, s->at[3] & 1,
			      s->len - 8);
	else
		len += s->at[1] * 8U;
	if (!span_need(pkt, s, len))
		return false;
	/* On its way the last address, which is summed, is not yet in dst. */
	if (pkt->protocol == IPPROTO_ROUTING && s->at[3])
		*check = false;
	pkt->protocol = s->at[0];
	span_skip(s, len);
	return !pkt->frag_offset;
}

void decode_ipv6(struct packet *pkt, struct span s, bool check)
{
	size_t len;

	if (!span_need(pkt, &s, 40))
		return;
	if (s.at[0] >> 4 != 6) {
		pkt->bad_header = true;
		return;
	}
	pkt->family = AF_INET6;
	pkt->protocol = s.at[6];
	memcpy(pkt->src, s.at + 8, 16);
	memcpy(pkt->dst, s.at + 24, 16);
	len = get16(s.at + 4);
	span_skip(&s, 40);
	span_limit(&s, len);
	if (s.have < s.len)
		pkt->cut = true;
	while (skip_extension(pkt, &s, &check))
		;
	decode_inner(pkt, &s, check);
}

static void decode_arp(struct packet *pkt, const struct span *s)
{
	/* Ethernet and IPv4, 6 and 4 bytes long: the only kind there is. */
	static const uint8_t usual[] = { 0, 1, 8, 0, 6, 4 };

	if (!span_need(pkt, s, 8))
		return;
	pkt->kind = PACKET_ARP;
	pkt->arp_op = get16(s->at + 6);
	if (memcmp(s->at, usual, sizeof(usual)) || !span_need(pkt, s, 28))
		return;
	pkt->family = AF_INET;
	memcpy(pkt->src, s->at + 14, 4);
	memcpy(pkt->dst, s->at + 24, 4);
	pkt->payload = s->at;
	pkt->payload_len = pkt->payload_have = 28;
}

static void decode_network(struct packet *pkt, const struct span *s, bool check)
{
	switch (pkt->ethertype) {
	case ETHERTYPE_ARP:
		decode_arp(pkt, s);
		break;
	case ETHERTYPE_IPV4:
		decode_ipv4(pkt, *s, check);
		break;
	case ETHERTYPE_IPV6:
		decode_ipv6(pkt, *s, check);
		break;
	default:
		pkt->payload = s->at;
		pkt->payload_len = pkt->payload_have = s->have;
	}
}

void packet_decode(struct packet *pkt, const uint8_t *frame, size_t len,
		   bool check)
{
	/* No header says how long a frame is: only its end can be missing. */
	struct span s = { .at = frame, .len = SIZE_MAX, .have = len };

	*pkt = (struct packet){ .kind = PACKET_OTHER, .vlan = -1 };
	if (!span_need(pkt, &s, 14))
		return;
	pkt->has_macs = true;
	memcpy(pkt->mac_dst, frame, 6);
	memcpy(pkt->mac_src, frame + 6, 6);
	pkt->ethertype = get16(frame + 12);
	span_skip(&s, 14);
	while (pkt->ethertype == ETHERTYPE_VLAN ||
	       pkt->ethertype == ETHERTYPE_QINQ) {
		if (!span_need(pkt, &s, 4))
			return;
		if (pkt->vlan == -1)
			pkt->vlan = get16(s.at) & 0xfff;
		pkt->ethertype = get16(s.at + 2);
		span_skip(&s, 4);
	}
	decode_network(pkt, &s, check);
}
