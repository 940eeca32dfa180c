#include "host.h"

#include "mounts.h"
#include "probe/count.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int hosts_netns(const struct hosts *h, int number)
{
	return number > 0 && number <= h->count ? h->list[number - 1].netns :
		-1;
}

/* What looks into the namespace that the caller is in. */
struct looks {
	int diag;
	int counts[NUM_COUNT_FILES];
};

static int open_looks(void *arg, struct errmsg *err)
{
	struct looks *looks = arg;

	looks->diag = net_diag_socket(err);
	if (count_open(looks->counts, err) == -1)
		for (int i = 0; i < NUM_COUNT_FILES; i++)
			looks->counts[i] = -1;
	return 0;	/* what is missing is -1, and said so by the prober */
}

static void reply(struct box_msg *m, int number, const char *addr,
		  const char *addr6, int wire, const struct looks *looks)
{
	int fds[] = { wire, looks->diag, looks->counts[0], looks->counts[1],
		      looks->counts[2] };
	char which[6] = "00000";

	m->pid = number;
	m->len = 0;
	m->num_fds = 0;
	for (int i = 0; i < 5; i++)
		if (fds[i] != -1) {
			which[i] = '1';
			m->fds[m->num_fds++] = fds[i];
		}
	box_msg_add(m, addr);
	box_msg_add(m, addr6);
	box_msg_add(m, which);
}

/*
 * The last close of a packet socket waits for all processors (packet_release()
 * in net/packet/af_packet.c), for 10 ms and more. A copy that nobody uses stays
 * here, so that it is init that waits, at its end, and not underglass.
 */
static int wire_socket(const char *interface, struct errmsg *err)
{
	int fd = net_packet_socket(interface, err);

	if (fd != -1)
		fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd;
}

static int add_host(struct hosts *h, const char *name, struct box_msg *m,
		    struct errmsg *err)
{
	struct net_host *host = &h->list[h->count];
	struct looks looks;
	int wire;

	if (net_host_add(host, name, h->count + 1, err) == -1)
		return -1;
	if (net_neighbours(h->list, h->count + 1, err) == -1 ||
	    mounts_add_host(host->ip4, name, err) == -1)
		goto release;
	wire = wire_socket(host->port, err);
	if (wire == -1)
		goto release;
	net_within(host->netns, open_looks, &looks, err);
	h->count++;
	reply(m, h->count, host->ip4, host->ip6, wire, &looks);
	return 0;
release:
	net_host_release(host);
	return -1;
}

/* Only an address: 127.0.0.1, 127.0.0.2, ... */
static int add_plain_host(struct hosts *h, struct box_msg *m)
{
	struct looks none = { -1, { -1, -1, -1 } };
	char addr[32];

	h->list[h->count].netns = -1;
	h->count++;
	snprintf(addr, sizeof(addr), "127.0.0.%d", h->count);
	reply(m, h->count, addr, "", -1, &none);
	return 0;
}

int hosts_request(struct hosts *h, struct box_msg *m, bool plain,
		  struct errmsg *err)
{
	uint32_t pos = 0;
	const char *data = box_msg_next(m, &pos);
	struct looks looks;
	char name[32];

	if (!data)
		return errmsg_set(err, "a malformed request");
	snprintf(name, sizeof(name), "%s", data);
	if (!name[0]) {
		open_looks(&looks, err);
		reply(m, 0, "127.0.0.1", "::1", wire_socket("lo", err), &looks);
		return 0;
	}
	if (h->count == BOX_MAX_HOSTS)
		return errmsg_set(err, "at most %d hosts", BOX_MAX_HOSTS);
	return plain ? add_plain_host(h, m) : add_host(h, name, m, err);
}

struct setting {
	const char *name, *value;
};

static int write_setting(void *arg, struct errmsg *err)
{
	const struct setting *set = arg;
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/%s", set->name);
	if (!strchr(set->name, '/'))
		for (char *p = path + strlen("/proc/sys/"); *p; p++)
			if (*p == '.')
				*p = '/';
	if (strstr(path, ".."))
		return errmsg_set(err, "%s: no such setting", set->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return errmsg_errno(err, "%s", set->name);
	n = write(fd, set->value, strlen(set->value));
	if (n == -1)
		errmsg_errno(err, "%s = %s", set->name, set->value);
	close(fd);
	return n == -1 ? -1 : 0;
}

int hosts_sysctl(const struct hosts *h, struct box_msg *m, struct errmsg *err)
{
	struct setting set;
	uint32_t pos = 0;
	int netns = hosts_netns(h, m->value);

	set.name = box_msg_next(m, &pos);
	set.value = box_msg_next(m, &pos);
	if (!set.name || !set.value)
		return errmsg_set(err, "a malformed request");
	if (netns == -1)
		return write_setting(&set, err);
	return net_within(netns, write_setting, &set, err);
}
