/*
 * What the sockets of the hosts say: which frames are our actors', and how
 * often it is worth a look. See wire.h.
 */
#include "wire_relay.h"

#include "buf.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define STRANGER_NS	300000000	/* then it stays a stranger */
#define LOOK_NS		1000000		/* data alone: one look a millisecond */
#define CROWD		64	/* with more sockets, looks are rarer */
#define LOOK_SOCKET_NS	10000		/* some five times what one costs */

/* Is it a moment at which a state may change, or only data going by? */
static bool is_moment(const struct wire *w, const struct packet *pkt)
{
	return pkt->kind == PACKET_TCP &&
		((pkt->flags & (TCP_SYN | TCP_FIN | TCP_RST)) ||
		 (!pkt->payload_len && w->looker.moving));
}

/*
 * Each look reads all sockets. A crowd of them would keep its own frames back
 * until they are sent again, and these again: then looks are as far apart as
 * leaves the frames most of the time. The events' span says how far.
 */
void relay_look(struct wire *w, int64_t pause_ns)
{
	size_t sockets = looker_sockets(&w->looker);

	if (sockets > CROWD && pause_ns < (int64_t)sockets * LOOK_SOCKET_NS)
		pause_ns = sockets * LOOK_SOCKET_NS;
	if (pause_ns && run_clock() - w->looked_ns < pause_ns)
		return;
	looker_look(&w->looker, false);
	w->looked_ns = run_clock();
}

void relay_look_for(struct wire *w, const struct packet *pkt)
{
	relay_look(w, is_moment(w, pkt) ? 0 : LOOK_NS);
}

bool relay_is_ours(struct wire *w, const struct packet *pkt)
{
	if (!box_is_plain(w->run->box))
		return true;
	if (looker_owns(&w->looker, pkt->sport) ||
	    looker_owns(&w->looker, pkt->dport))
		return true;
	looker_learn_ports(&w->looker);
	return looker_owns(&w->looker, pkt->sport) ||
		looker_owns(&w->looker, pkt->dport);
}

/*
 * The program that sent it may be about to be seen doing so: strace's line
 * comes later than the frame.
 */
void relay_remember(struct wire *w, struct frame *f)
{
	if (w->num_strangers == STRANGERS_MAX) {
		frame_release(&w->strangers[0]);
		w->num_strangers--;
		memmove(w->strangers, w->strangers + 1,
			w->num_strangers * sizeof(*w->strangers));
	}
	f->due_ns = run_clock() + STRANGER_NS;
	w->strangers[w->num_strangers++] = *f;
}

static void look_at_strangers(struct wire *w)
{
	size_t n = w->num_strangers;
	int64_t now = run_clock();

	w->num_strangers = 0;
	for (size_t i = 0; i < n; i++) {
		struct frame f = w->strangers[i];
		struct packet pkt;

		packet_decode(&pkt, f.bytes, f.len, false);
		if (looker_owns(&w->looker, pkt.sport) ||
		    looker_owns(&w->looker, pkt.dport))
			relay_handle(w, &f);
		else if (f.due_ns < now)
			frame_release(&f);
		else
			w->strangers[w->num_strangers++] = f;
	}
}

void wire_look(struct wire *w, bool at_rest)
{
	if (at_rest)
		looker_look(&w->looker, true);
	else
		relay_look(w, 0);
	if (w->num_strangers)
		look_at_strangers(w);
}

bool wire_will_repeat(const struct wire *w)
{
	return looker_will_repeat(&w->looker);
}

void wire_learn_port(struct wire *w, uint16_t port, const char *host)
{
	if (box_is_plain(w->run->box))
		looker_own_port(&w->looker, port, host);
}

char *wire_port_before(struct wire *w, uint16_t port)
{
	char *sock = looker_port_before(&w->looker, port), *why;

	if (!sock)
		return NULL;
	why = xasprintf("without a box the ports are the machine's, and %d "
			"was in use before: %s", port, sock);
	free(sock);
	return why;
}

void wire_count_base(struct wire *w)
{
	looker_count_base(&w->looker);
}

void wire_count(struct wire *w)
{
	looker_count(&w->looker);
}

void wire_sockets(struct wire *w, int host, FILE *out)
{
	int from, to;

	wire_look(w, true);
	looker_range(&w->looker, &from, &to);
	for (int i = from; i < to; i++) {
		const struct wire_host *h = &w->looker.hosts[i];

		for (size_t k = 0; k < h->num_socks; k++) {
			char *text;

			if (host > 0 && host != i)
				continue;
			looker_text(&w->looker, h, &h->socks[k], &text, NULL,
				    NULL);
			fprintf(out, "%s%s%s\n", h->box.name,
				h->box.name[0] ? "  " : "", text);
			free(text);
		}
	}
}

char *wire_socket_text(struct wire *w, unsigned long inode)
{
	char *text = NULL;
	int from, to;

	wire_look(w, true);
	looker_range(&w->looker, &from, &to);
	for (int i = from; i < to && !text; i++) {
		const struct wire_host *h = &w->looker.hosts[i];

		for (size_t k = 0; k < h->num_socks && !text; k++)
			if (h->socks[k].inode == inode)
				looker_text(&w->looker, h, &h->socks[k],
					    &text, NULL, NULL);
	}
	return text;
}
