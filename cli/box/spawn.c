#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	/*
	 * Without SECBIT_NOROOT, uid 0 would get everything back at exec.
	 * Where we have no CAP_SETPCAP there is nothing to lose either, so
	 * that refusals do not matter.
	 */
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	      SECBIT_NO_CAP_AMBIENT_RAISE |
	      SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
	for (int cap = 0; cap <= 63; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	syscall(SYS_capset, &head, none);
}

/* As the shell would give it: nothing blocked, nothing ignored. */
static void default_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors from `first` on; the others are arranged by the caller. */
static void close_strays(unsigned int first)
{
	if (syscall(SYS_close_range, first, ~0U, 0) == 0)
		return;
	for (int fd = first; fd < 4096; fd++)
		close(fd);
}

/*
 * The two ends that a stub keeps until exec are moved high up, out of the way
 * of the program's own numbers and of close_strays().
 */
#define STUB_GO		(PUPPET_FD + 1)
#define STUB_REPORT	(PUPPET_FD + 2)

static void arrange_fds(const struct stub_plan *plan, int go, int report)
{
	if (plan->puppet_fd != -1)
		dup3(plan->puppet_fd, PUPPET_FD, 0);
	dup3(go, STUB_GO, O_CLOEXEC);
	dup3(report, STUB_REPORT, O_CLOEXEC);
	dup2(plan->tty, 0);
	dup2(plan->tty, 1);
	dup2(plan->tty, 2);
	if (syscall(SYS_close_range, 3U, (unsigned int)PUPPET_FD - 1, 0) == -1)
		for (int fd = 3; fd < PUPPET_FD; fd++)
			close(fd);
	close_strays(STUB_REPORT + 1);
	if (plan->puppet_fd == -1)
		close(PUPPET_FD);
}

static void be_stub(const struct stub_plan *plan, int go, int report)
{
	int ready = 0, reason;
	char byte;

	if (plan->netns != -1 && setns(plan->netns, CLONE_NEWNET) == -1)
		_exit(126);
	setsid();
	ioctl(plan->tty, TIOCSCTTY, 0);
	arrange_fds(plan, go, report);
	if (plan->cwd[0] && chdir(plan->cwd) == -1)
		goto failed;
	default_signals();
	drop_capabilities();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* strace is no ancestor of ours: Yama would refuse it otherwise. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	/* strace may come now, not before: it may seize no more than it is. */
	if (write(STUB_REPORT, &ready, sizeof(ready)) == -1)
		_exit(126);
	while (read(STUB_GO, &byte, 1) == -1 && errno == EINTR)
		;
	environ = plan->envp;
	execvp(plan->argv[0], plan->argv);
failed:
	reason = errno;
	if (write(STUB_REPORT, &reason, sizeof(reason)) == -1)
		_exit(126);
	_exit(127);
}

/* The next number from a stub: 0 it is ready, else why it failed. */
static int read_report(int fd, int *number)
{
	ssize_t n;

	do {
		n = read(fd, number, sizeof(*number));
	} while (n == -1 && errno == EINTR);
	return n == sizeof(*number) ? 0 : -1;
}

int stub_start(struct stub *s, const struct stub_plan *plan,
	       struct errmsg *err)
{
	int go[2], report[2], ready = EIO;

	if (pipe2(go, O_CLOEXEC) == -1)
		return errmsg_errno(err, "pipe");
	if (pipe2(report, O_CLOEXEC) == -1) {
		errmsg_errno(err, "pipe");
		goto close_go;
	}
	s->pid = fork();
	if (s->pid == -1) {
		errmsg_errno(err, "fork");
		goto close_report;
	}
	if (s->pid == 0)
		be_stub(plan, go[0], report[1]);
	close(go[0]);
	close(report[1]);
	s->go_fd = go[1];
	s->report_fd = report[0];
	if (read_report(report[0], &ready) == 0 && ready == 0)
		return 0;
	close(s->go_fd);
	close(s->report_fd);
	return errmsg_set(err, "%s: %s", plan->cwd, strerror(ready));

close_report:
	close(report[0]);
	close(report[1]);
close_go:
	close(go[0]);
	close(go[1]);
	return -1;
}

int stub_go(struct stub *s, const char **failed_exec)
{
	int reason, n;

	close(s->go_fd);
	n = read_report(s->report_fd, &reason);
	close(s->report_fd);
	if (n == -1)
		return 0;
	*failed_exec = strerror(reason);
	return -1;
}

pid_t spawn_tracer(char **argv, int trace, int out)
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	/* Out of the way first: the numbers wanted may be theirs. */
	trace = fcntl(trace, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	dup2(trace, 3);
	close_strays(4);
	default_signals();
	drop_capabilities();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], argv);
	_exit(127);
}
