#include "wire_relay.h"

#include "buf.h"
#include "frames.h"
#include "lab/match.h"
#include "nearest.h"
#include "net.h"
#include "run.h"
#include "run_watch.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define FRAME_MAX	65600
#define BATCH		64		/* frames of one host in a turn */

static void on_frame(void *arg, int fd, short revents);

static void watch_host(struct wire *w, struct wire_host *h)
{
	if (h->box.wire_fd != -1)
		loop_add(w->run->loop, h->box.wire_fd, on_frame, w);
}

struct wire *wire_new(struct run *r)
{
	struct wire *w = xcalloc(1, sizeof(*w));
	struct wire_host *box = &w->looker.hosts[0];
	struct errmsg err;

	w->run = r;
	w->looker.run = r;
	w->flows = packet_flows_new();
	w->frames = xcalloc(1, sizeof(*w->frames));
	if (box_host_add(r->box, "", &box->box, &err) == -1) {
		box->box = (struct box_host){ .wire_fd = -1, .diag_fd = -1,
					      .count_fds = { -1, -1, -1 } };
		box->error = xstrdup(err.text);
	}
	watch_host(w, box);
	looker_count_base(&w->looker);
	if (box_is_plain(r->box))
		looker_before(&w->looker);
	return w;
}

void frame_release(struct frame *f)
{
	free(f->bytes);
	free(f->text);
	free(f->from);
	free(f->to);
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	for (int i = 0; i <= w->looker.count; i++)
		if (w->looker.hosts[i].box.wire_fd != -1)
			loop_remove(w->run->loop,
				    w->looker.hosts[i].box.wire_fd);
	for (size_t i = 0; i < w->num_held; i++)
		frame_release(&w->held[i]);
	for (size_t i = 0; i < w->num_strangers; i++)
		frame_release(&w->strangers[i]);
	looker_release(&w->looker);
	packet_flows_free(w->flows);
	free(w->held);
	frames_free(w->frames);
	free(w->hold_pattern);
	free(w->drop_pattern);
	free(w);
}

int wire_add_host(struct wire *w, const char *name, struct errmsg *err)
{
	struct wire_host *h = &w->looker.hosts[w->looker.count + 1];

	if (wire_host(w, name) > 0)
		return errmsg_set(err, "there is a host %s already", name);
	if (box_host_add(w->run->box, name, &h->box, err) == -1)
		return -1;
	/* The box's own lo is of no interest any more. */
	if (!w->looker.count && !box_is_plain(w->run->box) &&
	    w->looker.hosts[0].box.wire_fd != -1)
		loop_remove(w->run->loop, w->looker.hosts[0].box.wire_fd);
	w->looker.count++;
	watch_host(w, h);
	names_set(&w->run->names, name, h->box.addr);
	looker_count_base(&w->looker);
	return 0;
}

int wire_host(const struct wire *w, const char *name)
{
	for (int i = 1; i <= w->looker.count; i++)
		if (!strcmp(w->looker.hosts[i].box.name, name))
			return i;
	return -1;
}

int wire_find_host(const struct wire *w, const char *name, struct errmsg *err)
{
	const char *names[BOX_MAX_HOSTS];
	int number = wire_host(w, name);
	char hint[80], other[64];

	if (number != -1)
		return number;
	for (int i = 0; i < w->looker.count; i++)
		names[i] = w->looker.hosts[i + 1].box.name;
	snprintf(other, sizeof(other), "; `hosts %.30s` makes it", name);
	nearest_hint(hint, sizeof(hint), name, names, w->looker.count, other);
	return errmsg_set(err, "there is no host %.60s%s", name, hint);
}

int wire_num_hosts(const struct wire *w)
{
	return w->looker.count;
}

const char *wire_host_name(const struct wire *w, int number)
{
	return w->looker.hosts[number].box.name;
}

void relay_tell(struct wire *w, const struct frame *f, int64_t t_ns,
		const char *fate)
{
	struct event *ev = xcalloc(1, sizeof(*ev));

	ev->probe = PROBE_PACKET;
	ev->kind = EV_PACKET;
	ev->blocked_ns = -1;
	ev->t_ns = t_ns;
	ev->who = xstrdup("wire");
	ev->host = xstrdup(f->host ? wire_host_name(w, f->host) : "lo");
	ev->text = fate ? xasprintf("%s [%s]", f->text, fate) :
		xstrdup(f->text);
	ev->from = xstrdup(f->from ? f->from : "");
	ev->to = xstrdup(f->to ? f->to : "");
	ev->fate = fate;
	run_add_event(w->run, ev);
}

/* To the host with its destination MAC; a group address: to all others. */
static void put_on(struct wire *w, const struct frame *f)
{
	bool group = f->len && (f->bytes[0] & 1);

	if (!f->host || f->len < ETH_HLEN)
		return;
	frames_add(w->frames, f->t_ns, f->bytes, f->len);
	for (int i = 1; i <= w->looker.count; i++) {
		/* The last byte of a host's MAC is its number: box/net.h. */
		if (i == f->host || (!group && f->bytes[5] != i))
			continue;
		if (send(w->looker.hosts[i].box.wire_fd, f->bytes, f->len,
			 MSG_NOSIGNAL) == -1 && errno != ENETDOWN)
			w->lost++;
	}
}

