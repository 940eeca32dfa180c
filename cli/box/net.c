#include "box/net.h"

#include "box/net_batch.h"
#include "buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK_IFINDEX	1
#define RECEIVE_BUFFER		(8 << 20)

/*
 * Best effort: older kernels do not have all of these, some containers keep
 * /proc/sys read-only, and nothing here decides whether a lab works.
 */
static void sysctl(const char *value, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return;
	n = write(fd, value, strlen(value));
	(void)n;
	close(fd);
}

static void sysctl_of(const char *ifname, const char *key, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", ifname,
		 key);
	sysctl(value, path);
}

/* Without a link-local address nothing is solicited either. */
static void quiet_ipv6(const char *ifname)
{
	sysctl_of(ifname, "addr_gen_mode", "1");
	sysctl_of(ifname, "accept_dad", "0");
	sysctl_of(ifname, "accept_ra", "0");
	sysctl_of(ifname, "router_solicitations", "0");
}

static bool have_ipv6(void)
{
	return access("/proc/sys/net/ipv6/conf", F_OK) == 0;
}

static void sysctl_read(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd != -1) {
		n = read(fd, value, size - 1);
		close(fd);
	}
	value[n > 0 ? n : 0] = '\0';
}

/*
 * A namespace's TCP socket table is the machine's, with some 100,000 buckets
 * that each look walks over; this asks for one of the next namespace's own
 * (Linux 6.1 and later). The kernel would derive two limits from the smaller
 * size, which labs are to find as they are elsewhere.
 */
static int unshare_net(struct errmsg *err)
{
	static const char size[] = "/proc/sys/net/ipv4/tcp_child_ehash_entries";
	static const char tw[] = "/proc/sys/net/ipv4/tcp_max_tw_buckets";
	static const char syn[] = "/proc/sys/net/ipv4/tcp_max_syn_backlog";
	char max_tw[24], max_syn[24];

	sysctl_read(tw, max_tw, sizeof(max_tw));
	sysctl_read(syn, max_syn, sizeof(max_syn));
	sysctl("512", size);
	if (unshare(CLONE_NEWNET) == -1)
		return errmsg_errno(err, "make a network namespace");
	sysctl(max_tw, tw);
	sysctl(max_syn, syn);
	return 0;
}

static int open_netns(struct errmsg *err)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd == -1 ? errmsg_errno(err, "open the network namespace") : fd;
}

int net_enter(int netns, struct errmsg *err)
{
	if (setns(netns, CLONE_NEWNET) == -1)
		return errmsg_errno(err, "enter a network namespace");
	return 0;
}

int net_within(int netns, int (*fn)(void *arg, struct errmsg *err), void *arg,
	       struct errmsg *err)
{
	struct errmsg back;
	int own = open_netns(err), rc;

	if (own == -1)
		return -1;
	rc = net_enter(netns, err);
	if (rc == 0) {
		rc = fn(arg, err);
		if (net_enter(own, &back) == -1) {
			*err = back;
			rc = -1;
		}
	}
	close(own);
	return rc;
}

int net_renew(struct errmsg *err)
{
	return unshare_net(err);
}

int net_loopback_up(struct errmsg *err)
{
	struct batch b;
	int rc;

	if (batch_open(&b, err) == -1)
		return -1;
	put_link(&b, "loopback up", LOOPBACK_IFINDEX, IFF_UP, IFF_UP);
	rc = batch_send(&b, err);
	batch_close(&b);
	return rc;
}

/*
 * Without checksums in "hardware" there is no scatter-gather, and without
 * that no segmentation; each is named, for kernels that see it differently.
 */
