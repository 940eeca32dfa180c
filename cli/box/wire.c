#include "wire.h"

#include "buf.h"
#include "frames.h"
#include "lab/match.h"
#include "nearest.h"
#include "net.h"
#include "run.h"
#include "run_watch.h"
#include "wire_look.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX	65600
#define BATCH		64		/* frames of one host in a turn */
#define STRANGERS_MAX	256
#define STRANGER_NS	300000000	/* then it stays a stranger */
#define LOOK_NS		1000000		/* data alone: one look a millisecond */
#define CROWD		64	/* with more sockets, looks are rarer */
#define LOOK_SOCKET_NS	10000		/* some five times what one costs */

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

static void frame_release(struct frame *f)
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

/* fate: NULL, or what is said in brackets behind the text. */
static void tell_frame(struct wire *w, const struct frame *f, int64_t t_ns,
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

static void let_go(struct wire *w, struct frame *f)
{
	put_on(w, f);
	if (w->doubling) {
		w->doubling = false;
		tell_frame(w, f, 0, "doubled");
		put_on(w, f);
	}
}

static bool fits(const char *pattern, const struct frame *f,
		 const struct names *names)
{
	struct names trial = { 0 };
	bool hit;

	if (!pattern)
		return true;
	for (size_t i = 0; i < names->count; i++)
		names_set(&trial, names->list[i].name, names->list[i].value);
	hit = match(pattern, f->text, &trial);
	names_release(&trial);
	return hit;
}

static bool is_held(const struct wire *w, const struct frame *f)
{
	for (size_t i = 0; i < w->num_held; i++)
		if (!w->held[i].due_ns && w->held[i].host == f->host &&
		    !strcmp(w->held[i].text, f->text))
			return true;
	return false;
}

static void hold_frame(struct wire *w, struct frame *f)
{
	w->held = xrealloc(w->held, (w->num_held + 1) * sizeof(*w->held));
	w->held[w->num_held++] = *f;
}

/* Is it a moment at which a state may change, or only data going by? */
static bool is_moment(const struct wire *w, const struct packet *pkt)
{
	return pkt->kind == PACKET_TCP &&
		((pkt->flags & (TCP_SYN | TCP_FIN | TCP_RST)) ||
		 (!pkt->payload_len && w->looker.moving));
}

/*
 * Each look reads all sockets. A crowd of them would keep its own frames back
 * until they are sent again, and these again: then looks are as far apart as
 * leaves the frames most of the time. The events' span says how far.
 */
static void look(struct wire *w, int64_t pause_ns)
{
	size_t sockets = looker_sockets(&w->looker);

	if (sockets > CROWD && pause_ns < (int64_t)sockets * LOOK_SOCKET_NS)
		pause_ns = sockets * LOOK_SOCKET_NS;
	if (pause_ns && run_clock() - w->looked_ns < pause_ns)
		return;
	looker_look(&w->looker, false);
	w->looked_ns = run_clock();
}

static void look_for(struct wire *w, const struct packet *pkt)
{
	look(w, is_moment(w, pkt) ? 0 : LOOK_NS);
}

static bool is_ours(struct wire *w, const struct packet *pkt)
{
	if (!box_is_plain(w->run->box))
		return true;
	if (looker_owns(&w->looker, pkt->sport) ||
	    looker_owns(&w->looker, pkt->dport))
		return true;
	looker_learn_ports(&w->looker);
	return looker_owns(&w->looker, pkt->sport) ||
		looker_owns(&w->looker, pkt->dport);
}

/*
 * The program that sent it may be about to be seen doing so: strace's line
 * comes later than the frame.
 */
static void remember_stranger(struct wire *w, struct frame *f)
{
	if (w->num_strangers == STRANGERS_MAX) {
		frame_release(&w->strangers[0]);
		w->num_strangers--;
		memmove(w->strangers, w->strangers + 1,
			w->num_strangers * sizeof(*w->strangers));
	}
	f->due_ns = run_clock() + STRANGER_NS;
	w->strangers[w->num_strangers++] = *f;
}

/* Takes the frame over. */
static void handle_frame(struct wire *w, struct frame *f)
{
	struct packet pkt;

	packet_decode(&pkt, f->bytes, f->len, f->host != 0);
	if (pkt.kind == PACKET_ARP || pkt.kind == PACKET_NDP) {
		put_on(w, f);
		frame_release(f);
		return;
	}
	if (!f->host && !is_ours(w, &pkt)) {
		remember_stranger(w, f);
		return;
	}
	packet_text(&pkt, w->flows, looker_name, &w->looker, &f->text,
		    &f->from, &f->to);
	if (!f->host)
		frames_add(w->frames, f->t_ns, f->bytes, f->len);
	if (f->host && w->dropping && fits(w->drop_pattern, f,
					   &w->run->names)) {
		tell_frame(w, f, f->t_ns, "dropped");
		look_for(w, &pkt);
		frame_release(f);
		return;
	}
	if (f->host && w->holding && fits(w->hold_pattern, f,
					  &w->run->names)) {
		if (pkt.kind == PACKET_TCP && is_held(w, f)) {
			/*
			 * Sent once more for want of an answer: one is enough.
			 * Of other protocols each is one of its own.
			 */
			tell_frame(w, f, f->t_ns, "held again");
			look_for(w, &pkt);
			frame_release(f);
			return;
		}
		tell_frame(w, f, f->t_ns, "held");
		look_for(w, &pkt);
		hold_frame(w, f);
		return;
	}
	tell_frame(w, f, f->t_ns, NULL);
	look_for(w, &pkt);
	if (w->delay_ms && f->host) {
		f->due_ns = run_clock() + w->delay_ms * 1000000LL;
		hold_frame(w, f);
		return;
	}
	let_go(w, f);
	frame_release(f);
}

static int64_t real_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
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
			handle_frame(w, &f);
	}
}