void relay_let_go(struct wire *w, struct frame *f)
{
	put_on(w, f);
	if (w->doubling) {
		w->doubling = false;
		relay_tell(w, f, 0, "doubled");
		put_on(w, f);
	}
}

void relay_handle(struct wire *w, struct frame *f)
{
	struct packet pkt;

	packet_decode(&pkt, f->bytes, f->len, f->host != 0);
	if (pkt.kind == PACKET_ARP || pkt.kind == PACKET_NDP) {
		put_on(w, f);
		frame_release(f);
		return;
	}
	if (!f->host && !relay_is_ours(w, &pkt)) {
		relay_remember(w, f);
		return;
	}
	packet_text(&pkt, w->flows, looker_name, &w->looker, &f->text,
		    &f->from, &f->to);
	if (!f->host)
		frames_add(w->frames, f->t_ns, f->bytes, f->len);
	if (f->host && w->dropping && frame_fits(w->drop_pattern, f,
						 &w->run->names)) {
		relay_tell(w, f, f->t_ns, "dropped");
		relay_look_for(w, &pkt);
		frame_release(f);
		return;
	}
	if (f->host && w->holding && frame_fits(w->hold_pattern, f,
						&w->run->names)) {
		if (pkt.kind == PACKET_TCP && frame_is_held(w, f)) {
			/*
			 * Sent once more for want of an answer: one is enough.
			 * Of other protocols each is one of its own.
			 */
			relay_tell(w, f, f->t_ns, "held again");
			relay_look_for(w, &pkt);
			frame_release(f);
			return;
		}
		relay_tell(w, f, f->t_ns, "held");
		relay_look_for(w, &pkt);
		hold_frame(w, f);
		return;
	}
	relay_tell(w, f, f->t_ns, NULL);
	relay_look_for(w, &pkt);
	if (w->delay_ms && f->host) {
		f->due_ns = run_clock() + w->delay_ms * 1000000LL;
		hold_frame(w, f);
		return;
	}
	relay_let_go(w, f);
	frame_release(f);
}

static int64_t stamp_of(struct msghdr *msg)
{
	struct cmsghdr *c;
	struct timespec ts;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return ts.tv_sec * 1000000000LL + ts.tv_nsec;
		}
	return 0;
}

/* 1 and a frame; 0: none there now; -1: one that is not to be seen. */
static int read_frame(int fd, int host, struct frame *f)
{
	static uint8_t bytes[FRAME_MAX];
	char control[256];
	struct sockaddr_ll from = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n <= 0)
		return 0;
	/* On lo each frame passes twice, out and in: one is enough. */
	if (from.sll_pkttype == PACKET_OUTGOING)
		return -1;
	*f = (struct frame){ .host = host, .t_ns = stamp_of(&msg),
			     .len = n };
	f->bytes = xcalloc(1, n);
	memcpy(f->bytes, bytes, n);
	return 1;
}

static void on_frame(void *arg, int fd, short revents)
{
	struct wire *w = arg;
	struct frame f;
	int host = 0;

	(void)revents;
	while (host <= w->looker.count &&
	       w->looker.hosts[host].box.wire_fd != fd)
		host++;
	for (int i = 0; i < BATCH && !w->run->stopped; i++) {
		int n = read_frame(fd, host, &f);

		if (n == 0)
			return;
		if (n == 1)
			relay_handle(w, &f);
	}
}

const char *wire_unobservable(const struct wire *w, const char *who)
{
	const struct wire_host *h = &w->looker.hosts[0];

	if (!strcmp(who, "wire") && h->box.wire_fd == -1)
		return "packet sockets are refused here (AF_PACKET wants "
			"CAP_NET_RAW: packet(7))";
	if (!strcmp(who, "tcp") && (h->box.diag_fd == -1 || h->error))
		return "sock_diag is refused here: sock_diag(7)";
	if (!strcmp(who, "count") && box_is_plain(w->run->box))
		return "without a box, the counters are the whole machine's";
	return NULL;
}

bool wire_seen(const struct wire *w)
{
	return w->looker.count || w->frames->count;
}

unsigned int wire_lost(struct wire *w)
{
	int from, to;

	looker_range(&w->looker, &from, &to);
	for (int i = from; i < to; i++) {
		unsigned int drops;
		struct errmsg err;

		if (w->looker.hosts[i].box.wire_fd != -1 &&
		    net_packet_drops(w->looker.hosts[i].box.wire_fd, &drops,
				     &err) == 0)
			w->lost += drops;
	}
	return w->lost;
}

struct frames *wire_frames(const struct wire *w)
{
	return w->frames;
}

struct frames *wire_take_frames(struct wire *w)
{
	struct frames *fs = w->frames;

	w->frames = xcalloc(1, sizeof(*w->frames));
	return fs;
}
