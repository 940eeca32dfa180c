/*
 * Any bytes as frames of one wire: the first byte's lowest bit asks for
 * checksums, then each frame has two bytes of length before it. Frames share
 * their connections, and each lies alone in its memory, for ASan to watch.
 */
#include "probe/packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *namer(void *arg, int family, const uint8_t *addr)
{
	(void)arg;
	(void)family;
	return addr[0] == 10 ? "client" : NULL;
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void try_frame(struct packet_flows *flows, const uint8_t *bytes,
		      size_t len, bool check)
{
	uint8_t *frame = malloc(len);
	char *text, *from, *to, *p;
	struct packet pkt;

	must(frame || !len);
	if (len)
		memcpy(frame, bytes, len);
	packet_decode(&pkt, frame, len, check);
	must(pkt.kind >= 0 && pkt.kind < NUM_PACKET_KINDS);
	must(pkt.payload_have <= pkt.payload_len);
	if (pkt.payload)
		must(pkt.payload >= frame &&
		     pkt.payload + pkt.payload_have <= frame + len);
	must(check || !pkt.bad_checksum);
	packet_text(&pkt, flows, namer, NULL, &text, &from, &to);
	must(text && from && to && *from && *to);
	for (p = text; *p; p++)
		must(*p >= ' ' && *p <= '~');
	/* flags, options and payload together stay a line */
	must(p - text < 2048);
	free(text);
	free(from);
	free(to);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_flows *flows = packet_flows_new();
	bool check = size && data[0] & 1;
	size_t at = 1, len;

	while (at + 2 <= size) {
		len = (size_t)data[at] << 8 | data[at + 1];
		at += 2;
		if (len > size - at)
			len = size - at;
		try_frame(flows, data + at, len, check);
		at += len;
	}
	packet_flows_free(flows);
	return 0;
}
