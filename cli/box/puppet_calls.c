/*
 * puppet_calls - the actor's side: take a request, make the call, answer
 *
 * Between a request and its answer nothing else is called, so memory is taken
 * beforehand and texts are made in buffers of fixed size.
 *
 * A child needs a channel of its own. Making one would show between fork and
 * its answer, and would use up 3 and 4 for a moment; so one pair is always kept
 * ready at high descriptors: the child serves one end, the other travels in
 * the answer. The next pair is made when the answer is out.
 */
#include "box/puppet_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SPARE_OUT (PUPPET_FD + 1)	/* for whoever types to the child */
#define SPARE_IN (PUPPET_FD + 2)	/* for the child */

struct puppet {
	bool spare;		/* both ends are there */
	bool newborn;		/* this is the child, back from fork */
	bool give_spare;	/* the answer takes SPARE_OUT along */
	struct puppet_message in;
	struct puppet_answer out;
	unsigned char buf[PUPPET_DATA_MAX];
};

const char *puppet_text(const struct puppet_act *a, unsigned int i,
			size_t *len)
{
	if (i >= a->msg->text_count)
		return "";
	if (len)
		*len = a->msg->text[i].len;
	return (const char *)a->msg->data + a->msg->text[i].at;
}

pid_t puppet_pid(int64_t val)
{
	return val == PUPPET_SELF ? getpid() : (pid_t)val;
}

void puppet_say(struct puppet_act *a, const char *fmt, ...)
{
	struct puppet_answer *ans = a->answer;
	size_t room = sizeof(ans->text) - ans->text_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ans->text + ans->text_len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		ans->text_len += (size_t)n < room ? (size_t)n : room - 1;
}

void puppet_say_bytes(struct puppet_act *a, const void *bytes, size_t len)
{
	struct puppet_answer *ans = a->answer;
	size_t room = sizeof(ans->text) - ans->text_len;

	/* What comes after the bytes is to have room too. */
	if (room < 512)
		return;
	puppet_quote(ans->text + ans->text_len, room - 400, bytes, len, '"');
	ans->text_len += strlen(ans->text + ans->text_len);
}

void puppet_new_fd(struct puppet_act *a, int fd)
{
	if (a->answer->new_count < COUNT(a->answer->new_fd))
		a->answer->new_fd[a->answer->new_count++] = fd;
}

static void make_spare(struct puppet *self)
{
	int sv[2], in, out;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		return;
	out = dup3(sv[0], SPARE_OUT, O_CLOEXEC);
	in = dup3(sv[1], SPARE_IN, O_CLOEXEC);
	close(sv[0]);
	close(sv[1]);
	self->spare = in != -1 && out != -1;
}

static void drop_spare(struct puppet *self)
{
	close(SPARE_OUT);
	close(SPARE_IN);
	self->spare = false;
}

long puppet_fork(struct puppet_act *a)
{
	struct puppet *self = a->self;
	size_t len;
	const char *name;
	pid_t pid;

	if (!self->spare)
		make_spare(self);
	if (!self->spare) {
		puppet_say(a, "fork was not called: no descriptors are left "
			   "to talk to the child with");
		errno = EMFILE;
		return -1;
	}
	pid = fork();
	if (pid == -1)
		return -1;
	if (pid == 0) {
		dup3(SPARE_IN, PUPPET_FD, O_CLOEXEC);
		drop_spare(self);
		self->newborn = true;
		return 0;
	}
	self->give_spare = true;
	if (a->msg->text_count) {
		name = puppet_text(a, 0, &len);
		snprintf(a->answer->name, sizeof(a->answer->name), "%s", name);
	}
	return pid;
}

/* It comes from our own program; this is against a half-read message. */
static bool message_is_whole(const struct puppet_message *m, size_t size)
{
	size_t head = offsetof(struct puppet_message, data);

	if (size < head || m->magic != PUPPET_MAGIC ||
	    m->data_len != size - head || !puppet_call_at(m->call) ||
	    m->text_count > PUPPET_TEXTS || m->num_count > PUPPET_NUMS ||
	    m->addr_len > sizeof(m->addr))
		return false;
	for (unsigned int i = 0; i < m->text_count; i++)
		if (m->text[i].at >= m->data_len ||
		    m->text[i].len >= m->data_len - m->text[i].at)
			return false;
	return true;
}

/* 1: a request is there. 0: the channel is closed. -1: it is broken. */
static int next_request(struct puppet *self)
{
	ssize_t n;

	do
		n = recv(PUPPET_FD, &self->in, sizeof(self->in), 0);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return n;
	return message_is_whole(&self->in, n) ? 1 : -1;
}

static void make_call(struct puppet *self)
{
	const struct puppet_call *call = puppet_call_at(self->in.call);
	struct puppet_answer *ans = &self->out;
	struct puppet_act act = {
		.self = self, .msg = &self->in, .val = self->in.val,
		.answer = ans, .buf = self->buf,
	};

	memset(ans, 0, offsetof(struct puppet_answer, text));
	ans->text[0] = '\0';
	ans->magic = PUPPET_MAGIC;
	ans->call = self->in.call;
	ans->fd = puppet_takes_fd(call) ? (int)self->in.val[0] : -1;
	ans->new_fd[0] = ans->new_fd[1] = -1;
	errno = 0;
	ans->ret = call->act(&act);
	ans->error = ans->ret == -1 ? errno : 0;
}

static int give_answer(struct puppet *self)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	struct iovec iov = {
		&self->out,
		offsetof(struct puppet_answer, text) + self->out.text_len,
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = SPARE_OUT;
	ssize_t n;

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (self->give_spare) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.bytes);
	}
	do
		n = sendmsg(PUPPET_FD, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int puppet_main(int fd)
{
	struct puppet *self = xcalloc(1, sizeof(*self));
	int rc;

	if (fd != PUPPET_FD) {
		if (dup3(fd, PUPPET_FD, O_CLOEXEC) == -1)
			return 1;
		close(fd);
	}
	fcntl(PUPPET_FD, F_SETFD, FD_CLOEXEC);
	fcntl(PUPPET_FD, F_SETFL, 0);
	make_spare(self);
	while ((rc = next_request(self)) == 1) {
		make_call(self);
		if (!self->newborn && give_answer(self) == -1)
			break;
		if (self->give_spare)
			drop_spare(self);
		self->newborn = self->give_spare = false;
		if (!self->spare)
			make_spare(self);
	}
	free(self);
	return rc == 0 ? 0 : 1;
}
