/*
 * Frames as bytes: each kind's line, each frame cut at each length, each byte
 * damaged; the numbering of connections; the capture file.
 */
#include "check.h"
#include "probe/packet.h"
#include "view/capture.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The hosts are 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2. */

static const uint8_t syn[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x3c, 0x00, 0x07, 0x00, 0x00, 0x40, 0x06,
	0x66, 0xb3, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x9c, 0x41,
	0x1b, 0x58, 0x12, 0x34, 0x56, 0x78, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02,
	0xfa, 0xf0, 0x18, 0xc6, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02,
	0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03,
	0x03, 0x07,
};

static const uint8_t synack[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x3c, 0x00, 0x07, 0x00, 0x00, 0x40, 0x06,
	0x66, 0xb3, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x01, 0x1b, 0x58,
	0x9c, 0x41, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x79, 0xa0, 0x12,
	0xfe, 0x88, 0x9b, 0x6f, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02,
	0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03,
	0x03, 0x07,
};

static const uint8_t urgent[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x37, 0x00, 0x07, 0x00, 0x00, 0x40, 0x06,
	0x66, 0xb8, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x9c, 0x41,
	0x1b, 0x58, 0x12, 0x34, 0x56, 0x79, 0x9a, 0xbc, 0xde, 0xf1, 0x80, 0x38,
	0x01, 0xf6, 0x5e, 0x65, 0x00, 0x03, 0x01, 0x01, 0x08, 0x0a, 0x00, 0x00,
	0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x38, 0x39, 0x30,
};

static const uint8_t sacked[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x3c, 0x00, 0x07, 0x00, 0x00, 0x40, 0x06,
	0x66, 0xb3, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x01, 0x1b, 0x58,
	0x9c, 0x41, 0x9a, 0xbc, 0xde, 0xf1, 0x12, 0x34, 0x56, 0x79, 0xa0, 0x10,
	0x01, 0xfd, 0x06, 0xde, 0x00, 0x00, 0x01, 0x01, 0x05, 0x12, 0x12, 0x34,
	0x56, 0x7d, 0x12, 0x34, 0x56, 0x81, 0x12, 0x34, 0x56, 0x84, 0x12, 0x34,
	0x56, 0x87,
};

static const uint8_t udp[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x07, 0x00, 0x00, 0x40, 0x11,
	0x66, 0xc4, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x13, 0x88,
	0x1b, 0x58, 0x00, 0x0c, 0xde, 0x22, 0x70, 0x69, 0x6e, 0x67,
};

static const uint8_t udp_unsummed[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x22, 0x00, 0x07, 0x00, 0x00, 0x40, 0x11,
	0x66, 0xc2, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x13, 0x88,
	0x1b, 0x58, 0x00, 0x0e, 0x00, 0x00, 0x61, 0x0a, 0x00, 0x22, 0x5c, 0x80,
};

static const uint8_t ip_options[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x47, 0x00, 0x00, 0x28, 0x00, 0x07, 0x00, 0x00, 0x40, 0x11,
	0x59, 0xb5, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x07, 0x07,
	0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x13, 0x88, 0x1b, 0x58, 0x00, 0x0c,
	0xde, 0x22, 0x70, 0x69, 0x6e, 0x67,
};

static const uint8_t port_unreachable[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x39, 0x00, 0x07, 0x00, 0x00, 0x40, 0x01,
	0x66, 0xbb, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x01, 0x03, 0x03,
	0x11, 0x1a, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00, 0x00, 0x1d, 0x00, 0x07,
	0x00, 0x00, 0x40, 0x11, 0x66, 0xc7, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
	0x00, 0x02, 0x13, 0x88, 0x00, 0x09, 0x00, 0x09, 0x60, 0x48, 0x78,
};

static const uint8_t too_big[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x38, 0x00, 0x07, 0x00, 0x00, 0x40, 0x01,
	0x66, 0xbc, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x01, 0x03, 0x04,
	0xd7, 0x3c, 0x00, 0x00, 0x05, 0x78, 0x45, 0x00, 0x00, 0x28, 0x00, 0x07,
	0x00, 0x00, 0x40, 0x06, 0x66, 0xc7, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
	0x00, 0x02, 0x9c, 0x41, 0x1b, 0x58, 0x12, 0x34, 0x56, 0x79,
};

static const uint8_t exceeded[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x3c, 0x00, 0x07, 0x00, 0x00, 0x40, 0x01,
	0x66, 0xb8, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x01, 0x0b, 0x00,
	0xf4, 0xff, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x07,
	0x00, 0x00, 0x40, 0x01, 0x66, 0xd4, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
	0x00, 0x02, 0x08, 0x00, 0x95, 0x95, 0x00, 0x05, 0x00, 0x01, 0x30, 0x31,
	0x32, 0x33,
};

static const uint8_t echo[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x07, 0x00, 0x00, 0x40, 0x01,
	0x66, 0xd4, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x08, 0x00,
	0x95, 0x95, 0x00, 0x05, 0x00, 0x01, 0x30, 0x31, 0x32, 0x33,
};

static const uint8_t frag_first[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x24, 0x00, 0x07, 0x20, 0x00, 0x40, 0x11,
	0x46, 0xc0, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x13, 0x88,
	0x1b, 0x58, 0x00, 0x1c, 0x94, 0xa1, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
	0x67, 0x68,
};

