/*
 * Theory of operation
 *
 * Decoding hands a span from header to header: the bytes from here to the end
 * of the packet, as many as the headers so far say (len) and as many as the
 * frame has (have). need() is the only way to a header, so a frame can end
 * anywhere and a length can be anything: what is missing by `len` is a lie in
 * a header (bad_header), what is missing by `have` alone is a cut frame (cut).
 *
 * The text comes from the decoded struct alone, except for the packet quoted
 * in an ICMP error, which is decoded when it is shown.
 */
#include "packet.h"
#include "buf.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_MIN	0x0600	/* below it: a length, as 802.3 had it */

#define SHOWN_BYTES	32	/* of a payload */
#define MAX_FLOWS	4096
#define NUM_BUCKETS	1024

struct span {
	const uint8_t *at;
	size_t len, have;
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Are the next n bytes there? If not, say whose fault it is. */
static bool need(struct packet *pkt, const struct span *s, size_t n)
{
	if (s->len < n)
		pkt->bad_header = true;
	else if (s->have < n)
		pkt->cut = true;
	return s->have >= n;
}

/* n was needed before, so that both are at least n. */
static void skip(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
	s->have -= n;
}

/* What follows is len bytes long, says a header. */
static void limit(struct span *s, size_t len)
{
	s->len = len;
	if (s->have > len)
		s->have = len;
}

static void take_payload(struct packet *pkt, const struct span *s)
{
	pkt->payload = s->at;
	pkt->payload_len = s->len;
	pkt->payload_have = s->have;
	if (s->have < s->len)
		pkt->cut = true;
}

/* The Internet checksum; a `sum` starts at 0 or at an earlier part's. */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2)
		sum += get16(p);
	if (n)
		sum += (uint64_t)p[0] << 8;
	return sum;
}

