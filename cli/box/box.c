/* The box from the outside; init.c is the inside. See box.h. */
#include "box.h"

#include "buf.h"
#include "init.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOX_NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | \
			CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

struct box {
	bool plain;
	pid_t init;
	int control;
	int proc_fd;
	struct box_msg msg;		/* the request, then its answer */
	struct box_exit *exits;		/* came while an answer was awaited */
	size_t num_exits, exits_room;
};

static pid_t clone_init(int flags)
{
	return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void keep_exit(struct box *b, const struct box_msg *m)
{
	if (b->num_exits == b->exits_room) {
		b->exits_room = b->exits_room ? 2 * b->exits_room : 16;
		b->exits = xrealloc(b->exits,
				    b->exits_room * sizeof(*b->exits));
	}
	b->exits[b->num_exits++] = (struct box_exit){ m->pid, m->value };
}

static int box_answer(struct box *b, const char *what, struct errmsg *err)
{
	for (;;) {
		int n = box_msg_recv(b->control, &b->msg, 0);

		if (n == -1)
			return errmsg_errno(err, "%s: the box", what);
		if (n == 0)
			return errmsg_set(err, "%s: the box has ended", what);
		if (b->msg.op == BOX_EXITED) {
			keep_exit(b, &b->msg);
			continue;
		}
		if (b->msg.value == 0)
			return 0;
		box_msg_close_fds(&b->msg);
		return errmsg_set(err, "%s", b->msg.data);
	}
}

static struct box_msg *box_request(struct box *b, enum box_op op, pid_t pid,
				   int value)
{
	b->msg.op = op;
	b->msg.pid = pid;
	b->msg.value = value;
	b->msg.len = 0;
	b->msg.num_fds = 0;
	return &b->msg;
}

static int box_ask(struct box *b, const char *what, struct errmsg *err)
{
	if (box_msg_send(b->control, &b->msg) == -1)
		return errmsg_errno(err, "%s: the box", what);
	return box_answer(b, what, err);
}

struct box *box_open(const struct box_options *opt, bool *no_namespaces,
		     struct errmsg *err)
{
	struct box *b = xcalloc(1, sizeof(*b));
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int pair[2];

	*no_namespaces = false;
	b->plain = opt->plain;
	b->proc_fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		errmsg_errno(err, "box: socketpair");
		goto free_box;
	}
	b->control = pair[0];
	b->init = clone_init(opt->plain ? 0 : BOX_NAMESPACES);
	if (b->init == -1) {
		errmsg_errno(err, "namespaces are refused here: clone");
		*no_namespaces = !opt->plain;
		goto close_pair;
	}
	if (b->init == 0)
		_exit(init_main(pair[1], opt, uid, gid));
	close(pair[1]);

	if (box_answer(b, "box", err) == -1) {
		*no_namespaces = !opt->plain;
		box_close(b);
		return NULL;
	}
	b->proc_fd = b->msg.num_fds ? b->msg.fds[0] : -1;
	return b;

close_pair:
	close(pair[0]);
	close(pair[1]);
free_box:
	free(b);
	return NULL;
}

/* Closed boxes whose init has not been waited for yet. */
#define MAX_DYING 64
static pid_t dying[MAX_DYING];
static int num_dying;

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

/* An init that has ended is a zombie of ours for no longer than needed. */
static void reap_gone(void)
{
	int left = 0;

	for (int i = 0; i < num_dying; i++)
		if (waitpid(dying[i], NULL, WNOHANG) == 0)
			dying[left++] = dying[i];
	num_dying = left;
}

void box_wait_gone(void)
{
	while (num_dying)
		wait_for(dying[--num_dying]);
}

void box_close(struct box *b)
{
	if (!b)
		return;
	/*
	 * In a pid namespace init takes everything with it. A plain one has to
	 * do that itself: it is told by the end of the control socket.
	 */
	if (!b->plain)
		kill(b->init, SIGKILL);
	close(b->control);
	reap_gone();
	if (b->plain || num_dying == MAX_DYING)
		wait_for(b->init);
	else
		dying[num_dying++] = b->init;
	if (b->proc_fd != -1)
		close(b->proc_fd);
	free(b->exits);
	free(b);
}

bool box_is_plain(const struct box *b)
{
	return b->plain;
}

pid_t box_init_pid(const struct box *b)
{
	return b->init;
}

int box_proc_fd(const struct box *b)
{
	return b->proc_fd;
}

int box_control_fd(const struct box *b)
{
	return b->control;
}