static const uint8_t frag_last[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x07, 0x00, 0x02, 0x40, 0x11,
	0x66, 0xc2, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x69, 0x6a,
	0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74,
};

static const uint8_t igmp[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x1c, 0x00, 0x07, 0x00, 0x00, 0x40, 0x02,
	0x8f, 0xdd, 0x0a, 0x00, 0x00, 0x01, 0xe0, 0x00, 0x00, 0xfb, 0x16, 0x00,
	0x09, 0x04, 0xe0, 0x00, 0x00, 0xfb,
};

static const uint8_t gre[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x45, 0x00, 0x00, 0x18, 0x00, 0x07, 0x00, 0x00, 0x40, 0x2f,
	0x66, 0xae, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x00, 0x00,
	0x00, 0x00,
};

static const uint8_t syn6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x28, 0x06, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x9c, 0x41, 0x1b, 0x58, 0x12, 0x34,
	0x56, 0x78, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02, 0xfd, 0x20, 0x30, 0x94,
	0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a, 0x00, 0x00,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07,
};

static const uint8_t udp6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x11, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x13, 0x88, 0x1b, 0x58, 0x00, 0x0c,
	0xf8, 0x20, 0x70, 0x69, 0x6e, 0x67,
};

static const uint8_t extended6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x3c, 0x00, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x3c, 0x00, 0x01, 0x04, 0x00, 0x00,
	0x00, 0x00, 0x2b, 0x00, 0x01, 0x04, 0x00, 0x00, 0x00, 0x00, 0x06, 0x02,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x9c, 0x41,
	0x1b, 0x58, 0x12, 0x34, 0x56, 0x78, 0x00, 0x00, 0x00, 0x00, 0x50, 0x02,
	0xfd, 0x20, 0x98, 0x77, 0x00, 0x00,
};

static const uint8_t frag_first6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x18, 0x2c, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x11, 0x00, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x09, 0x13, 0x88, 0x1b, 0x58, 0x00, 0x1c, 0xae, 0x9f, 0x61, 0x62,
	0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
};

static const uint8_t frag_last6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x14, 0x2c, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x11, 0x00, 0x00, 0x10, 0x00, 0x00,
	0x00, 0x09, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72,
	0x73, 0x74,
};

static const uint8_t echo6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x3a, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x80, 0x00, 0x23, 0x4a, 0x00, 0x05,
	0x00, 0x01, 0x30, 0x31, 0x32, 0x33,
};

static const uint8_t unreachable6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x39, 0x3a, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x02, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x04, 0x93, 0x54, 0x00, 0x00,
	0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x00, 0x09, 0x11, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x13, 0x88, 0x00, 0x09, 0x00, 0x09,
	0x7a, 0x46, 0x78,
};

static const uint8_t solicit6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x87, 0x00, 0x7e, 0x9b, 0x00, 0x00,
	0x00, 0x00, 0xfd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00,
	0x00, 0x01,
};

static const uint8_t report6[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x24, 0x00, 0x40, 0xfd, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x16, 0x3a, 0x00, 0x05, 0x02, 0x00, 0x00,
	0x01, 0x00, 0x8f, 0x00, 0x72, 0x87, 0x00, 0x00, 0x00, 0x01, 0x04, 0x00,
	0x00, 0x00, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x01, 0xff, 0x00, 0x00, 0x01,
};

static const uint8_t who_has[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01, 0x02, 0x00,
	0x00, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x0a, 0x00, 0x00, 0x02,
};

static const uint8_t is_at[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02, 0x02, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00,
	0x00, 0x01, 0x0a, 0x00, 0x00, 0x01,
};

static const uint8_t tagged[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x81, 0x00, 0x00, 0x05, 0x08, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x07,
	0x00, 0x00, 0x40, 0x11, 0x66, 0xc4, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
	0x00, 0x02, 0x13, 0x88, 0x1b, 0x58, 0x00, 0x0c, 0xde, 0x22, 0x70, 0x69,
	0x6e, 0x67,
};

static const uint8_t lldp[] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x88, 0xcc, 0x02, 0x07, 0x04, 0x02, 0x00, 0x00,
};

#define TCP_SYN_OPTIONS " <mss 1460,sackOK,TS,wscale 7>"