static bool sum_is_good(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static size_t addr_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* TCP, UDP and ICMPv6 sum over the addresses too. */
static uint64_t sum_pseudo(const struct packet *pkt, size_t len)
{
	size_t n = addr_len(pkt->family);
	uint64_t sum = len + pkt->protocol;

	sum = sum_bytes(sum, pkt->src, n);
	return sum_bytes(sum, pkt->dst, n);
}

static void check_sum(struct packet *pkt, const struct span *s, uint64_t sum)
{
	if (s->have < s->len || pkt->fragment)
		return;
	if (!sum_is_good(sum_bytes(sum, s->at, s->len)))
		pkt->bad_checksum = true;
}

static void decode_tcp(struct packet *pkt, struct span s, bool check)
{
	size_t header, options;

	/* An ICMP error may quote no more than the ports and seq. */
	if (!need(pkt, &s, 4))
		return;
	pkt->has_ports = true;
	pkt->sport = get16(s.at);
	pkt->dport = get16(s.at + 2);
	if (!need(pkt, &s, 20))
		return;
	pkt->kind = PACKET_TCP;
	pkt->seq = get32(s.at + 4);
	pkt->ack = get32(s.at + 8);
	header = (s.at[12] >> 4) * 4U;
	pkt->flags = s.at[13];
	pkt->window = get16(s.at + 14);
	pkt->urgent = get16(s.at + 18);
	if (check)
		check_sum(pkt, &s, sum_pseudo(pkt, s.len));

	if (header < 20 || header > s.len) {
		pkt->bad_header = true;
		return;
	}
	options = header - 20;
	skip(&s, 20);
	pkt->options = s.at;
	pkt->options_len = options < s.have ? options : s.have;
	if (!need(pkt, &s, options))
		return;
	skip(&s, options);
	take_payload(pkt, &s);
}

static void decode_udp(struct packet *pkt, struct span s, bool check)
{
	size_t len;

	if (!need(pkt, &s, 4))
		return;
	pkt->has_ports = true;
	pkt->sport = get16(s.at);
	pkt->dport = get16(s.at + 2);
	if (!need(pkt, &s, 8))
		return;
	pkt->kind = PACKET_UDP;
	len = get16(s.at + 4);
	if (len < 8) {
		pkt->bad_header = true;
		return;
	}
	if (len <= s.len)
		limit(&s, len);
	else if (!pkt->fragment)	/* a fragment has only its share */
		pkt->bad_header = true;
	/* No checksum is 0, which only IPv4 allows. */
	if (check && !pkt->bad_header) {
		if (get16(s.at + 6))
			check_sum(pkt, &s, sum_pseudo(pkt, len));
		else if (pkt->family == AF_INET6)
			pkt->bad_checksum = true;
	}
	skip(&s, 8);
	take_payload(pkt, &s);
}

static bool icmp6_is_ndp(uint8_t type)
{
	/* MLD 130 to 132 and 143, neighbour discovery 133 to 137 */
	return (type >= 130 && type <= 137) || type == 143;
}

static void decode_icmp(struct packet *pkt, struct span s, bool check)
{
	bool v6 = pkt->protocol == IPPROTO_ICMPV6;

	if (!need(pkt, &s, 8))
		return;
	pkt->icmp_type = s.at[0];
	pkt->icmp_code = s.at[1];
	pkt->icmp_rest = get32(s.at + 4);
	pkt->kind = v6 && icmp6_is_ndp(pkt->icmp_type) ? PACKET_NDP
						       : PACKET_ICMP;
	if (check)
		check_sum(pkt, &s, v6 ? sum_pseudo(pkt, s.len) : 0);
	skip(&s, 8);
	take_payload(pkt, &s);
}

/* What lies in IP. A later fragment has no header of its own. */
static void decode_inner(struct packet *pkt, const struct span *s, bool check)
{
	if (pkt->frag_offset) {
		take_payload(pkt, s);
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
		take_payload(pkt, s);
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

static void decode_ipv4(struct packet *pkt, struct span s, bool check)
{
	size_t header, total;
	uint16_t frag;

	if (!need(pkt, &s, 20))
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
	limit(&s, total);
	if (!need(pkt, &s, header))
		return;
	if (check && !sum_is_good(sum_bytes(0, s.at, header)))
		pkt->bad_checksum = true;
	note_fragment(pkt, get16(s.at + 4), (frag & 0x1fffU) * 8,
		      frag & 0x2000, total - header);
	skip(&s, header);
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
	if (!need(pkt, s, 8))
		return false;
	if (pkt->protocol == IPPROTO_FRAGMENT)
		note_fragment(pkt, get32(s->at + 4),
			      get16(s->at + 2) & 0xfff8U, s->at[3] & 1,
			      s->len - 8);
	else
		len += s->at[1] * 8U;
	if (!need(pkt, s, len))
		return false;
	/* On its way the last address, which is summed, is not yet in dst. */
	if (pkt->protocol == IPPROTO_ROUTING && s->at[3])
		*check = false;
	pkt->protocol = s->at[0];
	skip(s, len);
	return !pkt->frag_offset;
}

static void decode_ipv6(struct packet *pkt, struct span s, bool check)
{
	size_t len;

	if (!need(pkt, &s, 40))
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
	skip(&s, 40);
	limit(&s, len);
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

	if (!need(pkt, s, 8))
		return;
	pkt->kind = PACKET_ARP;
	pkt->arp_op = get16(s->at + 6);
	if (memcmp(s->at, usual, sizeof(usual)) || !need(pkt, s, 28))
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
	if (!need(pkt, &s, 14))
		return;
	pkt->has_macs = true;
	memcpy(pkt->mac_dst, frame, 6);
	memcpy(pkt->mac_src, frame + 6, 6);
	pkt->ethertype = get16(frame + 12);
	skip(&s, 14);
	while (pkt->ethertype == ETHERTYPE_VLAN ||
	       pkt->ethertype == ETHERTYPE_QINQ) {
		if (!need(pkt, &s, 4))
			return;
		if (pkt->vlan == -1)
			pkt->vlan = get16(s.at) & 0xfff;
		pkt->ethertype = get16(s.at + 2);
		skip(&s, 4);
	}
	decode_network(pkt, &s, check);
}

/*
 * Connections
 *
 * A flow is a pair of endpoints, put in an order, so that both directions find
 * it; side 0 and 1 of it are the senders. The most recently used flow is at the
 * head of `recent`.
 */
struct side {
	bool known;
	uint32_t base;
};

#define KEY_LEN	37	/* family, then address and port of both */

struct flow {
	uint8_t key[KEY_LEN];
	struct side now[2];
	/* The connection before, while nobody has answered a new SYN. */
	struct side old[2];
	bool reborn;
	int opener;		/* the side of the last SYN without ACK */
	TAILQ_ENTRY(flow) by_use;
	LIST_ENTRY(flow) by_key;
};

struct packet_flows {
	size_t count;
	TAILQ_HEAD(flow_list, flow) recent;
	LIST_HEAD(, flow) buckets[NUM_BUCKETS];
};

struct packet_flows *packet_flows_new(void)
{
	struct packet_flows *f = xcalloc(1, sizeof(*f));

	TAILQ_INIT(&f->recent);
	return f;
}

void packet_flows_free(struct packet_flows *f)
{
	struct flow *flow;

	if (!f)
		return;
	while ((flow = TAILQ_FIRST(&f->recent))) {
		TAILQ_REMOVE(&f->recent, flow, by_use);
		free(flow);
	}
	free(f);
}

/* The key of a packet's connection; returns which side sent it. */
static int flow_key(const struct packet *pkt, uint8_t *key)
{
	uint8_t src[18], dst[18];
	int sender;

	memcpy(src, pkt->src, 16);
	src[16] = pkt->sport >> 8;
	src[17] = pkt->sport & 0xff;
	memcpy(dst, pkt->dst, 16);
	dst[16] = pkt->dport >> 8;
	dst[17] = pkt->dport & 0xff;
	/* A socket connected to itself is always side 0. */
	sender = memcmp(src, dst, 18) > 0;
	key[0] = pkt->family == AF_INET6;
	memcpy(key + 1, sender ? dst : src, 18);
	memcpy(key + 19, sender ? src : dst, 18);
	return sender;
}

/* FNV-1a */
static unsigned int flow_bucket(const uint8_t *key)
{
	uint32_t hash = 2166136261U;
	int i;

	for (i = 0; i < KEY_LEN; i++)
		hash = (hash ^ key[i]) * 16777619U;
	return (hash ^ hash >> 16) % NUM_BUCKETS;
}

static struct flow *flow_get(struct packet_flows *f, const uint8_t *key)
{
	unsigned int bucket = flow_bucket(key);
	struct flow *flow;

	LIST_FOREACH(flow, &f->buckets[bucket], by_key) {
		if (memcmp(flow->key, key, KEY_LEN) == 0) {
			TAILQ_REMOVE(&f->recent, flow, by_use);
			TAILQ_INSERT_HEAD(&f->recent, flow, by_use);
			return flow;
		}
	}
	if (f->count < MAX_FLOWS) {
		flow = xcalloc(1, sizeof(*flow));
		f->count++;
	} else {
		flow = TAILQ_LAST(&f->recent, flow_list);
		TAILQ_REMOVE(&f->recent, flow, by_use);
		LIST_REMOVE(flow, by_key);
		*flow = (struct flow){ .reborn = false };
	}
	memcpy(flow->key, key, KEY_LEN);
	TAILQ_INSERT_HEAD(&f->recent, flow, by_use);
	LIST_INSERT_HEAD(&f->buckets[bucket], flow, by_key);
	return flow;
}

static void side_set(struct side *side, uint32_t base)
{
	*side = (struct side){ .known = true, .base = base };
}

static void side_default(struct side *side, uint32_t base)
{
	if (!side->known)
		side_set(side, base);
}

/*
 * A SYN begins a connection anew if its number is new. What is then still said
 * about the connection before (a half-open peer's answer, and the RST that it
 * gets) keeps that one's numbers until the new SYN is answered.
 */
static void flow_syn(struct flow *flow, const struct packet *pkt, int sender)
{
	struct side *own = &flow->now[sender], *peer = &flow->now[!sender];

	if (pkt->flags & TCP_ACK) {
		side_default(peer, pkt->ack - 1);
	} else {
		if (own->known && own->base != pkt->seq) {
			memcpy(flow->old, flow->now, sizeof(flow->old));
			flow->reborn = true;
			peer->known = false;
		}
		flow->opener = sender;
	}
	side_set(own, pkt->seq);
}

static bool flow_is_old(const struct flow *flow, const struct packet *pkt,
			int sender)
{
	uint32_t isn = flow->now[flow->opener].base;

	if (!flow->reborn || flow->now[!flow->opener].known)
		return false;
	if (sender == flow->opener)
		return pkt->seq - isn > 1;
	return !(pkt->flags & TCP_ACK) || pkt->ack != isn + 1;
}

static void number_segment(struct packet_flows *f, struct packet *pkt)
{
	const uint8_t refused = TCP_RST | TCP_ACK;
	struct side *own, *peer;
	uint8_t key[KEY_LEN];
	struct flow *flow;
	int sender;

	sender = flow_key(pkt, key);
	flow = flow_get(f, key);
	own = &flow->now[sender];
	peer = &flow->now[!sender];
	if (pkt->flags & TCP_SYN) {
		flow_syn(flow, pkt, sender);
	} else if (flow_is_old(flow, pkt, sender)) {
		own = &flow->old[sender];
		peer = &flow->old[!sender];
	} else if ((pkt->flags & refused) == refused && pkt->seq == 0) {
		/* A refusal has no number of its own: RFC 9293, 3.5.2 */
		side_default(peer, pkt->ack - 1);
		if (!own->known || pkt->ack == peer->base + 1) {
			pkt->rel_seq = 0;
			pkt->rel_ack = pkt->ack - peer->base;
			return;
		}
	}
	side_default(own, pkt->seq);
	pkt->rel_seq = pkt->seq - own->base;
	if (pkt->flags & TCP_ACK) {
		side_default(peer, pkt->ack);
		pkt->rel_ack = pkt->ack - peer->base;
	}
}

/* The line */

struct names_from {
	packet_namer *namer;
	void *arg;
};

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

static char *text_end(const struct packet *pkt, bool sender,
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

static void text_protocol(struct buf *b, const struct packet *pkt)
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

static void text_quoted(struct buf *b, const uint8_t *p, size_t n)
{
	size_t i, shown = n < SHOWN_BYTES ? n : SHOWN_BYTES;

	buf_str(b, " \"");
	for (i = 0; i < shown; i++) {
		if (p[i] == '\n')
			buf_str(b, "\\n");
		else if (p[i] == '\r')
			buf_str(b, "\\r");
		else if (p[i] == '\t')
			buf_str(b, "\\t");
		else if (p[i] == '"' || p[i] == '\\')
			buf_fmt(b, "\\%c", p[i]);
		else if (p[i] >= ' ' && p[i] <= '~')
			buf_char(b, (char)p[i]);
		else
			buf_fmt(b, "\\x%02x", p[i]);
	}
	buf_str(b, shown < n ? "\"..." : "\"");
}

static void text_payload(struct buf *b, const struct packet *pkt)
{
	if (!pkt->payload_len)
		return;
	buf_fmt(b, " len %zu", pkt->payload_len);
	if (pkt->payload_have)
		text_quoted(b, pkt->payload, pkt->payload_have);
}

static void text_fragment(struct buf *b, const struct packet *pkt)
{
	if (pkt->fragment)
		buf_fmt(b, " fragment id %u offset %u%s", pkt->frag_id,
			pkt->frag_offset, pkt->more ? ", more follow" : "");
}

static void text_flags(struct buf *b, uint8_t flags)
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
	};
	const char *comma = "";
	int i;

	static_assert(sizeof(names) / sizeof(names[0]) == 8,
		      "a flag has no name");
	if (!flags)
		buf_str(b, "none");
	for (i = 0; i < 8; i++) {
		if (flags & 1U << i) {
			buf_fmt(b, "%s%s", comma, names[i]);
			comma = ",";
		}
	}
}

struct option {
	uint8_t kind;
	const uint8_t *data;
	size_t len;		/* of the data */
};

/* The option at *at, which moves past it. 0: no more; -1: absurd. */
static int next_option(const struct packet *pkt, size_t *at, struct option *o)
{
	const uint8_t *p;
	size_t left;

	while (*at < pkt->options_len && pkt->options[*at] == 1)
		(*at)++;	/* padding */
	left = pkt->options_len - *at;
	if (left == 0 || pkt->options[*at] == 0)
		return 0;
	p = pkt->options + *at;
	if (left < 2 || p[1] < 2 || p[1] > left)
		return -1;
	*o = (struct option){ .kind = p[0], .data = p + 2, .len = p[1] - 2U };
	*at += p[1];
	return 1;
}

/* Blocks that did arrive, numbered as the acks of their direction. */
static void text_sack(struct buf *b, const struct packet *pkt,
		      const struct option *o)
{
	uint32_t base = pkt->ack - pkt->rel_ack;
	size_t i;

	buf_str(b, "sack");
	for (i = 0; i + 8 <= o->len; i += 8)
		buf_fmt(b, " %u:%u", get32(o->data + i) - base,
			get32(o->data + i + 4) - base);
}

static void text_option(struct buf *b, const struct packet *pkt,
			const struct option *o)
{
	if (o->kind == 2 && o->len == 2)
		buf_fmt(b, "mss %u", get16(o->data));
	else if (o->kind == 3 && o->len == 1)
		buf_fmt(b, "wscale %u", o->data[0]);
	else if (o->kind == 4 && o->len == 0)
		buf_str(b, "sackOK");
	else if (o->kind == 5 && o->len && o->len % 8 == 0)
		text_sack(b, pkt, o);
	else if (o->kind == 8 && o->len == 8)
		buf_str(b, "TS");
	else if (o->kind == 34)
		buf_str(b, "fastopen");
	else
		buf_fmt(b, "option %u", o->kind);
}

/* On a SYN all are of interest, later only what was lost on the way. */
static void text_options(struct buf *b, const struct packet *pkt)
{
	const char *before = " <";
	struct option o;
	size_t at = 0;
	int rc;

	while ((rc = next_option(pkt, &at, &o)) == 1) {
		if (!(pkt->flags & TCP_SYN) && o.kind != 5)
			continue;
		buf_str(b, before);
		text_option(b, pkt, &o);
		before = ",";
	}
	if (rc == -1 && !pkt->cut) {
		buf_fmt(b, "%sbad option", before);
		before = ",";
	}
	if (*before == ',')
		buf_char(b, '>');
}

static void text_tcp(struct buf *b, const struct packet *pkt)
{
	text_flags(b, pkt->flags);
	buf_fmt(b, " seq %u", pkt->rel_seq);
	if (pkt->payload_len)
		buf_fmt(b, ":%u",
			(uint32_t)(pkt->rel_seq + pkt->payload_len));
	if (pkt->flags & TCP_ACK)
		buf_fmt(b, " ack %u", pkt->rel_ack);
	buf_fmt(b, " win %u", pkt->window);
	if (pkt->flags & TCP_URG)
		buf_fmt(b, " urg %u", pkt->urgent);
	text_options(b, pkt);
	text_fragment(b, pkt);
	text_payload(b, pkt);
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

static void text_icmp(struct buf *b, const struct packet *pkt,
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
		number_segment(flows, pkt);
	*from = text_end(pkt, true, &names);
	*to = text_end(pkt, false, &names);
	buf_fmt(&b, "%s > %s  ", *from, *to);
	text_kind(&b, pkt, &names);
	text_notes(&b, pkt);
	*text = buf_take(&b);
}