static int offloads_off(int fd, const char *ifname, struct errmsg *err)
{
	static const struct {
		uint32_t cmd;
		const char *what;
	} off[] = {
		{ ETHTOOL_STXCSUM, "transmit checksums" },
		{ ETHTOOL_SRXCSUM, "receive checksums" },
		{ ETHTOOL_SSG, "scatter-gather" },
		{ ETHTOOL_STSO, "TCP segmentation" },
		{ ETHTOOL_SGSO, "segmentation" },
		{ ETHTOOL_SGRO, "receive aggregation" },
	};
	struct ethtool_value value = { 0 };
	struct ifreq ifr = { 0 };
	size_t i;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ifr.ifr_data = (char *)&value;
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		value.cmd = off[i].cmd;
		value.data = 0;
		/* What cannot be switched is not there. */
		if (ioctl(fd, SIOCETHTOOL, &ifr) == -1 && errno != EOPNOTSUPP)
			return errmsg_errno(err, "switch off %s on %s",
					    off[i].what, ifname);
	}
	return 0;
}

static int ifindex_of(int fd, const char *ifname, int *ifindex,
		      struct errmsg *err)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFINDEX, &ifr) == -1)
		return errmsg_errno(err, "find %s", ifname);
	*ifindex = ifr.ifr_ifindex;
	return 0;
}

/* A namespace's routing socket, and one for ioctl(): both stay with it. */
struct side {
	struct batch batch;
	int io;
};

static int side_open(struct side *s, struct errmsg *err)
{
	if (batch_open(&s->batch, err) == -1)
		return -1;
	s->io = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->io == -1)
		return errmsg_errno(err, "socket");
	return 0;
}

static void side_close(struct side *s)
{
	batch_close(&s->batch);
	if (s->io != -1)
		close(s->io);
}

/* The host's namespace, and a side in it; the caller is back in its own. */
static int make_namespace(struct net_host *h, struct side *in,
			  struct errmsg *err)
{
	struct errmsg back;
	int own = open_netns(err), rc;

	if (own == -1)
		return -1;
	rc = unshare_net(err);
	if (rc == 0) {
		h->netns = open_netns(err);
		rc = h->netns == -1 ? -1 : side_open(in, err);
		/* As eth0 will find it. */
		sysctl_of("default", "disable_ipv6", "0");
		quiet_ipv6("default");
		if (net_enter(own, &back) == -1) {
			*err = back;
			rc = -1;
		}
	}
	close(own);
	return rc;
}

static int make_wire(struct net_host *h, struct side *at, struct errmsg *err)
{
	put_veth(&at->batch, h);
	if (batch_send(&at->batch, err) == -1 ||
	    ifindex_of(at->io, h->port, &h->port_ifindex, err) == -1 ||
	    offloads_off(at->io, h->port, err) == -1)
		return -1;
	quiet_ipv6(h->port);
	sysctl_of(h->port, "disable_ipv6", "1");
	put_link(&at->batch, "switch the wire on", h->port_ifindex, IFF_UP,
		 IFF_UP);
	return batch_send(&at->batch, err);
}

static int set_up_host(struct net_host *h, struct side *in, struct errmsg *err)
{
	struct batch *b = &in->batch;
	uint8_t addr[16];

	if (ifindex_of(in->io, "eth0", &h->eth_ifindex, err) == -1 ||
	    offloads_off(in->io, "eth0", err) == -1)
		return -1;
	put_link(b, "loopback up", LOOPBACK_IFINDEX, IFF_UP, IFF_UP);
	put_link(b, "eth0 up", h->eth_ifindex, IFF_UP, IFF_UP);
	inet_pton(AF_INET, h->ip4, addr);
	put_address(b, h->eth_ifindex, AF_INET, addr);
	if (*h->ip6) {
		inet_pton(AF_INET6, h->ip6, addr);
		put_address(b, h->eth_ifindex, AF_INET6, addr);
	}
	return batch_send(b, err);
}

static int name_host(struct net_host *h, const char *name, int index,
		     struct errmsg *err)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, index };

	*h = (struct net_host){ .netns = -1, .index = index };
	if (index < 1 || index > NET_MAX_HOSTS)
		return errmsg_set(err, "host %s: more than %d hosts", name,
				  NET_MAX_HOSTS);
	/* The kernel has its own meaning for these, and for "." and "..". */
	if (!*name || *name == '.' || strpbrk(name, "/: \t\n") ||
	    !strcmp(name, "lo") || !strcmp(name, "all") ||
	    !strcmp(name, "default"))
		return errmsg_set(err, "a host cannot be called '%s'", name);
	h->name = xstrdup(name);
	memcpy(h->mac, mac, sizeof(mac));
	snprintf(h->port, sizeof(h->port), "%.*s", IFNAMSIZ - 1, name);
	snprintf(h->ip4, sizeof(h->ip4), "10.0.0.%d", index);
	if (have_ipv6())
		snprintf(h->ip6, sizeof(h->ip6), "fd00::%x", index);
	return 0;
}

