#include "box/net_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#define WIRE_MTU	1500
#define REQUEST_BYTES	256		/* none of ours is larger */

int batch_open(struct batch *b, struct errmsg *err)
{
	b->len = 0;
	b->count = 0;
	b->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!b->nl)
		return errmsg_errno(err, "routing socket");
	return 0;
}

void batch_close(struct batch *b)
{
	if (b->nl)
		mnl_socket_close(b->nl);
	b->nl = NULL;
}

/* The answers in one buffer; *left counts down those still to come. */
static int read_answers(struct batch *b, const void *bytes, size_t n,
			unsigned int *left, struct errmsg *err)
{
	const struct nlmsghdr *h = bytes;
	const struct nlmsgerr *answer;
	int len = n, rc = 0;

	for (; mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len)) {
		if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq >= b->count ||
		    mnl_nlmsg_get_payload_len(h) < sizeof(*answer))
			continue;
		answer = mnl_nlmsg_get_payload(h);
		if (*left)
			--*left;
		if (!answer->error || rc == -1)
			continue;
		errno = -answer->error;
		rc = errmsg_errno(err, "%s", b->what[h->nlmsg_seq]);
	}
	return rc;
}

int batch_send(struct batch *b, struct errmsg *err)
{
	_Alignas(struct nlmsghdr) char bytes[BATCH_BYTES];
	struct errmsg later, *e = err;
	unsigned int left = b->count;
	ssize_t n;
	int rc = 0;

	if (left && mnl_socket_sendto(b->nl, b->bytes, b->len) == -1)
		return errmsg_errno(err, "%s", b->what[0]);
	while (left) {
		n = mnl_socket_recvfrom(b->nl, bytes, sizeof(bytes));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errmsg_errno(err, "%s", b->what[0]);
		if (read_answers(b, bytes, n, &left, e) == -1) {
			rc = -1;
			e = &later;
		}
	}
	b->len = 0;
	b->count = 0;
	return rc;
}

/* The next request's header; it is part of the batch from here on. */
static struct nlmsghdr *request(struct batch *b, const char *what, int type,
				int flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(b->bytes + b->len);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	h->nlmsg_seq = b->count;
	b->what[b->count++] = what;
	return h;
}

static void request_end(struct batch *b, const struct nlmsghdr *h)
{
	b->len += NLMSG_ALIGN(h->nlmsg_len);
}

int batch_room(struct batch *b, unsigned int more, struct errmsg *err)
{
	if (b->count + more <= BATCH_REQUESTS &&
	    b->len + more * REQUEST_BYTES <= BATCH_BYTES)
		return 0;
	return batch_send(b, err);
}

void put_link(struct batch *b, const char *what, int ifindex,
	      unsigned int flags, unsigned int change)
{
	struct nlmsghdr *h = request(b, what, RTM_NEWLINK, 0);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = ifindex;
	link->ifi_flags = flags;
	link->ifi_change = change;
	request_end(b, h);
}

static void put_link_attrs(struct nlmsghdr *h, const char *name,
			   const uint8_t *mac)
{
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	mnl_attr_put(h, IFLA_ADDRESS, ETH_ALEN, mac);
	mnl_attr_put_u32(h, IFLA_MTU, WIRE_MTU);
}

void put_veth(struct batch *b, const struct net_host *h)
{
	const uint8_t port_mac[6] = { 2, 0, 0, 0, 1, h->index };
	struct nlmsghdr *nlh = request(b, "make the wire", RTM_NEWLINK,
				       NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *peer;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_link_attrs(nlh, h->port, port_mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_link_attrs(nlh, "eth0", h->mac);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, h->netns);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	request_end(b, nlh);
}

void put_address(struct batch *b, int ifindex, int family,
		 const void *addr)
{
	const size_t len = family == AF_INET ? 4 : 16;
	struct nlmsghdr *h = request(b, family == AF_INET ?
				     "give it an IPv4 address" :
				     "give it an IPv6 address", RTM_NEWADDR,
				     NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));
	uint8_t broadcast[4];

	a->ifa_family = family;
	a->ifa_prefixlen = family == AF_INET ? 24 : 64;
	a->ifa_flags = family == AF_INET ? 0 : IFA_F_NODAD;
	a->ifa_index = ifindex;
	mnl_attr_put(h, IFA_LOCAL, len, addr);
	mnl_attr_put(h, IFA_ADDRESS, len, addr);
	if (family == AF_INET) {
		memcpy(broadcast, addr, 3);
		broadcast[3] = 255;
		mnl_attr_put(h, IFA_BROADCAST, sizeof(broadcast), broadcast);
	}
	request_end(b, h);
}

void put_neighbour(struct batch *b, int ifindex, int family,
		   const char *ip, const uint8_t *mac)
{
	struct nlmsghdr *h = request(b, "make neighbours known", RTM_NEWNEIGH,
				     NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(h, sizeof(*nd));
	uint8_t addr[16];

	nd->ndm_family = family;
	nd->ndm_ifindex = ifindex;
	nd->ndm_state = NUD_PERMANENT;
	inet_pton(family, ip, addr);
	mnl_attr_put(h, NDA_DST, family == AF_INET ? 4 : 16, addr);
	mnl_attr_put(h, NDA_LLADDR, ETH_ALEN, mac);
	request_end(b, h);
}

