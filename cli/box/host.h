/* host - the hosts of the box, kept by its init */
#ifndef HOST_H
#define HOST_H

#include "box.h"
#include "net.h"
#include "protocol.h"

struct hosts {
	struct net_host list[BOX_MAX_HOSTS];	/* list[0] is host 1 */
	int count;
};

/* The namespace of host `number`; -1: the box's own. */
int hosts_netns(const struct hosts *h, int number);

/*
 * BOX_HOST. The answer: pid is the host's number; data its two addresses and
 * five characters, 1 for each descriptor that is there: wire, sock_diag, and
 * the three of probe/count.h. In plain mode a host is only an address of lo.
 */
int hosts_request(struct hosts *h, struct box_msg *m, bool plain,
		  struct errmsg *err);

/* BOX_SYSCTL: "net.ipv4.tcp_fin_timeout" or with slashes, and its value. */
int hosts_sysctl(const struct hosts *h, struct box_msg *m,
		 struct errmsg *err);

#endif