int net_host_add(struct net_host *h, const char *name, int index,
		 struct errmsg *err)
{
	struct side own = { .io = -1 }, in = { .io = -1 };
	struct errmsg why;
	int rc;

	if (name_host(h, name, index, err) == -1)
		return -1;
	rc = side_open(&own, &why);
	if (rc == 0)
		rc = make_namespace(h, &in, &why);
	if (rc == 0)
		rc = make_wire(h, &own, &why);
	if (rc == 0)
		rc = set_up_host(h, &in, &why);
	side_close(&own);
	side_close(&in);
	if (rc == -1)
		errmsg_set(err, "host %.60s: %.400s", name, why.text);
	return rc;
}

void net_host_release(struct net_host *h)
{
	if (h->netns != -1)
		close(h->netns);
	h->netns = -1;
	free(h->name);
	h->name = NULL;
}

struct neighbourhood {
	const struct net_host *hosts, *of;
	size_t n;
};

static int meet_neighbours(void *arg, struct errmsg *err)
{
	const struct neighbourhood *hood = arg;
	const struct net_host *h;
	struct batch b;
	int rc;

	if (batch_open(&b, err) == -1)
		return -1;
	rc = 0;
	for (h = hood->hosts; h < hood->hosts + hood->n && rc == 0; h++) {
		if (h == hood->of)
			continue;
		rc = batch_room(&b, 2, err);
		if (rc == -1)
			break;		/* it may be full, still */
		put_neighbour(&b, hood->of->eth_ifindex, AF_INET, h->ip4,
			      h->mac);
		if (*h->ip6)
			put_neighbour(&b, hood->of->eth_ifindex, AF_INET6,
				      h->ip6, h->mac);
	}
	if (rc == 0)
		rc = batch_send(&b, err);
	batch_close(&b);
	return rc;
}

int net_neighbours(const struct net_host *hosts, size_t n, struct errmsg *err)
{
	struct neighbourhood hood = { .hosts = hosts, .n = n };
	size_t i;

	for (i = 0; i < n; i++) {
		hood.of = &hosts[i];
		if (net_within(hosts[i].netns, meet_neighbours, &hood, err) ==
		    -1)
			return -1;
	}
	return 0;
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/*
 * Each new IPv6 address makes its host report a multicast group, some time
 * later and twice, and nothing in the host can keep it from that. Reports are
 * for routers; a switch that snoops keeps them from hosts, and so does this:
 * it drops IPv6 frames to 33:33:00:00:00:16, which is where all reports go.
 */
static int ignore_reports(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x33330000, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0016, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

int net_packet_socket(const char *ifname, struct errmsg *err)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	/* Protocol 0: deaf until it is bound to the one interface. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return errmsg_errno(err, "packets on %s: socket", ifname);
	if (ifindex_of(fd, ifname, &addr.sll_ifindex, err) == -1)
		goto close_socket;
	if (set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) == -1 ||
	    ignore_reports(fd) == -1) {
		errmsg_errno(err, "packets on %s: stamps, filter", ifname);
		goto close_socket;
	}
	/* Only root of the machine gets past net.core.rmem_max. */
	if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) == -1)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1) {
		errmsg_errno(err, "packets on %s: bind", ifname);
		goto close_socket;
	}
	return fd;

close_socket:
	close(fd);
	return -1;
}

int net_packet_drops(int fd, unsigned int *drops, struct errmsg *err)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == -1)
		return errmsg_errno(err, "packets lost");
	*drops = stats.tp_drops;	/* the kernel starts again from 0 */
	return 0;
}

int net_diag_socket(struct errmsg *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			NETLINK_SOCK_DIAG);

	if (fd == -1)
		return errmsg_errno(err, "sock_diag socket");
	return fd;
}