static const struct sample {
	const char *name;
	const uint8_t *bytes;
	size_t len;
	enum packet_kind kind;
	const char *text;
} samples[] = {
#define SAMPLE(name, kind, text) { #name, name, sizeof(name), kind, text }
	SAMPLE(syn, PACKET_TCP,
	       "client:40001 > server:7000  SYN seq 0 win 64240"
	       TCP_SYN_OPTIONS),
	SAMPLE(synack, PACKET_TCP,
	       "server:7000 > client:40001  SYN,ACK seq 0 ack 1 win 65160"
	       TCP_SYN_OPTIONS),
	SAMPLE(urgent, PACKET_TCP,
	       "client:40001 > server:7000  PSH,ACK,URG seq 1:4 ack 1 win 502"
	       " urg 3 len 3 \"890\""),
	SAMPLE(sacked, PACKET_TCP,
	       "server:7000 > client:40001  ACK seq 1 ack 1 win 509"
	       " <sack 5:9 12:15>"),
	SAMPLE(udp, PACKET_UDP,
	       "client:5000 > server:7000  UDP len 4 \"ping\""),
	SAMPLE(udp_unsummed, PACKET_UDP,
	       "client:5000 > server:7000  UDP len 6"
	       " \"\\x61\\x0a\\x00\\x22\\x5c\\x80\""),
	SAMPLE(ip_options, PACKET_UDP,
	       "client:5000 > server:7000  UDP len 4 \"ping\""),
	SAMPLE(port_unreachable, PACKET_ICMP,
	       "server > client  ICMP port unreachable"
	       " (UDP client:5000 > server:9)"),
	SAMPLE(too_big, PACKET_ICMP,
	       "server > client  ICMP fragmentation needed mtu 1400"
	       " (TCP client:40001 > server:7000)"),
	SAMPLE(exceeded, PACKET_ICMP,
	       "server > client  ICMP time exceeded in transit"
	       " (ICMP client > server)"),
	SAMPLE(echo, PACKET_ICMP,
	       "client > server  ICMP echo request id 5 seq 1 len 4"),
	SAMPLE(frag_first, PACKET_UDP,
	       "client:5000 > server:7000  UDP fragment id 7 offset 0,"
	       " more follow len 8 \"abcdefgh\""),
	SAMPLE(frag_last, PACKET_OTHER,
	       "client > server  UDP fragment id 7 offset 16 len 12"),
	SAMPLE(igmp, PACKET_NDP, "client > 224.0.0.251  IGMP len 8"),
	SAMPLE(gre, PACKET_OTHER, "client > server  IPv4 protocol 47 len 4"),
	SAMPLE(syn6, PACKET_TCP,
	       "client:40001 > server:7000  SYN seq 0 win 64800"
	       TCP_SYN_OPTIONS),
	SAMPLE(udp6, PACKET_UDP,
	       "client:5000 > server:7000  UDP len 4 \"ping\""),
	SAMPLE(extended6, PACKET_TCP,
	       "client:40001 > server:7000  SYN seq 0 win 64800"),
	SAMPLE(frag_first6, PACKET_UDP,
	       "client:5000 > server:7000  UDP fragment id 9 offset 0,"
	       " more follow len 8 \"abcdefgh\""),
	SAMPLE(frag_last6, PACKET_OTHER,
	       "client > server  UDP fragment id 9 offset 16 len 12"),
	SAMPLE(echo6, PACKET_ICMP,
	       "client > server  ICMPv6 echo request id 5 seq 1 len 4"),
	SAMPLE(unreachable6, PACKET_ICMP,
	       "server > client  ICMPv6 port unreachable"
	       " (UDP client:5000 > server:9)"),
	SAMPLE(solicit6, PACKET_NDP,
	       "client > server  ICMPv6 neighbour solicitation"),
	SAMPLE(report6, PACKET_NDP,
	       "client > ff02::16  ICMPv6 multicast report"),
	SAMPLE(who_has, PACKET_ARP, "client > server  ARP who has server"),
	SAMPLE(is_at, PACKET_ARP,
	       "server > client  ARP server is at 02:00:00:00:00:02"),
	SAMPLE(tagged, PACKET_UDP,
	       "client:5000 > server:7000  UDP len 4 \"ping\" [vlan 5]"),
	SAMPLE(lldp, PACKET_OTHER,
	       "02:00:00:00:00:01 > 02:00:00:00:00:02  ethertype 0x88cc len 6"),
};

static const char *namer(void *arg, int family, const uint8_t *addr)
{
	static const uint8_t net6[15] = { 0xfd };
	static const uint8_t net4[3] = { 10 };
	size_t n = family == AF_INET ? sizeof(net4) : sizeof(net6);

	(void)arg;
	if (memcmp(addr, family == AF_INET ? net4 : net6, n))
		return NULL;
	return addr[n] == 1 ? "client" : addr[n] == 2 ? "server" : NULL;
}

/* The line of a frame that lies alone in its memory, for ASan to watch. */
static char *line_of(struct packet_flows *flows, struct packet *pkt,
		     const uint8_t *bytes, size_t len, bool check)
{
	uint8_t *frame = malloc(len ? len : 1);
	char *text, *from, *to;

	if (len)
		memcpy(frame, bytes, len);
	packet_decode(pkt, len ? frame : frame + 1, len, check);
	packet_text(pkt, flows, namer, NULL, &text, &from, &to);
	/* both ends stand at the start of the line */
	if (strncmp(text, from, strlen(from)) || !strstr(text, to))
		text[0] = '\0';
	free(from);
	free(to);
	free(frame);
	return text;
}

static char *line_alone(const uint8_t *bytes, size_t len, bool check)
{
	struct packet_flows *flows = packet_flows_new();
	struct packet pkt;
	char *text;

	text = line_of(flows, &pkt, bytes, len, check);
	packet_flows_free(flows);
	return text;
}

