#include "protocol.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD offsetof(struct box_msg, data)

bool box_msg_add(struct box_msg *m, const char *s)
{
	size_t n = strlen(s) + 1;

	if (m->len + n > sizeof(m->data))
		return false;
	memcpy(m->data + m->len, s, n);
	m->len += n;
	return true;
}

const char *box_msg_next(const struct box_msg *m, uint32_t *pos)
{
	const char *s = m->data + *pos;
	const char *end;

	if (*pos >= m->len)
		return NULL;
	end = memchr(s, '\0', m->len - *pos);
	if (!end)
		return NULL;
	*pos += end - s + 1;
	return s;
}

int box_msg_send(int sock, const struct box_msg *m)
{
	union {
		char bytes[CMSG_SPACE(BOX_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)m, HEAD + m->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (m->num_fds) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(m->num_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(m->num_fds * sizeof(int));
		memcpy(CMSG_DATA(c), m->fds, m->num_fds * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static void take_fds(struct box_msg *m, struct msghdr *msg)
{
	struct cmsghdr *c;

	m->num_fds = 0;
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->num_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fds, CMSG_DATA(c), m->num_fds * sizeof(int));
	}
}

int box_msg_recv(int sock, struct box_msg *m, int flags)
{
	union {
		char bytes[CMSG_SPACE(BOX_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { m, HEAD + sizeof(m->data) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, flags | MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == ECONNRESET ? 0 : -1;
	if (n == 0)
		return 0;
	take_fds(m, &msg);
	if ((size_t)n < HEAD || m->len > sizeof(m->data) ||
	    (size_t)n != HEAD + m->len) {
		box_msg_close_fds(m);
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

void box_msg_close_fds(struct box_msg *m)
{
	for (int i = 0; i < m->num_fds; i++)
		close(m->fds[i]);
	m->num_fds = 0;
}
