/* puppet_msg - the puppet's calls that send to sockets and receive from them */
#include "box/puppet_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define ANY_SOCKET (1U << PUPPET_SOCKET | 1U << PUPPET_LISTENER | \
		    1U << PUPPET_CONNECTED)

static const struct puppet_name msg_flag_list[] = {
	{ "MSG_OOB", MSG_OOB }, { "MSG_PEEK", MSG_PEEK },
	{ "MSG_DONTWAIT", MSG_DONTWAIT }, { "MSG_WAITALL", MSG_WAITALL },
	{ "MSG_NOSIGNAL", MSG_NOSIGNAL }, { "MSG_MORE", MSG_MORE },
	{ "MSG_TRUNC", MSG_TRUNC }, { "MSG_CTRUNC", MSG_CTRUNC },
	{ "MSG_EOR", MSG_EOR }, { "MSG_DONTROUTE", MSG_DONTROUTE },
	{ "MSG_ERRQUEUE", MSG_ERRQUEUE },
};
static const struct puppet_names msg_flags = {
	"MSG_", msg_flag_list, COUNT(msg_flag_list)
};

static const struct puppet_arg fd_connected = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_CONNECTED,
	.or_want = ANY_SOCKET,
};
static const struct puppet_arg arg_to = {
	take_addr, .name = "ADDR", .optional = true, .c = "NULL, 0",
};
static const struct puppet_arg arg_text = { take_text, .name = "TEXT" };
static const struct puppet_arg arg_len = { take_len, .name = "LEN" };
static const struct puppet_arg arg_flags = {
	take_flags, .name = "FLAG", .names = &msg_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_texts = {
	take_texts, .name = "TEXT", .c = ", .msg_iovlen = ",
};
static const struct puppet_arg arg_lens = {
	take_lens, .name = "LEN", .c = ", .msg_iovlen = ",
};

/* rights=FD: a descriptor travels with the bytes. Takes no words. */
static int take_rights(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	const char *word = p->key[KEY_RIGHTS];

	if (!word)
		return puppet_left_out(p, arg, i);
	if (!puppet_number(word, &p->msg->val[i]) || p->msg->val[i] < 0 ||
	    p->msg->val[i] >= PUPPET_FD)
		return puppet_bad(p, "'%.60s' is no descriptor", word);
	buf_fmt(&p->c[i], ", .msg_control = &(struct { struct cmsghdr head; "
		"int fd; }){ { %zu, SOL_SOCKET, SCM_RIGHTS }, %d }, "
		".msg_controllen = %zu", CMSG_LEN(sizeof(int)),
		(int)p->msg->val[i], CMSG_SPACE(sizeof(int)));
	return PUPPET_OK;
}
static const struct puppet_arg arg_rights = {
	take_rights, .name = "rights", .optional = true, .value = -1,
};

static long act_send(struct puppet_act *a)
{
	size_t len;
	const char *text = puppet_text(a, 0, &len);

	return send(a->val[0], text, len, a->val[2]);
}

static long act_sendto(struct puppet_act *a)
{
	size_t len;
	const char *text = puppet_text(a, 0, &len);

	return sendto(a->val[0], text, len, a->val[3],
		      a->msg->addr_len ? (void *)a->msg->addr : NULL,
		      a->msg->addr_len);
}

static void said(struct puppet_act *a, ssize_t n)
{
	if (n == -1)
		return;
	/* With MSG_TRUNC more may be counted than was copied. */
	puppet_say(a, "received ");
	puppet_say_bytes(a, a->buf, n < a->val[1] ? n : a->val[1]);
}

static long act_recv(struct puppet_act *a)
{
	ssize_t n = recv(a->val[0], a->buf, a->val[1], a->val[2]);

	said(a, n);
	return n;
}

static long act_recvfrom(struct puppet_act *a)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	ssize_t n = recvfrom(a->val[0], a->buf, a->val[1], a->val[2],
			     (void *)&addr, &len);

	said(a, n);
	if (n != -1 && len) {
		puppet_say(a, " from ");
		puppet_say_addr(a, &addr, len);
	}
	return n;
}

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static long act_sendmsg(struct puppet_act *a)
{
	union control control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	int fd = a->val[3];
	struct iovec iov[PUPPET_TEXTS];
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = a->msg->text_count,
	};

	for (unsigned int i = 0; i < a->msg->text_count; i++)
		iov[i].iov_base = (char *)puppet_text(a, i, &iov[i].iov_len);
	if (fd != -1) {
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.bytes);
	}
	return sendmsg(a->val[0], &msg, a->val[2]);
}