static int set_pattern(char **slot, const char *pattern, struct errmsg *err)
{
	if (pattern && match_check(pattern, err) == -1)
		return -1;
	free(*slot);
	*slot = pattern ? xstrdup(pattern) : NULL;
	return 0;
}

int wire_hold(struct wire *w, const char *pattern, struct errmsg *err)
{
	if (set_pattern(&w->hold_pattern, pattern, err) == -1)
		return -1;
	w->holding = true;
	return 0;
}

int wire_drop_all(struct wire *w, const char *pattern, struct errmsg *err)
{
	if (set_pattern(&w->drop_pattern, pattern, err) == -1)
		return -1;
	w->dropping = true;
	return 0;
}

/* The first of those held, out of the list; false if there is none. */
static bool take_held(struct wire *w, struct frame *f)
{
	if (!w->num_held)
		return false;
	*f = w->held[0];
	w->num_held--;
	memmove(w->held, w->held + 1, w->num_held * sizeof(*w->held));
	return true;
}

int wire_next(struct wire *w, int count)
{
	struct frame f;
	int n = 0;

	while (n < count && take_held(w, &f)) {
		/* The states before it arrives, once more. */
		look(w, 0);
		f.t_ns = real_clock();
		tell_frame(w, &f, f.t_ns, "let go");
		let_go(w, &f);
		frame_release(&f);
		n++;
	}
	return n;
}

int wire_drop(struct wire *w, int count)
{
	struct frame f;
	int n = 0;

	while (n < count && take_held(w, &f)) {
		tell_frame(w, &f, 0, "dropped");
		frame_release(&f);
		n++;
	}
	return n;
}

void wire_release(struct wire *w)
{
	w->holding = w->dropping = false;
	w->delay_ms = 0;
	wire_next(w, w->num_held);
}

void wire_delay(struct wire *w, int ms)
{
	w->delay_ms = ms;
}

void wire_double(struct wire *w)
{
	w->doubling = true;
}

int wire_held(const struct wire *w)
{
	int n = 0;

	for (size_t i = 0; i < w->num_held; i++)
		n += !w->held[i].due_ns;
	return n;
}

