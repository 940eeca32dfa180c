/*
 * The bytes of a packet from here on, and the checksum over them.
 */
#include "probe/packet_part.h"

#include <sys/socket.h>

bool span_need(struct packet *pkt, const struct span *s, size_t n)
{
	if (s->len < n)
		pkt->bad_header = true;
	else if (s->have < n)
		pkt->cut = true;
	return s->have >= n;
}

void span_skip(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
	s->have -= n;
}

void span_limit(struct span *s, size_t len)
{
	s->len = len;
	if (s->have > len)
		s->have = len;
}

void span_payload(struct packet *pkt, const struct span *s)
{
	pkt->payload = s->at;
	pkt->payload_len = s->len;
	pkt->payload_have = s->have;
	if (s->have < s->len)
		pkt->cut = true;
}

uint64_t sum_bytes(uint64_t sum, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2)
		sum += get16(p);
	if (n)
		sum += (uint64_t)p[0] << 8;
	return sum;
}

bool sum_is_good(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static size_t addr_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

uint64_t sum_pseudo(const struct packet *pkt, size_t len)
{
	size_t n = addr_len(pkt->family);
	uint64_t sum = len + pkt->protocol;

	sum = sum_bytes(sum, pkt->src, n);
	return sum_bytes(sum, pkt->dst, n);
}

void span_check_sum(struct packet *pkt, const struct span *s, uint64_t sum)
{
	if (s->have < s->len || pkt->fragment)
		return;
	if (!sum_is_good(sum_bytes(sum, s->at, s->len)))
		pkt->bad_checksum = true;
}
