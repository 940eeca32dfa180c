/*
 * net_batch - links, addresses and neighbours, several in one message
 *
 * The requests that are put go to the kernel with batch_send(), which answers
 * each. The answers tell which one failed: what[i] says what it was to do. A
 * batch stays with the namespace in which it was opened. Opened, it is closed
 * by batch_close(), also after a failure. For net.c alone.
 */
#ifndef NET_BATCH_H
#define NET_BATCH_H

#include "box/net.h"

#include <libmnl/libmnl.h>

#define BATCH_REQUESTS	32
#define BATCH_BYTES	8192

struct batch {
	struct mnl_socket *nl;
	_Alignas(struct nlmsghdr) char bytes[BATCH_BYTES];
	size_t len;
	const char *what[BATCH_REQUESTS];
	unsigned int count;
};

int batch_open(struct batch *b, struct errmsg *err);
void batch_close(struct batch *b);

/* Send what is there and read all answers; the first refusal is the error. */
int batch_send(struct batch *b, struct errmsg *err);

/*
 * Is there room for so many more? If not, what is there is sent first. Who puts
 * no more than a handful after batch_open() or batch_send() need not ask.
 */
int batch_room(struct batch *b, unsigned int more, struct errmsg *err);

void put_link(struct batch *b, const char *what, int ifindex,
	      unsigned int flags, unsigned int change);

/* The pair is made in the switch, with its other end at once in the host. */
void put_veth(struct batch *b, const struct net_host *h);

void put_address(struct batch *b, int ifindex, int family, const void *addr);
void put_neighbour(struct batch *b, int ifindex, int family, const char *ip,
		   const uint8_t *mac);

#endif