int box_read(struct box *b, struct box_exit *ex)
{
	if (!b->num_exits) {
		int n = box_msg_recv(b->control, &b->msg, MSG_DONTWAIT);

		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n <= 0)
			return -1;
		if (b->msg.op != BOX_EXITED)
			return 0;
		keep_exit(b, &b->msg);
	}
	*ex = b->exits[0];
	b->num_exits--;
	memmove(b->exits, b->exits + 1, b->num_exits * sizeof(*b->exits));
	return 1;
}

/* The pid that a pidfd stands for in our own pid namespace: proc(5). */
static pid_t pidfd_pid(int fd)
{
	char path[64], line[128];
	pid_t pid = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	fclose(f);
	return pid;
}

static int add_strings(struct box_msg *m, const char *const *list,
		       const char *what, struct errmsg *err)
{
	for (; *list; list++)
		if (!box_msg_add(m, *list))
			return errmsg_set(err, "%s: more than %d bytes of "
					  "arguments", what, BOX_DATA_MAX);
	return 0;
}

int box_spawn(struct box *b, const struct box_spawn *sp,
	      struct box_child *child, struct errmsg *err)
{
	struct box_msg *m = box_request(b, BOX_SPAWN, 0, sp->host);
	char count[16];
	int argc = 0;

	while (sp->argv[argc])
		argc++;
	snprintf(count, sizeof(count), "%d", argc);
	box_msg_add(m, count);
	box_msg_add(m, sp->cwd ? sp->cwd : "");
	if (add_strings(m, (const char *const *)sp->argv, sp->argv[0],
			err) == -1 ||
	    add_strings(m, (const char *const *)sp->envp, "the environment",
			err) == -1)
		return -1;
	m->fds[m->num_fds++] = sp->tty;
	if (sp->puppet_fd != -1) {
		m->fds[m->num_fds++] = sp->puppet_fd;
		m->value |= BOX_SPAWN_PUPPET;
	}
	if (box_ask(b, sp->argv[0], err) == -1)
		return -1;
	child->pid = b->msg.pid;
	child->outer_pid = b->msg.num_fds ? pidfd_pid(b->msg.fds[0]) : -1;
	box_msg_close_fds(&b->msg);
	return 0;
}

int box_trace(struct box *b, const char *const *argv, int trace_fd,
	      int message_fd, pid_t *tracer, struct errmsg *err)
{
	struct box_msg *m = box_request(b, BOX_TRACE, 0, 0);

	if (add_strings(m, argv, argv[0], err) == -1)
		return -1;
	m->fds[m->num_fds++] = trace_fd;
	m->fds[m->num_fds++] = message_fd;
	if (box_ask(b, argv[0], err) == -1)
		return -1;
	*tracer = b->msg.pid;
	return 0;
}

int box_go(struct box *b, pid_t pid, struct errmsg *err)
{
	box_request(b, BOX_GO, pid, 0);
	return box_ask(b, "start", err);
}

int box_kill(struct box *b, pid_t pid, int sig, struct errmsg *err)
{
	box_request(b, BOX_KILL, pid, sig);
	return box_ask(b, "kill", err);
}

int box_host_add(struct box *b, const char *name, struct box_host *h,
		 struct errmsg *err)
{
	struct box_msg *m = box_request(b, BOX_HOST, 0, 0);
	int *fds[] = { &h->wire_fd, &h->diag_fd, &h->count_fds[0],
		       &h->count_fds[1], &h->count_fds[2] };
	const char *which, *addr, *addr6;
	uint32_t pos = 0;
	int next = 0;

	box_msg_add(m, name);
	if (box_ask(b, name, err) == -1)
		return -1;
	*h = (struct box_host){ .number = b->msg.pid };
	snprintf(h->name, sizeof(h->name), "%s", name);
	addr = box_msg_next(&b->msg, &pos);
	addr6 = box_msg_next(&b->msg, &pos);
	which = box_msg_next(&b->msg, &pos);
	if (!addr || !addr6 || !which || strlen(which) != 5)
		return errmsg_set(err, "%s: a malformed answer", name);
	snprintf(h->addr, sizeof(h->addr), "%s", addr);
	snprintf(h->addr6, sizeof(h->addr6), "%s", addr6);
	for (int i = 0; i < 5; i++)
		*fds[i] = which[i] == '1' && next < b->msg.num_fds ?
			b->msg.fds[next++] : -1;
	return 0;
}

void box_host_release(struct box_host *h)
{
	int fds[] = { h->wire_fd, h->diag_fd, h->count_fds[0],
		      h->count_fds[1], h->count_fds[2] };

	for (int i = 0; i < 5; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

int box_sysctl(struct box *b, int host, const char *name, const char *value,
	       struct errmsg *err)
{
	struct box_msg *m = box_request(b, BOX_SYSCTL, 0, host);

	box_msg_add(m, name);
	box_msg_add(m, value);
	return box_ask(b, "sysctl", err);
}