static void say_message(struct puppet_act *a, struct msghdr *msg, ssize_t n)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	size_t room = 0;
	char flags[128];
	int fd;

	for (unsigned int i = 0; i < a->msg->num_count; i++)
		room += a->msg->num[i];
	puppet_say(a, "received ");
	puppet_say_bytes(a, a->buf, (size_t)n < room ? (size_t)n : room);
	puppet_names_text(&msg_flags, msg->msg_flags, flags, sizeof(flags));
	if (msg->msg_flags)
		puppet_say(a, ", %s", flags);
	if (head && head->cmsg_level == SOL_SOCKET &&
	    head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len >= CMSG_LEN(sizeof(int))) {
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
		puppet_new_fd(a, fd);
		puppet_say(a, ", and descriptor %d", fd);
	}
}

static long act_recvmsg(struct puppet_act *a)
{
	union control control = { 0 };
	struct iovec iov[PUPPET_NUMS];
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = a->msg->num_count,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	size_t at = 0;
	ssize_t n;

	for (unsigned int i = 0; i < a->msg->num_count; i++) {
		iov[i].iov_base = a->buf + at;
		iov[i].iov_len = a->msg->num[i];
		at += a->msg->num[i];
	}
	n = recvmsg(a->val[0], &msg, a->val[2]);
	if (n != -1)
		say_message(a, &msg, n);
	return n;
}

static const struct puppet_call calls[] = {
	{ "send", "[FD] TEXT [FLAG...]", "send to the peer",
	  { &fd_connected, &arg_text, &arg_flags }, "send($0, $1, $2)",
	  act_send, EFFECT_NONE, 0 },
	{ "sendto", "[FD] TEXT [ADDR PORT] [FLAG...]", "send to an address",
	  { &fd_connected, &arg_text, &arg_to, &arg_flags },
	  "sendto($0, $1, $3, $2)", act_sendto, EFFECT_NONE, 1U << KEY_LEN },
	{ "sendmsg", "[FD] TEXT... [FLAG...] [rights=FD]",
	  "send several buffers, and a descriptor if asked, in one call",
	  { &fd_connected, &arg_texts, &arg_flags, &arg_rights },
	  "sendmsg($0, &(struct msghdr){ .msg_iov = $1$3 }, $2)", act_sendmsg,
	  EFFECT_NONE, 1U << KEY_RIGHTS },
	{ "recv", "[FD] LEN [FLAG...]", "receive at most LEN bytes",
	  { &fd_connected, &arg_len, &arg_flags }, "recv($0, buf, $1, $2)",
	  act_recv, EFFECT_NONE, 0 },
	{ "recvfrom", "[FD] LEN [FLAG...]",
	  "receive at most LEN bytes, and learn from whom",
	  { &fd_connected, &arg_len, &arg_flags },
	  "recvfrom($0, buf, $1, $2, &addr, &len)", act_recvfrom, EFFECT_NONE,
	  0 },
	{ "recvmsg", "[FD] LEN... [FLAG...]",
	  "receive into several buffers; descriptors too",
	  { &fd_connected, &arg_lens, &arg_flags },
	  "recvmsg($0, &(struct msghdr){ .msg_iov = $1, .msg_control = control,"
	  " .msg_controllen = sizeof(control) }, $2)", act_recvmsg,
	  EFFECT_FILE, 0 },
};

const struct puppet_group puppet_msg = { calls, COUNT(calls) };
