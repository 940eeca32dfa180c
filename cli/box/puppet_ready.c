/* puppet_ready - select, poll, epoll: which descriptors are ready */
#include "box/puppet_call.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#define EVENTS 8

/* What a descriptor in a list is watched for: 3, r:3, w:3, e:3. */
enum watch {
	WATCH_READ,
	WATCH_WRITE,
	WATCH_EXCEPT,

	NUM_WATCHES
};

static const char *const set_names[NUM_WATCHES] = { "rfds", "wfds", "efds" };
static const char *const poll_names[NUM_WATCHES] = {
	"POLLIN", "POLLOUT", "POLLPRI"
};
static const short poll_events[NUM_WATCHES] = { POLLIN, POLLOUT, POLLPRI };

static const struct puppet_name poll_list[] = {
	{ "POLLIN", POLLIN }, { "POLLPRI", POLLPRI }, { "POLLOUT", POLLOUT },
	{ "POLLERR", POLLERR }, { "POLLHUP", POLLHUP },
	{ "POLLNVAL", POLLNVAL }, { "POLLRDHUP", POLLRDHUP },
};
static const struct puppet_names polls = {
	"POLL", poll_list, COUNT(poll_list)
};

static const struct puppet_name epoll_list[] = {
	{ "EPOLLIN", EPOLLIN }, { "EPOLLOUT", EPOLLOUT },
	{ "EPOLLPRI", EPOLLPRI }, { "EPOLLRDHUP", EPOLLRDHUP },
	{ "EPOLLERR", EPOLLERR }, { "EPOLLHUP", EPOLLHUP },
	{ "EPOLLET", EPOLLET }, { "EPOLLONESHOT", EPOLLONESHOT },
	{ "EPOLLEXCLUSIVE", EPOLLEXCLUSIVE },
};
static const struct puppet_names epolls = {
	"EPOLL", epoll_list, COUNT(epoll_list)
};

static const struct puppet_name op_list[] = {
	{ "EPOLL_CTL_ADD", EPOLL_CTL_ADD }, { "EPOLL_CTL_MOD", EPOLL_CTL_MOD },
	{ "EPOLL_CTL_DEL", EPOLL_CTL_DEL },
};
static const struct puppet_names ops = {
	"EPOLL_CTL_", op_list, COUNT(op_list)
};

static const struct puppet_name create_list[] = {
	{ "EPOLL_CLOEXEC", EPOLL_CLOEXEC },
};
static const struct puppet_names create_flags = {
	"EPOLL_", create_list, COUNT(create_list)
};

/* All words are descriptors: pairs of number and watch in msg->num. */
static int take_list(struct puppet_parse *p, int limit)
{
	static const char letters[] = "rwe";
	const char *word;

	while ((word = puppet_word(p))) {
		const char *digits = word, *at;
		enum watch watch = WATCH_READ;
		int64_t fd;

		at = *word && word[1] == ':' ? strchr(letters, *word) : NULL;
		if (at) {
			watch = at - letters;
			digits = word + 2;
		}
		if (!puppet_number(digits, &fd))
			return puppet_bad(p, "'%.60s' is no descriptor, as 3, "
					  "w:3 and e:3 are", word);
		if (fd >= limit || fd < INT_MIN || (limit < INT_MAX && fd < 0))
			return puppet_bad(p, "%s: FD_SET() takes 0 to %d, for "
					  "more there is poll", digits,
					  limit - 1);
		if (puppet_num_add(p, fd) != PUPPET_OK)
			return PUPPET_BAD;
		if (puppet_num_add(p, watch) != PUPPET_OK)
			return PUPPET_BAD;
		p->at++;
	}
	if (!p->msg->num_count && !p->key[KEY_TIMEOUT])
		return puppet_missing(p, "FD");
	return PUPPET_OK;
}

static void sets_in_c(struct puppet_parse *p, int i)
{
	const struct puppet_message *m = p->msg;

	for (int watch = 0; watch < NUM_WATCHES; watch++) {
		bool any = false;

		for (unsigned int n = 0; n < m->num_count; n += 2) {
			if (m->num[n + 1] != watch)
				continue;
			if (!any)
				buf_fmt(&p->before, "FD_ZERO(&%s); ",
					set_names[watch]);
			any = true;
			buf_fmt(&p->before, "FD_SET(%d, &%s); ",
				(int)m->num[n], set_names[watch]);
		}
		buf_fmt(&p->c[i], ", %s%s", any ? "&" : "",
			any ? set_names[watch] : "NULL");
	}
}