void wire_describe(const struct wire *w, FILE *out)
{
	if (w->holding)
		fprintf(out, "holding %s\n", w->hold_pattern ?
			w->hold_pattern : "every frame");
	if (w->dropping)
		fprintf(out, "dropping %s\n", w->drop_pattern ?
			w->drop_pattern : "every frame");
	if (w->delay_ms)
		fprintf(out, "delaying by %d ms\n", w->delay_ms);
	if (w->doubling)
		fputs("doubling the next that arrives\n", out);
	for (size_t i = 0; i < w->num_held; i++)
		fprintf(out, "%4zu  %s%s\n", i + 1, w->held[i].text,
			w->held[i].due_ns ? " [delayed]" : "");
	if (!w->num_held)
		fputs("nothing is held\n", out);
}

static void look_at_strangers(struct wire *w)
{
	size_t n = w->num_strangers;
	int64_t now = run_clock();

	w->num_strangers = 0;
	for (size_t i = 0; i < n; i++) {
		struct frame f = w->strangers[i];
		struct packet pkt;

		packet_decode(&pkt, f.bytes, f.len, false);
		if (looker_owns(&w->looker, pkt.sport) ||
		    looker_owns(&w->looker, pkt.dport))
			handle_frame(w, &f);
		else if (f.due_ns < now)
			frame_release(&f);
		else
			w->strangers[w->num_strangers++] = f;
	}
}

void wire_look(struct wire *w, bool at_rest)
{
	if (at_rest)
		looker_look(&w->looker, true);
	else
		look(w, 0);
	if (w->num_strangers)
		look_at_strangers(w);
}

bool wire_will_repeat(const struct wire *w)
{
	return looker_will_repeat(&w->looker);
}

void wire_learn_port(struct wire *w, uint16_t port, const char *host)
{
	if (box_is_plain(w->run->box))
		looker_own_port(&w->looker, port, host);
}

char *wire_port_before(struct wire *w, uint16_t port)
{
	char *sock = looker_port_before(&w->looker, port), *why;

	if (!sock)
		return NULL;
	why = xasprintf("without a box the ports are the machine's, and %d "
			"was in use before: %s", port, sock);
	free(sock);
	return why;
}

void wire_count_base(struct wire *w)
{
	looker_count_base(&w->looker);
}

void wire_count(struct wire *w)
{
	looker_count(&w->looker);
}

void wire_sockets(struct wire *w, int host, FILE *out)
{
	int from, to;

	wire_look(w, true);
	looker_range(&w->looker, &from, &to);
	for (int i = from; i < to; i++) {
		const struct wire_host *h = &w->looker.hosts[i];

		for (size_t k = 0; k < h->num_socks; k++) {
			char *text;

			if (host > 0 && host != i)
				continue;
			looker_text(&w->looker, h, &h->socks[k], &text, NULL,
				    NULL);
			fprintf(out, "%s%s%s\n", h->box.name,
				h->box.name[0] ? "  " : "", text);
			free(text);
		}
	}
}

char *wire_socket_text(struct wire *w, unsigned long inode)
{
	char *text = NULL;
	int from, to;

	wire_look(w, true);
	looker_range(&w->looker, &from, &to);
	for (int i = from; i < to && !text; i++) {
		const struct wire_host *h = &w->looker.hosts[i];

		for (size_t k = 0; k < h->num_socks && !text; k++)
			if (h->socks[k].inode == inode)
				looker_text(&w->looker, h, &h->socks[k],
					    &text, NULL, NULL);
	}
	return text;
}

int64_t wire_due(const struct wire *w)
{
	int64_t due = 0;

	for (size_t i = 0; i < w->num_held; i++)
		if (w->held[i].due_ns && (!due || w->held[i].due_ns < due))
			due = w->held[i].due_ns;
	return due;
}

void wire_let_due(struct wire *w)
{
	int64_t now = run_clock();

	for (size_t i = 0; i < w->num_held;) {
		struct frame f = w->held[i];

		if (!f.due_ns || f.due_ns > now) {
			i++;
			continue;
		}
		w->num_held--;
		memmove(w->held + i, w->held + i + 1,
			(w->num_held - i) * sizeof(*w->held));
		let_go(w, &f);
		frame_release(&f);
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
