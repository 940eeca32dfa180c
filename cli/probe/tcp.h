/*
 * tcp - the TCP sockets of a network namespace, as sock_diag shows them
 *
 * tcp_look() asks the kernel through a sock_diag socket, which goes on seeing
 * the namespace that it was opened in, wherever it is passed to. Two looks
 * are compared with tcp_changes(); what lies between them is a span of time,
 * and a state that came and went in it was not seen.
 *
 * States have RFC 9293's names. The kernel keeps three kinds of sockets, and
 * all are here: full ones, requests (a SYN has come, the ACK has not) and the
 * small ones that stay for TIME-WAIT, or for FIN-WAIT-2 after close().
 * A socket that is only bound is not listed.
 *
 * Order: tcp_look(), then tcp_changes() and tcp_text() on its list. Lists are
 * flat: free() takes all of one.
 */
#ifndef TCP_H
#define TCP_H

#include "errmsg.h"
#include "probe/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tcp_state {
	TCPS_NONE,		/* in no look yet */
	TCPS_LISTEN,
	TCPS_SYN_SENT,
	TCPS_SYN_RECEIVED,
	TCPS_ESTABLISHED,
	TCPS_FIN_WAIT_1,
	TCPS_FIN_WAIT_2,
	TCPS_CLOSE_WAIT,
	TCPS_CLOSING,
	TCPS_LAST_ACK,
	TCPS_TIME_WAIT,
	TCPS_CLOSED,		/* and: gone from the kernel's tables */

	NUM_TCP_STATES
};

/*
 * In the kernel's order. A delayed ACK has a timer too, but sock_diag does not
 * tell of it.
 */
enum tcp_timer {
	TCP_TIMER_NONE,
	TCP_TIMER_RETRANSMIT,	/* also tail loss probes and SYN,ACK */
	TCP_TIMER_KEEPALIVE,	/* also the wait of an orphan in FIN-WAIT-2 */
	TCP_TIMER_TIME_WAIT,	/* also of a small socket in FIN-WAIT-2 */
	TCP_TIMER_PROBE,	/* of a zero window */

	NUM_TCP_TIMERS
};

struct tcp_sock {
	int family;			/* of the socket: AF_INET, AF_INET6 */
	uint8_t addr[16], peer[16];	/* network order; 4 bytes used for v4 */
	uint16_t port, peer_port;	/* host order */
	enum tcp_state state;
	enum tcp_timer timer;
	uint32_t timer_ms;		/* until it goes off */
	unsigned int retransmits;	/* or probes, by the timer's kind */
	/*
	 * As the kernel counts, and ss prints: a SYN or FIN is one more.
	 * LISTEN: connections that wait for accept(), and the backlog.
	 */
	uint32_t recvq, sendq;
	/* In bytes of data alone. 0 for LISTEN. */
	uint32_t unread;		/* received, not read by the process */
	uint32_t unsent;		/* written, not yet on the wire */
	uint32_t unacked;		/* sent, not acknowledged */
	uint64_t cookie;		/* stays with a connection for life */
	uint32_t inode;			/* 0: no process has it */
	uint32_t uid;
};

const char *tcp_state_name(enum tcp_state state);	/* "FIN-WAIT-1" */
const char *tcp_timer_name(enum tcp_timer timer);	/* "keepalive" */

/*
 * All TCP sockets of the namespace, v4 and v6, sorted by port and address. The
 * caller frees *list. Blocks no longer than the kernel takes to answer.
 */
int tcp_look(int diag_fd, struct tcp_sock **list, size_t *n,
	     struct errmsg *err);

/*
 * The parsing alone, on one buffer of netlink messages as recv() gives them. A
 * zeroed struct tcp_dump is ready; a dump is one or more buffers, until `done`.
 * Messages with another sequence number are left out.
 */
struct tcp_dump {
	struct tcp_sock *list;
	size_t count, room;
	bool done;
	bool interrupted;		/* not one consistent picture */
};
int tcp_parse_dump(const void *bytes, size_t len, uint32_t seq,
		   struct tcp_dump *dump, struct errmsg *err);
/* Sort, and drop what came twice because it changed while it was dumped. */
void tcp_sort_dump(struct tcp_dump *dump);

/* What has changed, as bits. The first three are the states' own story. */
#define TCPC_APPEARED	(1U << 0)
#define TCPC_STATE	(1U << 1)
#define TCPC_GONE	(1U << 2)
#define TCPC_QUEUE	(1U << 3)	/* LISTEN: queue or backlog */
#define TCPC_BYTES	(1U << 4)	/* unread, unsent or unacked */
#define TCPC_TIMER	(1U << 5)	/* TIME-WAIT's was set back up */
#define TCPC_RETRANSMIT	(1U << 6)	/* one more retransmission or probe */
#define TCPC_STATES	(TCPC_APPEARED | TCPC_STATE | TCPC_GONE)

struct tcp_change {
	unsigned int what;
	enum tcp_state old_state;	/* TCPS_NONE: it has appeared */
	/* As it is now. Gone: CLOSED, with nothing in its queues. */
	struct tcp_sock sock;
};

/* Both lists as tcp_look() sorted them. The caller frees *changes. */
void tcp_changes(const struct tcp_sock *old, size_t n_old,
		 const struct tcp_sock *now, size_t n_now,
		 struct tcp_change **changes, size_t *n);

/* Of sockets that are in both, the bytes are to be those in old once more. */
void tcp_keep_bytes(const struct tcp_sock *old, size_t n_old,
		    struct tcp_sock *now, size_t n_now);

/*
 * The line for a person:
 *	server:7000 * LISTEN queue 0 of 1
 *	client:40001 server:7000 SYN-SENT retransmit 2
 *	server:7000 client:40001 ESTABLISHED unread 5
 *	client:40001 server:7000 ESTABLISHED unsent 9 unacked 12
 *	server:7000 client:40001 TIME-WAIT 60 s left	(rounded up)
 *
 * The namer is also asked for the wildcard address (all zeroes), for which it
 * may give the name of the host that was looked at; without a name it is "*".
 * A v4 address in a v6 socket is asked for, and printed, as the v4 address.
 * *from (its own address) and *to are as in the text. All three strings are the
 * caller's to free; any of the three pointers may be NULL.
 */
void tcp_text(const struct tcp_sock *s, packet_namer *namer, void *arg,
	      char **text, char **from, char **to);

#endif
