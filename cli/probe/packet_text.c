/*
 * The line for a person. It comes from the decoded struct alone, except for the
 * packet quoted in an ICMP error.
 */
#include "probe/packet_part.h"

#include <arpa/inet.h>

#define SHOWN_BYTES	32	/* of a payload */

static void text_mac(struct buf *b, const uint8_t *mac)
{
	buf_fmt(b, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}

static void text_addr(struct buf *b, const struct packet *pkt,
		      const uint8_t *addr, const struct names_from *names)
{
	char digits[INET6_ADDRSTRLEN];
	const char *name = NULL;

	if (names->namer)
		name = names->namer(names->arg, pkt->family, addr);
	if (name) {
		buf_str(b, name);
		return;
	}
	inet_ntop(pkt->family, addr, digits, sizeof(digits));
	if (pkt->family == AF_INET6 && pkt->has_ports)
		buf_fmt(b, "[%s]", digits);
	else
		buf_str(b, digits);
}

char *text_end(const struct packet *pkt, bool sender,
	       const struct names_from *names)
{
	struct buf b = { 0 };

	if (!pkt->family) {
		if (pkt->has_macs)
			text_mac(&b, sender ? pkt->mac_src : pkt->mac_dst);
		else
			buf_char(&b, '?');
		return buf_take(&b);
	}
	text_addr(&b, pkt, sender ? pkt->src : pkt->dst, names);
	if (pkt->has_ports)
		buf_fmt(&b, ":%u", sender ? pkt->sport : pkt->dport);
	return buf_take(&b);
}

void text_protocol(struct buf *b, const struct packet *pkt)
{
	switch (pkt->protocol) {
	case IPPROTO_TCP:
		buf_str(b, "TCP");
		break;
	case IPPROTO_UDP:
		buf_str(b, "UDP");
		break;
	case IPPROTO_ICMP:
		buf_str(b, "ICMP");
		break;
	case IPPROTO_IGMP:
		buf_str(b, "IGMP");
		break;
	case IPPROTO_ICMPV6:
		buf_str(b, "ICMPv6");
		break;
	default:
		buf_fmt(b, "%s protocol %u",
			pkt->family == AF_INET ? "IPv4" : "IPv6",
			pkt->protocol);
	}
}

/*
 * As strace -x does, so that the bytes of a call and of its packet look alike:
 * all of them in hexadecimal, if one of them is no text.
 */
static bool is_text(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < ' ' || p[i] > '~') && (p[i] < '\t' || p[i] > '\r'))
			return false;
	return true;
}

static void text_byte(struct buf *b, uint8_t c)
{
	if (c >= '\t' && c <= '\r')
		buf_fmt(b, "\\%c", "tnvfr"[c - '\t']);
	else if (c == '"' || c == '\\')
		buf_fmt(b, "\\%c", c);
	else
		buf_char(b, (char)c);
}

/* "\x07": most of what is sent in bulk, and printf() is slow at it. */
static void text_hex(struct buf *b, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = { '\\', 'x', digits[byte >> 4],
			      digits[byte & 15] };

	buf_add(b, text, sizeof(text));
}

static void text_quoted(struct buf *b, const uint8_t *p, size_t n)
{
	size_t i, shown = n < SHOWN_BYTES ? n : SHOWN_BYTES;
	bool text = is_text(p, shown);

	buf_str(b, " \"");
	for (i = 0; i < shown; i++) {
		if (text)
			text_byte(b, p[i]);
		else
			text_hex(b, p[i]);
	}
	buf_str(b, shown < n ? "\"..." : "\"");
}

void text_payload(struct buf *b, const struct packet *pkt)
{
	if (!pkt->payload_len)
		return;
	buf_fmt(b, " len %zu", pkt->payload_len);
	if (pkt->payload_have)
		text_quoted(b, pkt->payload, pkt->payload_have);
}

void text_fragment(struct buf *b, const struct packet *pkt)
{
	if (pkt->fragment)
		buf_fmt(b, " fragment id %u offset %u%s", pkt->frag_id,
			pkt->frag_offset, pkt->more ? ", more follow" : "");
}

static void text_arp(struct buf *b, const struct packet *pkt,
		     const struct names_from *names)
{
	if (!pkt->family) {
		buf_str(b, "ARP");
	} else if (pkt->arp_op == 1) {
		buf_str(b, "ARP who has ");
		text_addr(b, pkt, pkt->dst, names);
	} else if (pkt->arp_op == 2) {
		buf_str(b, "ARP ");
		text_addr(b, pkt, pkt->src, names);
		buf_str(b, " is at ");
		text_mac(b, pkt->payload + 8);
	} else {
		buf_fmt(b, "ARP operation %u", pkt->arp_op);
	}
}

static void text_other(struct buf *b, const struct packet *pkt)
{
	if (pkt->family) {
		text_protocol(b, pkt);
		text_fragment(b, pkt);
	} else if (pkt->ethertype == ETHERTYPE_IPV4) {
		buf_str(b, "IPv4");
	} else if (pkt->ethertype == ETHERTYPE_IPV6) {
		buf_str(b, "IPv6");
	} else if (pkt->ethertype == ETHERTYPE_ARP) {
		buf_str(b, "ARP");
	} else if (pkt->ethertype >= ETHERTYPE_MIN) {
		buf_fmt(b, "ethertype 0x%04x", pkt->ethertype);
	} else {
		buf_str(b, "frame");
	}
	if (pkt->payload_len)
		buf_fmt(b, " len %zu", pkt->payload_len);
}

static void text_kind(struct buf *b, const struct packet *pkt,
		      const struct names_from *names)
{
	switch (pkt->kind) {
	case PACKET_TCP:
		text_tcp(b, pkt);
		break;
	case PACKET_UDP:
		buf_str(b, "UDP");
		text_fragment(b, pkt);
		text_payload(b, pkt);
		break;
	case PACKET_ARP:
		text_arp(b, pkt, names);
		break;
	case PACKET_ICMP:
		text_icmp(b, pkt, names);
		break;
	case PACKET_NDP:
		if (pkt->protocol == IPPROTO_ICMPV6)
			text_icmp(b, pkt, names);
		else
			text_other(b, pkt);
		break;
	default:
		text_other(b, pkt);
	}
}

static void text_notes(struct buf *b, const struct packet *pkt)
{
	if (pkt->vlan != -1)
		buf_fmt(b, " [vlan %d]", pkt->vlan);
	if (pkt->bad_header)
		buf_str(b, " [bad header]");
	if (pkt->cut)
		buf_str(b, " [cut short]");
	if (pkt->bad_checksum)
		buf_str(b, " [bad checksum]");
}

void packet_text(struct packet *pkt, struct packet_flows *flows,
		 packet_namer *namer, void *arg,
		 char **text, char **from, char **to)
{
	const struct names_from names = { .namer = namer, .arg = arg };
	struct buf b = { 0 };

	if (pkt->kind == PACKET_TCP)
		flow_number(flows, pkt);
	*from = text_end(pkt, true, &names);
	*to = text_end(pkt, false, &names);
	buf_fmt(&b, "%s > %s  ", *from, *to);
	text_kind(&b, pkt, &names);
	text_notes(&b, pkt);
	*text = buf_take(&b);
}