static bool harmless(const char *text)
{
	const char *p;

	for (p = text; *p; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	return p > text;
}

/* In their order, so that the TCP ones know the handshake before them. */
static void test_lines(void)
{
	struct packet_flows *flows = packet_flows_new();
	const struct sample *s;
	struct packet pkt;
	char *text;

	for (s = samples; s < samples + ARRAY_SIZE(samples); s++) {
		text = line_of(flows, &pkt, s->bytes, s->len, true);
		check_str(text, s->text, s->name);
		CHECK(pkt.kind == s->kind, "%s: its kind", s->name);
		free(text);
	}
	packet_flows_free(flows);
}

static void test_cut(void)
{
	const struct sample *s;
	size_t len, bad, silent;
	char *text;

	for (s = samples; s < samples + ARRAY_SIZE(samples); s++) {
		bad = silent = 0;
		for (len = 0; len < s->len; len++) {
			text = line_alone(s->bytes, len, true);
			if (!harmless(text) || strstr(text, "[bad"))
				bad++;
			if (!strstr(text, "[cut short]"))
				silent++;
			free(text);
		}
		CHECK(!bad, "%s: cut anywhere, no other complaint", s->name);
		/* LLDP's length is not ours to know */
		CHECK(silent == (s->bytes == lldp ? s->len - 14 : 0),
		      "%s: cut anywhere, it is said", s->name);
	}
}

static void test_damage(void)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	const struct sample *s;
	uint8_t bytes[256];
	size_t i, j, bad;
	char *text;

	for (s = samples; s < samples + ARRAY_SIZE(samples); s++) {
		bad = 0;
		for (i = 0; i < s->len; i++) {
			for (j = 0; j < ARRAY_SIZE(values); j++) {
				memcpy(bytes, s->bytes, s->len);
				bytes[i] = values[j];
				text = line_alone(bytes, s->len, j & 1);
				if (!harmless(text))
					bad++;
				free(text);
			}
		}
		CHECK(!bad, "%s: any byte damaged, no harm", s->name);
	}
}

/* One wrong bit anywhere in IPv4 and TCP is noticed, if it is asked for. */
static void test_checksums(void)
{
	static const struct sample *const summed[] = {
		&samples[0], &samples[2], &samples[4], &samples[7],
		&samples[10],
	};
	size_t i, at, unseen;
	uint8_t bytes[256];
	char *text;

	for (i = 0; i < ARRAY_SIZE(summed); i++) {
		unseen = 0;
		for (at = 14; at < summed[i]->len; at++) {
			memcpy(bytes, summed[i]->bytes, summed[i]->len);
			bytes[at] ^= 1U << at % 8;
			text = line_alone(bytes, summed[i]->len, true);
			if (!strstr(text, " [bad ") && !strstr(text, " [cut "))
				unseen++;
			free(text);
		}
		CHECK(!unseen, "%s: a wrong bit is noticed", summed[i]->name);
	}
}

/* What IPv6 has of its own: no UDP without one, and addresses on the way. */
static void test_checksums6(void)
{
	uint8_t bytes[256];
	char *text;

	memcpy(bytes, udp6, sizeof(udp6));
	bytes[60] = bytes[61] = 0;
	text = line_alone(bytes, sizeof(udp6), true);
	check_str(text, "client:5000 > server:7000  UDP len 4 \"ping\""
		  " [bad checksum]", "UDP over IPv6 needs a checksum");
	free(text);

	memcpy(bytes, extended6, sizeof(extended6));
	bytes[110] ^= 1;
	text = line_alone(bytes, sizeof(extended6), true);
	check_str(text, "client:40001 > server:7000  SYN seq 0 win 64800"
		  " [bad checksum]", "wrong at the end of its route");
	free(text);
	bytes[73] = 1;
	text = line_alone(bytes, sizeof(extended6), true);
	check_str(text, "client:40001 > server:7000  SYN seq 0 win 64800",
		  "unknown on its way");
	free(text);
}

struct patch {
	uint16_t at;
	uint8_t value;
};

