/*
 * init - pid 1 of the box
 *
 * A fork of underglass that never execs, so that it keeps the capabilities
 * which clone(2) gave it over the new namespaces. It only answers requests and
 * reaps; it never prints and has no descriptor of the caller's.
 */
#include "init.h"

#include "buf.h"
#include "host.h"
#include "mounts.h"
#include "net.h"
#include "protocol.h"
#include "reaper.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct init {
	int control;
	bool plain;
	int signals;
	struct stub *stubs;		/* not yet told to go */
	size_t num_stubs;
	int num_spawned;
	struct hosts hosts;
	pid_t last_pid;			/* of an actor: see own_numbers() */
	struct box_msg msg;
};

static int answer(struct init *in, int result, const struct errmsg *err)
{
	in->msg.op = BOX_DONE;
	in->msg.value = result;
	if (result) {
		in->msg.len = 0;
		box_msg_add(&in->msg, err->text);
	}
	return box_msg_send(in->control, &in->msg);
}

static int write_file(const char *path, const char *text, struct errmsg *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return errmsg_errno(err, "%s", path);
	n = write(fd, text, strlen(text));
	if (n == -1)
		errmsg_errno(err, "%s", path);
	close(fd);
	return n == -1 ? -1 : 0;
}

/* The caller's own ids, and no others: user_namespaces(7). */
static int map_ids(uid_t uid, gid_t gid, struct errmsg *err)
{
	char map[64];

	if (write_file("/proc/self/setgroups", "deny", err) == -1)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	if (write_file("/proc/self/uid_map", map, err) == -1)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return write_file("/proc/self/gid_map", map, err);
}

static void leave_the_caller(int control)
{
	int null = open("/dev/null", O_RDWR);

	setsid();		/* a ^C is for underglass alone */
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	dup3(control, 3, O_CLOEXEC);
	if (syscall(SYS_close_range, 4U, ~0U, 0) == -1)
		for (int fd = 4; fd < 4096; fd++)
			close(fd);
}

static int watch_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	sigaddset(&all, SIGTERM);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int set_up(struct init *in, const struct box_options *opt, uid_t uid,
		  gid_t gid, struct errmsg *err)
{
	in->signals = watch_signals();
	if (in->signals == -1)
		return errmsg_errno(err, "signalfd");
	if (opt->plain) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		return 0;
	}
	if (map_ids(uid, gid, err) == -1 || net_renew(err) == -1 ||
	    mounts_make(opt->dir, err) == -1 || net_loopback_up(err) == -1)
		return -1;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ?
		errmsg_errno(err, "prctl") : 0;
}

/*
 * The first actor's strace and its test processes take pids from far away, so
 * that its children have the numbers next to its own. Where that is refused,
 * numbers are only less pretty.
 */
#define TRACER_PIDS	20000

static void next_pid_after(const struct init *in, pid_t pid)
{
	struct errmsg ignored;
	char text[16];

	if (in->plain)
		return;
	snprintf(text, sizeof(text), "%d", pid);
	write_file("/proc/sys/kernel/ns_last_pid", text, &ignored);
}

static char **take_strings(const struct box_msg *m, uint32_t *pos, int count)
{
	char **list = NULL;
	int n = 0, room = 0;
	const char *s;

	while ((count == -1 || n < count) && (s = box_msg_next(m, pos))) {
		if (n + 1 >= room) {
			room = room ? 2 * room : 16;
			list = xrealloc(list, room * sizeof(*list));
		}
		list[n++] = (char *)s;
	}
	if (!list)
		list = xcalloc(1, sizeof(*list));
	list[n] = NULL;
	return list;
}

static int do_spawn(struct init *in, struct errmsg *err)
{
	struct box_msg *m = &in->msg;
	struct stub_plan plan = { .puppet_fd = -1 };
	const char *count;
	struct stub *stub;
	uint32_t pos = 0;
	int pidfd, rc;

	count = box_msg_next(m, &pos);
	plan.cwd = box_msg_next(m, &pos);
	if (!count || !plan.cwd || m->num_fds < 1)
		return errmsg_set(err, "a malformed request");
	plan.argv = take_strings(m, &pos, atoi(count));
	plan.envp = take_strings(m, &pos, -1);
	plan.tty = m->fds[0];
	if (m->value & BOX_SPAWN_PUPPET)
		plan.puppet_fd = m->fds[1];
	if (plan.argv[0])
		mounts_show_program(plan.argv[0], plan.cwd);
	plan.netns = hosts_netns(&in->hosts, m->value & 0xffff);

	in->stubs = xrealloc(in->stubs,
			     (in->num_stubs + 1) * sizeof(*in->stubs));
	stub = &in->stubs[in->num_stubs];
	rc = stub_start(stub, &plan, err);
	free(plan.argv);
	free(plan.envp);
	box_msg_close_fds(m);
	if (rc == -1)
		return -1;
	in->num_stubs++;
	in->num_spawned++;
	in->last_pid = stub->pid;
	m->pid = stub->pid;
	pidfd = syscall(SYS_pidfd_open, stub->pid, 0);
	if (pidfd != -1)
		m->fds[m->num_fds++] = pidfd;
	return 0;
}