static int take_select(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	const char *key = p->key[KEY_NFDS];
	int64_t nfds = 0, ns;
	int rc = take_list(p, FD_SETSIZE);

	(void)arg;
	if (rc != PUPPET_OK)
		return rc;
	for (unsigned int n = 0; n < p->msg->num_count; n += 2)
		if (p->msg->num[n] >= nfds)
			nfds = p->msg->num[n] + 1;
	if (key && (!puppet_number(key, &nfds) || nfds > FD_SETSIZE))
		return puppet_bad(p, "nfds is a number up to %d", FD_SETSIZE);
	if (puppet_timeout(p, &ns) != PUPPET_OK)
		return PUPPET_BAD;
	p->msg->val[i] = nfds;
	p->msg->val[i + 1] = ns;
	buf_fmt(&p->c[i], "%d", (int)nfds);
	sets_in_c(p, i);
	if (ns == -1)
		buf_str(&p->c[i], ", NULL");
	else
		buf_fmt(&p->c[i], ", &(struct timeval){ %lld, %lld }",
			(long long)ns / 1000000000,
			(long long)ns / 1000 % 1000000);
	return PUPPET_OK;
}

/* timeout=SECONDS in milliseconds; takes no words. */
static int take_timeout(struct puppet_parse *p, const struct puppet_arg *arg,
			int i)
{
	int64_t ns;

	(void)arg;
	if (puppet_timeout(p, &ns) != PUPPET_OK)
		return PUPPET_BAD;
	if (ns / 1000000 > INT_MAX)
		return puppet_bad(p, "that is too long a time");
	p->msg->val[i] = ns == -1 ? -1 : ns / 1000000;
	buf_fmt(&p->c[i], "%d", (int)p->msg->val[i]);
	return PUPPET_OK;
}

static int take_poll(struct puppet_parse *p, const struct puppet_arg *arg,
		     int i)
{
	struct puppet_message *m = p->msg;
	int rc = take_list(p, INT_MAX);

	(void)arg;
	if (rc != PUPPET_OK)
		return rc;
	buf_str(&p->c[i], m->num_count ? "(struct pollfd[]){ " : "NULL");
	for (unsigned int n = 0; n < m->num_count; n += 2)
		buf_fmt(&p->c[i], "%s{ %d, %s, 0 }", n ? ", " : "",
			(int)m->num[n], poll_names[m->num[n + 1]]);
	buf_fmt(&p->c[i], "%s, %u", m->num_count ? " }" : "",
		m->num_count / 2);
	return PUPPET_OK;
}

/* What to watch for; epoll_ctl's last argument is NULL for a deletion. */
static int take_events(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	struct buf *c = &p->c[i], flags = { 0 };
	int rc;

	if (p->msg->val[1] == EPOLL_CTL_DEL) {
		buf_str(c, "NULL");
		return PUPPET_OK;
	}
	rc = take_flags(p, arg, i);
	buf_str(&flags, c->text ? c->text : "");
	buf_clear(c);
	buf_fmt(c, "&(struct epoll_event){ .events = %s, .data.fd = %d }",
		flags.text, (int)p->msg->val[2]);
	buf_release(&flags);
	return rc;
}

/* The events are in pairs in the message, the sets and the list are ours. */
static void fill_sets(const struct puppet_act *a, fd_set *sets, bool *used)
{
	for (int watch = 0; watch < NUM_WATCHES; watch++)
		FD_ZERO(&sets[watch]);
	for (unsigned int n = 0; n + 1 < a->msg->num_count; n += 2) {
		int64_t fd = a->msg->num[n], watch = a->msg->num[n + 1];

		if (fd < 0 || fd >= FD_SETSIZE || watch < 0 ||
		    watch >= NUM_WATCHES)
			continue;
		FD_SET(fd, &sets[watch]);
		used[watch] = true;
	}
}

static void say_sets(struct puppet_act *a, const fd_set *sets,
		     const bool *used)
{
	static const char *const what[NUM_WATCHES] = {
		"readable", "writable", "exceptional"
	};
	bool any = false;

	for (int watch = 0; watch < NUM_WATCHES; watch++) {
		bool here = false;

		for (int fd = 0; used[watch] && fd < FD_SETSIZE; fd++) {
			if (!FD_ISSET(fd, &sets[watch]))
				continue;
			if (!here)
				puppet_say(a, "%s%s", any ? ", " : "",
					   what[watch]);
			puppet_say(a, " %d", fd);
			any = here = true;
		}
	}
	if (!any)
		puppet_say(a, "none ready");
}

static long act_select(struct puppet_act *a)
{
	fd_set sets[NUM_WATCHES];
	bool used[NUM_WATCHES] = { false };
	int64_t ns = a->val[1];
	struct timeval left = { ns / 1000000000, ns / 1000 % 1000000 };
	int ret;

	fill_sets(a, sets, used);
	ret = select(a->val[0], used[0] ? &sets[0] : NULL,
		     used[1] ? &sets[1] : NULL, used[2] ? &sets[2] : NULL,
		     ns == -1 ? NULL : &left);
	if (ret == -1)
		return -1;
	say_sets(a, sets, used);
	if (ns != -1)
		puppet_say(a, ", %lld.%06lld s left", (long long)left.tv_sec,
			   (long long)left.tv_usec);
	return ret;
}