static void test_absurd(void)
{
	static const struct {
		const char *what;
		const uint8_t *bytes;
		size_t len;
		struct patch patches[3];
		const char *text;
	} cases[] = {
		{ "IPv4 version 5", udp, sizeof(udp), { { 14, 0x55 } },
		  "02:00:00:00:00:01 > 02:00:00:00:00:02  IPv4 [bad header]" },
		{ "IHL 4", udp, sizeof(udp), { { 14, 0x44 } },
		  "client > server  UDP [bad header]" },
		{ "IHL 8, all of the packet", udp, sizeof(udp),
		  { { 14, 0x48 } }, "client > server  UDP [bad header]" },
		{ "IHL 15, beyond the packet", udp, sizeof(udp),
		  { { 14, 0x4f } }, "client > server  UDP [bad header]" },
		{ "IPv4 length 0", udp, sizeof(udp), { { 17, 0 } },
		  "client > server  UDP [bad header]" },
		{ "IPv4 length below its header", udp, sizeof(udp),
		  { { 17, 19 } }, "client > server  UDP [bad header]" },
		{ "IPv4 length with no place for UDP", udp, sizeof(udp),
		  { { 17, 23 } }, "client > server  UDP [bad header]" },
		{ "IPv4 length beyond the frame", udp, sizeof(udp),
		  { { 16, 0xff }, { 17, 0xff } },
		  "client:5000 > server:7000  UDP len 4 \"ping\" [cut short]" },
		{ "a frame longer than its packet", udp, sizeof(udp),
		  { { 17, 30 }, { 39, 10 } },
		  "client:5000 > server:7000  UDP len 2 \"pi\"" },
		{ "UDP length 7", udp, sizeof(udp), { { 39, 7 } },
		  "client:5000 > server:7000  UDP [bad header]" },
		{ "UDP length 8", udp, sizeof(udp), { { 39, 8 } },
		  "client:5000 > server:7000  UDP" },
		{ "UDP length beyond the packet", udp, sizeof(udp),
		  { { 39, 13 } },
		  "client:5000 > server:7000  UDP len 4 \"ping\""
		  " [bad header]" },
		{ "doff 4", syn, sizeof(syn), { { 46, 0x40 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " [bad header]" },
		{ "doff 15, beyond the packet", syn, sizeof(syn),
		  { { 46, 0xf0 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " [bad header]" },
		{ "doff 5, options become data", syn, sizeof(syn),
		  { { 46, 0x50 } },
		  "client:40001 > server:7000  SYN seq 0:20 win 64240 len 20"
		  " \"\\x02\\x04\\x05\\xb4\\x04\\x02\\x08\\x0a\\x00\\x00\\x00"
		  "\\x01\\x00\\x00\\x00\\x00\\x01\\x03\\x03\\x07\"" },
		{ "option length 0", syn, sizeof(syn), { { 59, 0 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " <mss 1460,bad option>" },
		{ "option length 1", syn, sizeof(syn), { { 55, 1 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " <bad option>" },
		{ "option beyond the header", syn, sizeof(syn), { { 72, 4 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " <mss 1460,sackOK,TS,bad option>" },
		{ "an option's kind in the header's last byte", syn,
		  sizeof(syn), { { 71, 1 }, { 72, 1 }, { 73, 9 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " <mss 1460,sackOK,TS,bad option>" },
		{ "an unknown option, then the end", syn, sizeof(syn),
		  { { 54, 99 }, { 58, 0 } },
		  "client:40001 > server:7000  SYN seq 0 win 64240"
		  " <option 99>" },
		{ "no flags", syn, sizeof(syn), { { 47, 0 } },
		  "client:40001 > server:7000  none seq 0 win 64240" },
		{ "all flags", syn, sizeof(syn), { { 47, 0xff } },
		  "client:40001 > server:7000 "
		  " FIN,SYN,RST,PSH,ACK,URG,ECE,CWR seq 0 ack 1 win 64240"
		  " urg 0 <mss 1460,sackOK,TS,wscale 7>" },
		{ "an urgent pointer without URG", urgent, sizeof(urgent),
		  { { 47, 0x18 } },
		  "client:40001 > server:7000  PSH,ACK seq 0:3 ack 0 win 502"
		  " len 3 \"890\"" },
		{ "a fragment of no whole units", frag_first,
		  sizeof(frag_first), { { 17, 35 } },
		  "client:5000 > server:7000  UDP fragment id 7 offset 0,"
		  " more follow len 7 \"abcdefg\" [bad header]" },
		{ "a fragment that overlaps", frag_last, sizeof(frag_last),
		  { { 21, 1 } },
		  "client > server  UDP fragment id 7 offset 8 len 12" },
		{ "a fragment beyond 64 KiB", frag_last, sizeof(frag_last),
		  { { 20, 0x1f }, { 21, 0xff } },
		  "client > server  UDP fragment id 7 offset 65528 len 12"
		  " [bad header]" },
		{ "IPv6 version 4", udp6, sizeof(udp6), { { 14, 0x40 } },
		  "02:00:00:00:00:01 > 02:00:00:00:00:02  IPv6 [bad header]" },
		{ "IPv6 length 0", udp6, sizeof(udp6), { { 19, 0 } },
		  "client > server  UDP [bad header]" },
		{ "IPv6 length beyond the frame", udp6, sizeof(udp6),
		  { { 18, 0xff } },
		  "client:5000 > server:7000  UDP len 4 \"ping\" [cut short]" },
		{ "a later fragment is not read on", frag_last6,
		  sizeof(frag_last6), { { 54, 60 } },
		  "client > server  IPv6 protocol 60 fragment id 9 offset 16"
		  " len 12" },
		{ "an extension beyond the packet", extended6,
		  sizeof(extended6), { { 55, 0xff } },
		  "client > server  IPv6 protocol 0 len 60 [bad header]" },
		{ "an extension that eats TCP", extended6, sizeof(extended6),
		  { { 55, 6 } },
		  "client > server  IPv6 protocol 60 len 4 [bad header]" },
		{ "nothing after the extensions", extended6,
		  sizeof(extended6), { { 70, 59 } },
		  "client > server  IPv6 protocol 59 len 20" },
		{ "a quoted packet that is none", port_unreachable,
		  sizeof(port_unreachable), { { 42, 0 } },
		  "server > client  ICMP port unreachable" },
		{ "a quoted packet with IHL 4", port_unreachable,
		  sizeof(port_unreachable), { { 42, 0x44 } },
		  "server > client  ICMP port unreachable"
		  " (UDP client > server)" },
		{ "an unknown ICMP", echo, sizeof(echo), { { 34, 99 } },
		  "client > server  ICMP type 99 code 0 len 4" },
		{ "an ARP of other lengths", who_has, sizeof(who_has),
		  { { 18, 255 } },
		  "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff  ARP" },
		{ "a length where the type is", lldp, sizeof(lldp),
		  { { 12, 0 }, { 13, 6 } },
		  "02:00:00:00:00:01 > 02:00:00:00:00:02  frame len 6" },
	};
	uint8_t bytes[256];
	size_t i, j;
	char *text;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(bytes, cases[i].bytes, cases[i].len);
		for (j = 0; j < ARRAY_SIZE(cases[i].patches); j++) {
			if (cases[i].patches[j].at)
				bytes[cases[i].patches[j].at] =
					cases[i].patches[j].value;
		}
		text = line_alone(bytes, cases[i].len, false);
		check_str(text, cases[i].text, cases[i].what);
		free(text);
	}
}

/* Headers without end: tags, and extensions that each lead to the next. */
static void test_endless(void)
{
	uint8_t tags[1500], nested[1500] = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < sizeof(tags); i++)
		tags[i] = i % 2 ? 0x00 : 0x81;
	text = line_alone(tags, sizeof(tags), true);
	check_str(text, "81:00:81:00:81:00 > 81:00:81:00:81:00  "
		  "ethertype 0x8100 [vlan 256] [cut short]", "tags to the end");
	free(text);

	memcpy(nested, udp6, 54);
	nested[18] = (sizeof(nested) - 54) >> 8;
	nested[19] = (sizeof(nested) - 54) & 0xff;
	nested[20] = 0;		/* hop-by-hop, and so on: 0 is its number */
	text = line_alone(nested, sizeof(nested), true);
	check_str(text, "client > server  IPv6 protocol 0 len 6 [bad header]",
		  "extensions to the end");
	free(text);
}

static void test_unnamed(void)
{
	struct packet_flows *flows = packet_flows_new();
	char *text, *from, *to;
	struct packet pkt;

	packet_decode(&pkt, udp6, sizeof(udp6), true);
	packet_text(&pkt, flows, NULL, NULL, &text, &from, &to);
	check_str(text, "[fd00::1]:5000 > [fd00::2]:7000  UDP len 4 \"ping\"",
		  "IPv6 without names");
	check_str(from, "[fd00::1]:5000", "from");
	check_str(to, "[fd00::2]:7000", "to");
	free(text);
	free(from);
	free(to);
	packet_decode(&pkt, echo, sizeof(echo), true);
	packet_text(&pkt, flows, NULL, NULL, &text, &from, &to);
	check_str(text, "10.0.0.1 > 10.0.0.2  ICMP echo request id 5 seq 1"
		  " len 4", "IPv4 without names");
	free(text);
	free(from);
	free(to);
	packet_flows_free(flows);
}

/* Wrong by one each: these are never right by chance. */
static void test_payload(void)
{
	static const uint8_t mixed[] = {
		'\t', '\n', '\v', '\f', '\r', '"', '\\', 'a', 'a', 'a',
	};
	uint8_t bytes[128];
	char *text;

	memcpy(bytes, udp, sizeof(udp));
	memset(bytes + 42, 'a', 33);
	bytes[17] = 20 + 8 + 32;
	bytes[39] = 8 + 32;
	text = line_alone(bytes, 42 + 32, false);
	check_str(text, "client:5000 > server:7000  UDP len 32"
		  " \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
		  "32 bytes are shown whole");
	free(text);
	bytes[17]++;
	bytes[39]++;
	text = line_alone(bytes, 42 + 33, false);
	check_str(text, "client:5000 > server:7000  UDP len 33"
		  " \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"...",
		  "33 bytes are not");
	free(text);
	memcpy(bytes + 42, mixed, sizeof(mixed));
	bytes[17] = 20 + 8 + 10;
	bytes[39] = 8 + 10;
	text = line_alone(bytes, 42 + 10, false);
	check_str(text, "client:5000 > server:7000  UDP len 10"
		  " \"\\t\\n\\v\\f\\r\\\"\\\\aaa\"", "text is written as in C");
	free(text);
	bytes[50] = 0x1b;
	text = line_alone(bytes, 42 + 10, false);
	check_str(text, "client:5000 > server:7000  UDP len 10"
		  " \"\\x09\\x0a\\x0b\\x0c\\x0d\\x22\\x5c\\x61\\x1b\\x61\"",
		  "one control makes all of it hexadecimal");
	free(text);
}

/* One segment of a connection, and the end of its line. */
struct segment {
	char sender;		/* 'c'lient or 's'erver */
	uint8_t flags;
	uint32_t seq, ack;
	uint8_t len;
	const char *text;
};

static void put16(uint8_t *p, uint16_t n)
{
	p[0] = n >> 8;
	p[1] = n & 0xff;
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, n >> 16);
	put16(p + 2, n & 0xffff);
}

/* Without options, for 255 bytes of data at the most. Returns its length. */
static size_t make_segment(uint8_t *frame, const struct segment *s,
			   uint16_t client, uint16_t server)
{
	bool c = s->sender == 'c';

	memset(frame, 'x', 54 + s->len);
	memcpy(frame, syn, 54);
	put16(frame + 16, 40 + s->len);
	put32(frame + 26, c || client == server ? 0x0a000001 : 0x0a000002);
	put32(frame + 30, c && client != server ? 0x0a000002 : 0x0a000001);
	put16(frame + 34, c ? client : server);
	put16(frame + 36, c ? server : client);
	put32(frame + 38, s->seq);
	put32(frame + 42, s->ack);
	frame[46] = 0x50;
	frame[47] = s->flags;
	put16(frame + 48, 9);
	return 54U + s->len;
}

static void exchange(const char *what, const struct segment *s, size_t n,
		     uint16_t client, uint16_t server)
{
	struct packet_flows *flows = packet_flows_new();
	char *text, *end, label[96];
	struct packet pkt;
	uint8_t frame[512];
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = make_segment(frame, &s[i], client, server);
		text = line_of(flows, &pkt, frame, len, false);
		end = strstr(text, "  ");
		snprintf(label, sizeof(label), "%s, segment %zu", what, i + 1);
		check_str(end ? end + 2 : text, s[i].text, label);
		free(text);
	}
	packet_flows_free(flows);
}

#define EXCHANGE(what, segments) \
	exchange(what, segments, ARRAY_SIZE(segments), 40001, 7000)

static void test_connection(void)
{
	static const struct segment whole[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 500, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 1001, 501, 0, "ACK seq 1 ack 1 win 9" },
		{ 'c', TCP_PSH | TCP_ACK, 1001, 501, 4,
		  "PSH,ACK seq 1:5 ack 1 win 9 len 4 \"xxxx\"" },
		{ 's', TCP_ACK, 501, 1005, 0, "ACK seq 1 ack 5 win 9" },
		{ 's', TCP_FIN | TCP_ACK, 501, 1005, 0,
		  "FIN,ACK seq 1 ack 5 win 9" },
		{ 'c', TCP_FIN | TCP_PSH | TCP_ACK, 1005, 502, 1,
		  "FIN,PSH,ACK seq 5:6 ack 2 win 9 len 1 \"x\"" },
		{ 's', TCP_ACK, 502, 1007, 0, "ACK seq 2 ack 7 win 9" },
		{ 's', TCP_RST, 502, 77, 0, "RST seq 2 win 9" },
	};
	static const struct segment wrap[] = {
		{ 'c', TCP_SYN, 0xfffffffe, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 0xffffffff, 0xffffffff, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 0xffffffff, 0, 0, "ACK seq 1 ack 1 win 9" },
		{ 'c', TCP_ACK, 0xffffffff, 0, 4,
		  "ACK seq 1:5 ack 1 win 9 len 4 \"xxxx\"" },
		{ 's', TCP_ACK, 0, 3, 0, "ACK seq 1 ack 5 win 9" },
		{ 'c', TCP_ACK, 3, 0, 1,
		  "ACK seq 5:6 ack 1 win 9 len 1 \"x\"" },
	};
	static const struct segment both[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN, 500, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_SYN | TCP_ACK, 1000, 501, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 500, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 1001, 501, 0, "ACK seq 1 ack 1 win 9" },
	};
	static const struct segment self[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_SYN | TCP_ACK, 1000, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 1001, 1001, 0, "ACK seq 1 ack 1 win 9" },
	};

	EXCHANGE("a connection", whole);
	EXCHANGE("numbers that wrap around", wrap);
	EXCHANGE("both open at once", both);
	exchange("connected to itself", self, ARRAY_SIZE(self), 7000, 7000);
}

static void test_connections(void)
{
	static const struct segment refused[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_RST | TCP_ACK, 0, 1001, 0,
		  "RST,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_SYN, 9000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 500, 9001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 9001, 501, 0, "ACK seq 1 ack 1 win 9" },
		/* the listener is closed, the SYN comes again */
		{ 's', TCP_RST | TCP_ACK, 0, 9001, 0,
		  "RST,ACK seq 0 ack 1 win 9" },
	};
	static const struct segment again[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 500, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_SYN, 7000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 800, 7001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 7001, 801, 0, "ACK seq 1 ack 1 win 9" },
		/* and from the other side */
		{ 's', TCP_SYN, 60, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_RST | TCP_ACK, 0, 61, 0,
		  "RST,ACK seq 0 ack 1 win 9" },
	};
	static const struct segment half_open[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 500, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 1001, 501, 4,
		  "ACK seq 1:5 ack 1 win 9 len 4 \"xxxx\"" },
		/* the client has forgotten, the server has not */
		{ 'c', TCP_SYN, 700000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_ACK, 501, 1005, 0, "ACK seq 1 ack 5 win 9" },
		{ 'c', TCP_RST, 1005, 0, 0, "RST seq 5 win 9" },
		{ 'c', TCP_SYN, 700000, 0, 0, "SYN seq 0 win 9" },
		{ 's', TCP_SYN | TCP_ACK, 800, 700001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 700001, 801, 0, "ACK seq 1 ack 1 win 9" },
		{ 's', TCP_ACK, 801, 700001, 2,
		  "ACK seq 1:3 ack 1 win 9 len 2 \"xx\"" },
	};
	/* the answer to the second SYN was not caught */
	static const struct segment unanswered[] = {
		{ 'c', TCP_SYN, 1000, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_SYN, 700000, 0, 0, "SYN seq 0 win 9" },
		{ 'c', TCP_ACK, 700001, 801, 0, "ACK seq 1 ack 0 win 9" },
	};
	static const struct segment middle[] = {
		{ 'c', TCP_ACK, 1001, 501, 4,
		  "ACK seq 0:4 ack 0 win 9 len 4 \"xxxx\"" },
		{ 's', TCP_ACK, 501, 1005, 2,
		  "ACK seq 0:2 ack 4 win 9 len 2 \"xx\"" },
		{ 'c', TCP_ACK, 1005, 503, 0, "ACK seq 4 ack 2 win 9" },
	};
	static const struct segment from_synack[] = {
		{ 's', TCP_SYN | TCP_ACK, 500, 1001, 0,
		  "SYN,ACK seq 0 ack 1 win 9" },
		{ 'c', TCP_ACK, 1001, 501, 0, "ACK seq 1 ack 1 win 9" },
	};

	EXCHANGE("refused, and tried again", refused);
	EXCHANGE("the same ports again", again);
	EXCHANGE("half open", half_open);
	EXCHANGE("unanswered", unanswered);
	EXCHANGE("seen from its middle on", middle);
	EXCHANGE("seen from the SYN,ACK on", from_synack);
}

/* 5000 connections: the idle one is forgotten, the busy one is not. */
static void test_many(void)
{
	static const struct segment open = { 'c', TCP_SYN, 1000, 0, 0, NULL };
	static const struct segment later = { 'c', TCP_ACK, 1007, 0, 0, NULL };
	struct packet_flows *flows = packet_flows_new();
	struct packet pkt;
	uint8_t frame[64];
	uint16_t port;

	for (port = 1000; port < 6000; port++) {
		make_segment(frame, &open, port, 80);
		free(line_of(flows, &pkt, frame, 54, false));
		make_segment(frame, &later, 1000, 80);
		free(line_of(flows, &pkt, frame, 54, false));
	}
	CHECK(pkt.rel_seq == 7, "of many connections the busy one is known");
	make_segment(frame, &later, 5999, 80);
	free(line_of(flows, &pkt, frame, 54, false));
	CHECK(pkt.rel_seq == 7, "the last one is known");
	make_segment(frame, &later, 1001, 80);
	free(line_of(flows, &pkt, frame, 54, false));
	CHECK(pkt.rel_seq == 0, "the idle one is forgotten");
	packet_flows_free(flows);
}

static void check_capture(const char *path, int64_t t_ns)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *pcap;

	pcap = pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!CHECK(pcap, "the capture can be read"))
		return;
	CHECK(pcap_datalink(pcap) == DLT_EN10MB, "it holds Ethernet frames");
	CHECK(pcap_next_ex(pcap, &header, &bytes) == 1 &&
	      header->caplen == sizeof(syn) && header->len == sizeof(syn) &&
	      !memcmp(bytes, syn, sizeof(syn)), "the first is what was added");
	CHECK(header->ts.tv_sec == t_ns / 1000000000 &&
	      header->ts.tv_usec == t_ns % 1000000000,
	      "its stamp is exact to the nanosecond");
	CHECK(pcap_next_ex(pcap, &header, &bytes) == 1 &&
	      header->caplen == 0, "an empty frame is kept");
	CHECK(pcap_next_ex(pcap, &header, &bytes) == PCAP_ERROR_BREAK,
	      "then it ends");
	pcap_close(pcap);
}

static void test_capture(void)
{
	char path[] = "/tmp/packet_test.XXXXXX";
	const int64_t t_ns = 1700000000123456789;
	struct errmsg err = { 0 };
	struct capture *c;
	int fd, i;

	fd = mkstemp(path);
	if (!CHECK(fd != -1, "a temporary file"))
		return;
	close(fd);
	c = capture_open(path, &err);
	if (CHECK(c, "capture_open: %s", err.text)) {
		capture_add(c, t_ns, syn, sizeof(syn));
		capture_add(c, t_ns + 1, syn, 0);
		CHECK(capture_close(c, &err) == 0, "capture_close: %s",
		      err.text);
		check_capture(path, t_ns);
	}
	unlink(path);

	CHECK(!capture_open("/nonexistent/x.pcap", &err), "no such directory");
	check_str(err.text, "/nonexistent/x.pcap: No such file or directory",
		  "the reason is told");

	/* once within the buffer, once long beyond it */
	for (i = 1; i <= 10000; i *= 10000) {
		c = capture_open("/dev/full", &err);
		if (!CHECK(c, "/dev/full opens"))
			return;
		for (fd = 0; fd < i; fd++)
			capture_add(c, t_ns, syn, sizeof(syn));
		err.text[0] = '\0';
		CHECK(capture_close(c, &err) == -1, "a full disk is noticed");
		check_str(err.text, "/dev/full: No space left on device",
			  "and named");
	}
}

int main(void)
{
	test_lines();
	test_cut();
	test_damage();
	test_checksums();
	test_checksums6();
	test_absurd();
	test_endless();
	test_unnamed();
	test_payload();
	test_connection();
	test_connections();
	test_many();
	test_capture();
	return check_done();
}