static int do_trace(struct init *in, struct errmsg *err)
{
	struct box_msg *m = &in->msg;
	uint32_t pos = 0;
	char **argv = take_strings(m, &pos, -1);

	if (m->num_fds != 2) {
		free(argv);
		return errmsg_set(err, "a malformed request");
	}
	/* Later actors' straces would give the numbers of those that run. */
	if (in->num_spawned == 1)
		next_pid_after(in, TRACER_PIDS);
	m->pid = spawn_tracer(argv, m->fds[0], m->fds[1]);
	free(argv);
	box_msg_close_fds(m);
	return m->pid == -1 ? errmsg_errno(err, "fork") : 0;
}

static int do_go(struct init *in, struct errmsg *err)
{
	const char *reason;

	for (size_t i = 0; i < in->num_stubs; i++) {
		struct stub stub = in->stubs[i];

		if (stub.pid != in->msg.pid)
			continue;
		in->stubs[i] = in->stubs[--in->num_stubs];
		if (in->num_spawned == 1)
			next_pid_after(in, in->last_pid);
		if (stub_go(&stub, &reason) == -1)
			return errmsg_set(err, "%s", reason);
		return 0;
	}
	return errmsg_set(err, "nobody waits to be started as %d",
			  in->msg.pid);
}

static int do_kill(struct init *in, struct errmsg *err)
{
	if (kill(in->msg.pid, in->msg.value) == -1)
		return errmsg_errno(err, "kill");
	return 0;
}

static int do_request(struct init *in)
{
	struct errmsg err = { 0 };
	int rc;

	switch (in->msg.op) {
	case BOX_SPAWN:
		rc = do_spawn(in, &err);
		break;
	case BOX_TRACE:
		rc = do_trace(in, &err);
		break;
	case BOX_GO:
		rc = do_go(in, &err);
		break;
	case BOX_KILL:
		rc = do_kill(in, &err);
		break;
	case BOX_HOST:
		rc = hosts_request(&in->hosts, &in->msg, in->plain, &err);
		break;
	case BOX_SYSCTL:
		rc = hosts_sysctl(&in->hosts, &in->msg, &err);
		break;
	default:
		rc = errmsg_set(&err, "an unknown request");
	}
	if (in->msg.op != BOX_HOST)
		in->msg.len = 0;
	rc = answer(in, rc, &err);
	box_msg_close_fds(&in->msg);
	return rc;
}

static void reap(struct init *in)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(in->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		in->msg.op = BOX_EXITED;
		in->msg.pid = pid;
		in->msg.value = status;
		in->msg.len = 0;
		in->msg.num_fds = 0;
		box_msg_send(in->control, &in->msg);
	}
}

static void serve(struct init *in)
{
	struct pollfd pfd[2] = {
		{ in->control, POLLIN, 0 },
		{ in->signals, POLLIN, 0 },
	};

	for (;;) {
		if (poll(pfd, 2, -1) == -1 && errno != EINTR)
			return;
		if (pfd[1].revents)
			reap(in);
		if (!pfd[0].revents)
			continue;
		if (box_msg_recv(in->control, &in->msg, 0) <= 0)
			return;
		if (do_request(in) == -1)
			return;
	}
}

int init_main(int control, const struct box_options *opt, uid_t uid, gid_t gid)
{
	static struct init in;
	struct errmsg err = { 0 };
	int rc;

	leave_the_caller(control);
	in.control = 3;
	in.plain = opt->plain;
	rc = set_up(&in, opt, uid, gid, &err);
	in.msg.num_fds = 0;
	in.msg.len = 0;
	if (rc == 0) {
		int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (proc != -1)
			in.msg.fds[in.msg.num_fds++] = proc;
	}
	if (answer(&in, rc, &err) == -1 || rc == -1)
		return 1;
	box_msg_close_fds(&in.msg);
	serve(&in);
	if (opt->plain)
		reap_everybody();
	return 0;
}
