/*
 * Connections, for sequence numbers that count from where they began
 *
 * A flow is a pair of endpoints, put in an order, so that both directions find
 * it; side 0 and 1 of it are the senders. The most recently used flow is at the
 * head of `recent`.
 */
#include "probe/packet_part.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define MAX_FLOWS	4096
#define NUM_BUCKETS	1024

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

void flow_number(struct packet_flows *f, struct packet *pkt)
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
