/*
 * packet - a frame from the wire, decoded and as one line
 *
 * Pure functions on bytes: no socket, no clock. Whatever the bytes are, no
 * harm is done: nothing is read past the frame's end, and what is wrong with
 * it stands at the end of the line:
 *	[bad header]	a length in it cannot be (below its own header's size,
 *			or beyond what the packet around it holds)
 *	[cut short]	the frame ends before its headers say
 *	[bad checksum]	IPv4 header, TCP, UDP, ICMP or ICMPv6
 *
 * The line reads as a person who knows tcpdump or Wireshark expects:
 *	client:40001 > server:7000  SYN seq 0 win 64240 <mss 1460,sackOK,TS>
 *	server:7000 > client:40001  SYN,ACK seq 0 ack 1 win 65160 <wscale 7>
 *	client:40001 > server:7000  ACK seq 1 ack 1 win 502
 *	client:40001 > server:7000  ACK seq 1 ack 1 win 502 <sack 4:9>
 *	client:40001 > server:7000  PSH,ACK seq 1:4 ack 1 win 502 len 3 "890"
 *	client:40001 > server:7000  ACK,URG seq 4:5 ack 1 win 9 urg 1 len 1 "!"
 *	client:5000 > server:7000  UDP len 4 "ping"
 *	client:5000 > server:7000  UDP fragment id 7 offset 0, more follow len 8
 *	client > server  UDP fragment id 7 offset 16 len 12
 *	client > server  ICMP echo request id 5 seq 1 len 56
 *	server > client  ICMP port unreachable (UDP client:5000 > server:9)
 *	client > server  ARP who has server
 * Flags in the order FIN,SYN,RST,PSH,ACK,URG,ECE,CWR, as people write them:
 * SYN,ACK / FIN,ACK / PSH,ACK / RST,ACK; "none" where none is set. An address
 * is its name or else its digits; [fe80::1]:7000 with a port.
 *
 * Sequence numbers are relative to the first one seen in that direction of the
 * connection, acks to the first one of the other direction: after a handshake
 * both sides stand at 1. Where the handshake was not seen, the first number
 * seen (in a seq, or in the other side's ack) counts as 0.
 */
#ifndef PACKET_H
#define PACKET_H

#include "event.h"

#include <stddef.h>
#include <stdint.h>

enum packet_kind {
	PACKET_OTHER,	/* also what is too short or absurd to be read */
	PACKET_ARP,
	PACKET_NDP,	/* neighbour discovery and multicast reports: folded */
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP,

	NUM_PACKET_KINDS
};

#define TCP_FIN	0x01
#define TCP_SYN	0x02
#define TCP_RST	0x04
#define TCP_PSH	0x08
#define TCP_ACK	0x10
#define TCP_URG	0x20
#define TCP_ECE	0x40
#define TCP_CWR	0x80

/*
 * kind says what is whole enough to be trusted: PACKET_TCP has its flags and
 * numbers, PACKET_UDP its ports, PACKET_ICMP its type. Of a fragmented packet
 * only the first fragment has a kind, the later ones are PACKET_OTHER.
 */
struct packet {
	enum packet_kind kind;
	bool has_macs;
	uint8_t mac_src[6], mac_dst[6];
	uint16_t ethertype;		/* behind the VLAN tags */
	int vlan;			/* the outer tag's number, or -1 */

	int family;			/* AF_INET, AF_INET6, or 0 */
	uint8_t src[16], dst[16];	/* network order; 4 bytes used for v4 */
	uint8_t protocol;		/* IPPROTO_TCP, ... */
	bool fragment, more;		/* of a packet; and not its last one */
	uint32_t frag_id, frag_offset;

	bool has_ports;			/* TCP or UDP, and they are there */
	uint16_t sport, dport;		/* host order */
	uint8_t flags;
	uint32_t seq, ack;		/* absolute, host order */
	uint32_t rel_seq, rel_ack;	/* filled in by packet_text() */
	uint16_t window, urgent;
	const uint8_t *options;		/* TCP's, into the frame */
	size_t options_len;		/* as many as there are */

	uint8_t icmp_type, icmp_code;
	uint32_t icmp_rest;		/* id and seq, or the MTU */
	uint16_t arp_op;

	const uint8_t *payload;		/* into the frame */
	size_t payload_len;		/* as the headers say */
	size_t payload_have;		/* how much of it is in the frame */
	bool bad_header, cut, bad_checksum;
};

/*
 * Decode an Ethernet frame, which has to outlive *pkt. Never fails: what it
 * cannot read is PACKET_OTHER. `check` asks for checksums to be verified (off
 * for lo, where they are not filled in); a fragment's and a cut packet's
 * cannot be.
 */
void packet_decode(struct packet *pkt, const uint8_t *frame, size_t len,
		   bool check);

/*
 * Remembers each connection's first sequence numbers. Bounded: of some
 * thousands of connections the one unused for longest is forgotten.
 */
struct packet_flows;
struct packet_flows *packet_flows_new(void);
void packet_flows_free(struct packet_flows *f);

/* An address's name: "client"; NULL where it has none. From the caller. */
typedef const char *packet_namer(void *arg, int family, const uint8_t *addr);

/*
 * The line for a person. Also fills in rel_seq and rel_ack, *from and *to (with
 * ports). All three strings are the caller's to free, and never NULL. Call it
 * once a frame, in the order of the wire; namer may be NULL.
 */
void packet_text(struct packet *pkt, struct packet_flows *flows,
		 packet_namer *namer, void *arg,
		 char **text, char **from, char **to);

#endif
