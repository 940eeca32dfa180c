/* wire_look - the hosts' sockets and counters. For wire*.c alone. */
#ifndef WIRE_LOOK_H
#define WIRE_LOOK_H

#include "box.h"
#include "probe/count.h"
#include "probe/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;

/* One host, and what was last seen there. */
struct wire_host {
	struct box_host box;
	struct tcp_sock *socks;		/* the last look */
	size_t num_socks;
	int64_t looked_ns;		/* when; CLOCK_REALTIME */
	struct counts base;		/* counters are told as more than this */
	struct counts told;		/* and not twice */
	char *error;			/* why looks fail, or NULL */
};

struct looker {
	struct run *run;
	struct wire_host hosts[BOX_MAX_HOSTS + 1];	/* hosts[0]: the box */
	int count;			/* of hosts, the box not counted */
	bool moving;			/* an ACK alone may change a state */
	/* Plain mode: the local ports that our actors' sockets have had. */
	struct { uint16_t port; char host[32]; } *ports;
	size_t num_ports;
	struct tcp_sock *before;	/* the machine's, when the run began */
	size_t num_before;
};

void looker_look(struct looker *lk, bool at_rest);
/* How many there were in the last look, on all hosts. */
size_t looker_sockets(const struct looker *lk);
/* Is one of them about to send again what was not answered? */
bool looker_will_repeat(const struct looker *lk);
void looker_count_base(struct looker *lk);
void looker_count(struct looker *lk);
void looker_release(struct looker *lk);

/* Plain mode: is this port one of our actors'? */
void looker_own_port(struct looker *lk, uint16_t port, const char *host);
bool looker_owns(const struct looker *lk, uint16_t port);
void looker_learn_ports(struct looker *lk);
/* And the sockets that were there before; one as text, with this port. */
void looker_before(struct looker *lk);
char *looker_port_before(const struct looker *lk, uint16_t port);

/* A packet_namer over the looker: "client" for its addresses. */
const char *looker_name(void *arg, int family, const uint8_t *addr);

/*
 * The line for a socket of that host, where the wildcard address is the host
 * itself. The strings are the caller's; from and to may be NULL.
 */
void looker_text(struct looker *lk, const struct wire_host *h,
		 const struct tcp_sock *sock, char **text, char **from,
		 char **to);

/* The hosts that are looked at: from, to (one past). */
void looker_range(const struct looker *lk, int *from, int *to);

#endif