static long act_poll(struct puppet_act *a)
{
	struct pollfd list[PUPPET_NUMS / 2];
	unsigned int count = 0;
	bool any = false;
	int ret;

	for (unsigned int n = 0; n + 1 < a->msg->num_count; n += 2)
		list[count++] = (struct pollfd){
			.fd = a->msg->num[n],
			.events = poll_events[(uint64_t)a->msg->num[n + 1] %
					      NUM_WATCHES],
		};
	ret = poll(list, count, a->val[1]);
	for (unsigned int i = 0; ret != -1 && i < count; i++) {
		char text[128];

		if (!list[i].revents)
			continue;
		puppet_names_text(&polls, list[i].revents, text, sizeof(text));
		puppet_say(a, "%s%d %s", any ? ", " : "", list[i].fd, text);
		any = true;
	}
	if (ret == 0)
		puppet_say(a, "none ready");
	return ret;
}

static long act_epoll_create(struct puppet_act *a)
{
	int fd = epoll_create(a->val[0]);

	if (fd != -1)
		puppet_new_fd(a, fd);
	return fd;
}

static long act_epoll_create1(struct puppet_act *a)
{
	int fd = epoll_create1(a->val[0]);

	if (fd != -1)
		puppet_new_fd(a, fd);
	return fd;
}

static long act_epoll_ctl(struct puppet_act *a)
{
	struct epoll_event event = {
		.events = a->val[3], .data.fd = a->val[2],
	};

	return epoll_ctl(a->val[0], a->val[1], a->val[2],
			 a->val[1] == EPOLL_CTL_DEL ? NULL : &event);
}

static long act_epoll_wait(struct puppet_act *a)
{
	struct epoll_event events[EVENTS];
	int ret = epoll_wait(a->val[0], events, EVENTS, a->val[1]);

	for (int i = 0; i < ret; i++) {
		char text[128];

		puppet_names_text(&epolls, events[i].events, text,
				  sizeof(text));
		puppet_say(a, "%s%d %s", i ? ", " : "", events[i].data.fd,
			   text);
	}
	if (ret == 0)
		puppet_say(a, "none ready");
	return ret;
}

static const struct puppet_arg arg_select = { take_select, .name = "FD" };
static const struct puppet_arg arg_poll = { take_poll, .name = "FD" };
static const struct puppet_arg arg_timeout = { take_timeout, .name = "MS" };
static const struct puppet_arg arg_size = {
	take_num, .name = "SIZE", .optional = true, .value = 1, .c = "1",
};
static const struct puppet_arg arg_create_flags = {
	take_flags, .name = "FLAG", .names = &create_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg fd_epoll = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_EPOLL,
};
static const struct puppet_arg arg_op = {
	take_word, .name = "OPERATION", .names = &ops,
};
static const struct puppet_arg arg_watched = { take_num, .name = "WATCHED" };
static const struct puppet_arg arg_events = {
	take_events, .name = "EVENT", .names = &epolls, .optional = true,
	.value = EPOLLIN,
	.c = "EPOLLIN",
};

static const struct puppet_call calls[] = {
	{ "select", "FD|w:FD|e:FD... [timeout=SECONDS] [nfds=N]",
	  "wait until one is ready: to read, w: to write, e: urgent data",
	  { &arg_select }, "select($0)", act_select, EFFECT_NONE,
	  1U << KEY_TIMEOUT | 1U << KEY_NFDS },
	{ "poll", "FD|w:FD|e:FD... [timeout=SECONDS]",
	  "wait until one is ready: to read, w: to write, e: urgent data",
	  { &arg_poll, &arg_timeout }, "poll($0, $1)", act_poll, EFFECT_NONE,
	  1U << KEY_TIMEOUT },
	{ "epoll_create", "[SIZE]", "make an epoll descriptor",
	  { &arg_size }, "epoll_create($0)", act_epoll_create, EFFECT_EPOLL,
	  0 },
	{ "epoll_create1", "[cloexec]", "make an epoll descriptor, with flags",
	  { &arg_create_flags }, "epoll_create1($0)", act_epoll_create1,
	  EFFECT_EPOLL, 0 },
	{ "epoll_ctl", "[FD] add|mod|del WATCHED [EVENT...]",
	  "watch WATCHED: in, out, et, oneshot; without EVENT, in",
	  { &fd_epoll, &arg_op, &arg_watched, &arg_events },
	  "epoll_ctl($0, $1, $2, $3)", act_epoll_ctl, EFFECT_NONE, 0 },
	{ "epoll_wait", "[FD] [timeout=SECONDS]",
	  "wait until one of the watched is ready",
	  { &fd_epoll, &arg_timeout }, "epoll_wait($0, events, 8, $1)",
	  act_epoll_wait, EFFECT_NONE, 1U << KEY_TIMEOUT },
};

const struct puppet_group puppet_ready = { calls, COUNT(calls) };
