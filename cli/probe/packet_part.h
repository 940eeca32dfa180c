/*
 * packet_part - how a frame's headers are read; for packet*.c alone
 *
 * Decoding hands a span from header to header: the bytes from here to the end
 * of the packet, as many as the headers so far say (len) and as many as the
 * frame has (have). span_need() is the only way to a header, so a frame can end
 * anywhere and a length can be anything: what is missing by `len` is a lie in
 * a header (bad_header), what is missing by `have` alone is a cut frame (cut).
 *
 *	packet.c	Ethernet, ARP, IPv4, IPv6, UDP
 *	packet_span.c	bytes, and their checksum
 *	packet_tcp.c	TCP and its options
 *	packet_icmp.c	ICMP, and the packet that is quoted in it
 *	packet_flow.c	connections, for relative numbers
 *	packet_text.c	the line
 */
#ifndef PACKET_PART_H
#define PACKET_PART_H

#include "buf.h"
#include "probe/packet.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_MIN	0x0600	/* below it: a length, as 802.3 had it */

struct span {
	const uint8_t *at;
	size_t len, have;
};

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Are the next n bytes there? If not, say whose fault it is. */
bool span_need(struct packet *pkt, const struct span *s, size_t n);

/* n was needed before, so that both are at least n. */
void span_skip(struct span *s, size_t n);

/* What follows is len bytes long, says a header. */
void span_limit(struct span *s, size_t len);

/* The rest is the payload. */
void span_payload(struct packet *pkt, const struct span *s);

/*
 * The Internet checksum (RFC 1071); a `sum` starts at 0 or at an earlier
 * part's. TCP, UDP and ICMPv6 sum over the addresses too: sum_pseudo().
 */
uint64_t sum_bytes(uint64_t sum, const uint8_t *p, size_t n);
uint64_t sum_pseudo(const struct packet *pkt, size_t len);
bool sum_is_good(uint64_t sum);

/* Sets bad_checksum, unless there is not all that was summed. */
void span_check_sum(struct packet *pkt, const struct span *s, uint64_t sum);

void decode_ipv4(struct packet *pkt, struct span s, bool check);
void decode_ipv6(struct packet *pkt, struct span s, bool check);
void decode_tcp(struct packet *pkt, struct span s, bool check);
void decode_icmp(struct packet *pkt, struct span s, bool check);

/* Fills in rel_seq and rel_ack of a TCP segment. */
void flow_number(struct packet_flows *f, struct packet *pkt);

struct names_from {
	packet_namer *namer;
	void *arg;
};

/* Where it comes from or goes to: the caller frees it. */
char *text_end(const struct packet *pkt, bool sender,
	       const struct names_from *names);

/* Parts of the line. text_fragment() and text_payload() may add nothing. */
void text_protocol(struct buf *b, const struct packet *pkt);
void text_fragment(struct buf *b, const struct packet *pkt);
void text_payload(struct buf *b, const struct packet *pkt);
void text_tcp(struct buf *b, const struct packet *pkt);
void text_icmp(struct buf *b, const struct packet *pkt,
	       const struct names_from *names);

#endif
