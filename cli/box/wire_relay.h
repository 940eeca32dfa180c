/*
 * wire_relay - a frame on its way, and what the relay knows; for wire*.c alone
 *
 * A frame owns its bytes and its texts.
 *
 *	wire.c		hosts, and the way of a frame from one to the others
 *	wire_hold.c	what is held, dropped, delayed
 *	wire_sockets.c	what the hosts' sockets say, and whose frame it is
 *	wire_look.c	how the sockets and counters are looked at
 */
#ifndef WIRE_RELAY_H
#define WIRE_RELAY_H

#include "wire.h"
#include "wire_look.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRANGERS_MAX	256

struct names;
struct packet;

struct frame {
	int host;		/* that sent it; 0: lo */
	int64_t t_ns;		/* CLOCK_REALTIME: when it came */
	int64_t due_ns;		/* run_clock(): delayed until; 0: held */
	uint8_t *bytes;
	size_t len;
	char *text, *from, *to;
};

struct wire {
	struct run *run;
	struct looker looker;
	struct packet_flows *flows;

	bool holding, dropping;
	char *hold_pattern, *drop_pattern;	/* NULL: every frame */
	int delay_ms;
	bool doubling;
	struct frame *held;
	size_t num_held;

	struct frames *frames;
	unsigned int lost;
	/* Plain mode: frames of lo that nobody of ours is known to have. */
	struct frame strangers[STRANGERS_MAX];
	size_t num_strangers;
	int64_t looked_ns;
};

/* wire.c */
void frame_release(struct frame *f);
/* fate: NULL, or what is said in brackets behind the text. */
void relay_tell(struct wire *w, const struct frame *f, int64_t t_ns,
		const char *fate);
/* To where it goes; twice, if that was asked for. */
void relay_let_go(struct wire *w, struct frame *f);
/* Takes the frame over. */
void relay_handle(struct wire *w, struct frame *f);

/* wire_hold.c */
bool frame_fits(const char *pattern, const struct frame *f,
		const struct names *names);
/* Is its like, from the same host, being held? */
bool frame_is_held(const struct wire *w, const struct frame *f);
/* Takes the frame over. */
void hold_frame(struct wire *w, struct frame *f);

/* wire_sockets.c */
/* Unless that was done less than pause_ns ago; a crowd makes it longer. */
void relay_look(struct wire *w, int64_t pause_ns);
/* The same, as often as this packet is worth it. */
void relay_look_for(struct wire *w, const struct packet *pkt);
bool relay_is_ours(struct wire *w, const struct packet *pkt);
/* Takes the frame over. */
void relay_remember(struct wire *w, struct frame *f);

#endif
