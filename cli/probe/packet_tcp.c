/*
 * TCP: the header, its flags and its options (RFC 9293, 3.1; RFC 7323, RFC 2018
 * and RFC 7413 for the options).
 */
#include "probe/packet_part.h"

#include <assert.h>

void decode_tcp(struct packet *pkt, struct span s, bool check)
{
	size_t header, options;

	/* An ICMP error may quote no more than the ports and seq. */
	if (!span_need(pkt, &s, 4))
		return;
	pkt->has_ports = true;
	pkt->sport = get16(s.at);
	pkt->dport = get16(s.at + 2);
	if (!span_need(pkt, &s, 20))
		return;
	pkt->kind = PACKET_TCP;
	pkt->seq = get32(s.at + 4);
	pkt->ack = get32(s.at + 8);
	header = (s.at[12] >> 4) * 4U;
	pkt->flags = s.at[13];
	pkt->window = get16(s.at + 14);
	pkt->urgent = get16(s.at + 18);
	if (check)
		span_check_sum(pkt, &s, sum_pseudo(pkt, s.len));

	if (header < 20 || header > s.len) {
		pkt->bad_header = true;
		return;
	}
	options = header - 20;
	span_skip(&s, 20);
	pkt->options = s.at;
	pkt->options_len = options < s.have ? options : s.have;
	if (!span_need(pkt, &s, options))
		return;
	span_skip(&s, options);
	span_payload(pkt, &s);
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

void text_tcp(struct buf *b, const struct packet *pkt)
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
