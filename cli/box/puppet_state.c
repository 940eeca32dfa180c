/* puppet_state - the channel, and what the answers tell about descriptors */
#include "box/puppet_call.h"

#include "utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int puppet_send(int channel, const struct puppet_request *req,
		struct errmsg *err)
{
	size_t len = offsetof(struct puppet_message, data) +
		     req->message.data_len;

	if (send(channel, &req->message, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)len)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
		return errmsg_set(err, "the puppet is gone");
	if (errno == EAGAIN)
		return errmsg_set(err, "too many calls are waiting: the puppet "
				  "is still busy with one");
	return errmsg_errno(err, "puppet");
}

/* The first descriptor that came along; more than one never does. */
static int passed_fd(struct msghdr *msg)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fd;

	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len < CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static bool answer_is_whole(struct puppet_answer *ans, size_t size)
{
	size_t head = offsetof(struct puppet_answer, text);

	if (size < head || ans->magic != PUPPET_MAGIC ||
	    ans->text_len != size - head ||
	    ans->text_len >= sizeof(ans->text) || !puppet_call_at(ans->call) ||
	    ans->new_count > COUNT(ans->new_fd))
		return false;
	ans->text[ans->text_len] = '\0';
	ans->name[sizeof(ans->name) - 1] = '\0';
	utf8_clean(ans->text);
	utf8_clean(ans->name);
	return true;
}

int puppet_receive(int channel, struct puppet_answer *ans, int *child,
		   struct errmsg *err)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { ans, sizeof(*ans) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	*child = -1;
	do
		n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	/* Requests that it had not read when it died reset the channel. */
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return 0;
	if (n == -1)
		return errmsg_errno(err, "puppet");
	*child = passed_fd(&msg);
	if (answer_is_whole(ans, n))
		return 1;
	if (*child != -1)
		close(*child);
	*child = -1;
	errno = EPROTO;
	return errmsg_set(err, "the puppet's answer makes no sense");
}

static void forget(struct puppet_state *st, int fd)
{
	for (int i = 0; i < st->count; i++)
		if (st->open[i].fd == fd) {
			memmove(&st->open[i], &st->open[i + 1],
				(--st->count - i) * sizeof(st->open[0]));
			return;
		}
}

/* The oldest gives way where there is no room. */
static void remember(struct puppet_state *st, int fd, enum puppet_kind kind)
{
	forget(st, fd);
	if (st->count == (int)COUNT(st->open))
		forget(st, st->open[0].fd);
	st->open[st->count].fd = fd;
	st->open[st->count++].kind = kind;
}

/* The descriptor stays where it is in the order. */
static void change(struct puppet_state *st, int fd, enum puppet_kind kind)
{
	for (int i = 0; i < st->count; i++)
		if (st->open[i].fd == fd) {
			st->open[i].kind = kind;
			return;
		}
	remember(st, fd, kind);
}

static enum puppet_kind kind_of(const struct puppet_state *st, int fd)
{
	for (int i = 0; i < st->count; i++)
		if (st->open[i].fd == fd)
			return st->open[i].kind;
	return PUPPET_FILE;
}

static void learn_new(struct puppet_state *st, const struct puppet_answer *ans,
		      enum puppet_effect effect)
{
	static const enum puppet_kind kinds[NUM_PUPPET_EFFECTS] = {
		[EFFECT_SOCKET] = PUPPET_SOCKET,
		[EFFECT_CONNECT] = PUPPET_CONNECTED,
		[EFFECT_ACCEPT] = PUPPET_CONNECTED,
		[EFFECT_FILE] = PUPPET_FILE,
		[EFFECT_EPOLL] = PUPPET_EPOLL,
	};

	for (unsigned int i = 0; i < ans->new_count; i++) {
		enum puppet_kind kind = kinds[effect];

		if (effect == EFFECT_PIPE)
			kind = i ? PUPPET_PIPE_WRITE : PUPPET_PIPE_READ;
		else if (effect == EFFECT_DUP)
			kind = kind_of(st, ans->fd);
		remember(st, ans->new_fd[i], kind);
	}
}

void puppet_learn(struct puppet_state *st, const struct puppet_answer *ans)
{
	const struct puppet_call *call = puppet_call_at(ans->call);

	if (!call)
		return;
	/* A non-blocking connect is under way, and is no fresh socket. */
	if (ans->ret == -1 && !(call->effect == EFFECT_CONNECT &&
				ans->error == EINPROGRESS))
		return;
	if (call->effect == EFFECT_CLOSE)
		forget(st, ans->fd);
	else if (call->effect == EFFECT_LISTEN)
		change(st, ans->fd, PUPPET_LISTENER);
	else if (call->effect == EFFECT_CONNECT && !ans->new_count)
		change(st, ans->fd, PUPPET_CONNECTED);
	else if (call->effect == EFFECT_FORK)
		st->forks++;
	else
		learn_new(st, ans, call->effect);
}

void puppet_answer_text(const struct puppet_answer *ans, struct buf *out)
{
	buf_fmt(out, "= %lld", (long long)ans->ret);
	if (ans->ret == -1 && ans->error) {
		const char *name = strerrorname_np(ans->error);

		buf_fmt(out, " %s (%s)", name ? name : "?",
			name ? strerrordesc_np(ans->error) : "unknown");
	}
	if (*ans->text)
		buf_fmt(out, ", %s", ans->text);
}
