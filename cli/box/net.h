/*
 * net - hosts as network namespaces, and the sockets that look into them
 *
 * All of this is called inside the box, by its init, which has every
 * capability there and nowhere else. The namespace that init is in is the
 * "switch": one end of each host's wire is there, the other is the host's
 * eth0. Nothing connects the ends in the switch: that is for the relay.
 *
 * What is made goes with the box: namespaces die with their last process and
 * descriptor. Functions return 0 (or a descriptor), or -1 with *err filled in.
 * All descriptors are close-on-exec.
 */
#ifndef NET_H
#define NET_H

#include "errmsg.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define NET_MAX_HOSTS	254

struct net_host {
	char *name;
	int index;			/* from 1: the last byte of addresses */
	int netns;
	char port[IFNAMSIZ];		/* its wire's end in the switch */
	int port_ifindex;
	int eth_ifindex;		/* of eth0, within the host */
	uint8_t mac[6];
	char ip4[INET_ADDRSTRLEN];	/* 10.0.0.N */
	char ip6[INET6_ADDRSTRLEN];	/* fd00::N; "" where there is no IPv6 */
};

/*
 * Exchange the caller's network namespace for a fresh one whose TCP socket
 * table is small. A walk over the machine's own table costs ten times as much
 * as a host's; so call it first, where sockets of the switch are looked at.
 * Descriptors opened before stay in the old one.
 */
int net_renew(struct errmsg *err);

int net_loopback_up(struct errmsg *err);

/*
 * A host with its wire, both ends up: 02:00:00:00:00:N, 10.0.0.N/24,
 * fd00::N/64, no offloads (checksums are right on the wire, frames at most as
 * large as the MTU), no chatter of IPv6's. N is index, 1 to NET_MAX_HOSTS. The
 * name is cut to an interface name's length for the port.
 */
int net_host_add(struct net_host *h, const char *name, int index,
		 struct errmsg *err);
void net_host_release(struct net_host *h);	/* also after a failure */

/* Everybody knows everybody's MAC for good: no ARP is ever needed. */
int net_neighbours(const struct net_host *hosts, size_t n, struct errmsg *err);

/*
 * Go into a namespace for good; or do one thing there and come back. In
 * net_within() the function's result is handed on.
 */
int net_enter(int netns, struct errmsg *err);
int net_within(int netns, int (*fn)(void *arg, struct errmsg *err), void *arg,
	       struct errmsg *err);

/*
 * A packet socket for one interface: whole Ethernet frames, each way, stamped
 * with SO_TIMESTAMPNS, nonblocking. The socket's own frames and others that
 * leave by the interface are not seen (before Linux 4.20 they are: drop what
 * has sll_pkttype PACKET_OUTGOING).
 */
int net_packet_socket(const char *ifname, struct errmsg *err);

/* Frames that found the socket's buffer full since the last call. */
int net_packet_drops(int fd, unsigned int *drops, struct errmsg *err);

/* For probe/tcp.h: looks into this namespace, wherever it is passed to. */
int net_diag_socket(struct errmsg *err);

#endif
