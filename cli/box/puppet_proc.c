/* puppet_proc - the puppet's calls on processes */
#include "box/puppet_call.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct puppet_name wait_list[] = {
	{ "WNOHANG", WNOHANG }, { "WUNTRACED", WUNTRACED },
	{ "WCONTINUED", WCONTINUED },
};
static const struct puppet_names wait_flags = {
	"W", wait_list, COUNT(wait_list)
};

static const struct puppet_name waitid_list[] = {
	{ "WEXITED", WEXITED }, { "WSTOPPED", WSTOPPED },
	{ "WCONTINUED", WCONTINUED }, { "WNOHANG", WNOHANG },
	{ "WNOWAIT", WNOWAIT },
};
static const struct puppet_names waitid_flags = {
	"W", waitid_list, COUNT(waitid_list)
};

static const struct puppet_name limit_list[] = {
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE }, { "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_CORE", RLIMIT_CORE }, { "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_CPU", RLIMIT_CPU }, { "RLIMIT_STACK", RLIMIT_STACK },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
};
static const struct puppet_names limits = {
	"RLIMIT_", limit_list, COUNT(limit_list)
};

static const struct puppet_name prctl_list[] = {
	{ "PR_SET_CHILD_SUBREAPER", PR_SET_CHILD_SUBREAPER },
	{ "PR_SET_PDEATHSIG", PR_SET_PDEATHSIG },
	{ "PR_SET_DUMPABLE", PR_SET_DUMPABLE },
	{ "PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS },
};
static const struct puppet_names prctls = {
	"PR_SET_", prctl_list, COUNT(prctl_list)
};

/* fork NAME: the name is for the person, the kernel never hears of it. */
static int take_child_name(struct puppet_parse *p,
			   const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);

	if (!word)
		return PUPPET_OK;
	if (!*word || strspn(word, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
	    strlen(word) || strlen(word) > 31)
		return puppet_bad(p, "'%.60s' is no name", word);
	return take_path(p, arg, i);
}

/* all | PID | pid PID | pgid PGID | pidfd FD: what kind, and its number. */
static int take_waitid(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	static const struct {
		const char *word, *c;
		int64_t type;
	} kinds[] = {
		{ "all", "P_ALL, 0", P_ALL }, { "pid", "P_PID, ", P_PID },
		{ "pgid", "P_PGID, ", P_PGID },
		{ "pidfd", "P_PIDFD, ", 3 },	/* no name before glibc 2.36 */
	};
	const char *word = puppet_word(p);
	int64_t number;
	size_t k = 0;

	if (!word)
		return puppet_missing(p, arg->name);
	while (k < COUNT(kinds) && strcasecmp(word, kinds[k].word) != 0)
		k++;
	if (k < COUNT(kinds))
		p->at++;
	else if (puppet_number(word, &number))
		k = number == -1 ? 0 : 1;
	else
		return puppet_bad(p, "'%.60s' is none of all, pid N, pgid N",
				  word);
	if (k >= 1 || puppet_number(word, &number)) {
		int rc;

		buf_str(&p->c[i], k ? kinds[k].c : "");
		rc = take_num(p, arg, i);
		if (rc != PUPPET_OK)
			return rc;
	}
	if (!k) {
		buf_clear(&p->c[i]);
		buf_str(&p->c[i], kinds[0].c);
		p->msg->val[i] = 0;
	}
	return puppet_num_add(p, kinds[k].type);
}

static int take_limit(struct puppet_parse *p, const struct puppet_arg *arg,
		      int i)
{
	const char *word = puppet_word(p);

	if (!word && arg->optional) {
		p->msg->val[i] = p->msg->val[i - 1];
		buf_str(&p->c[i], p->c[i - 1].text);
		return PUPPET_OK;
	}
	if (!word || (strcasecmp(word, "unlimited") != 0 &&
		      strcasecmp(word, "RLIM_INFINITY") != 0))
		return take_num(p, arg, i);
	p->at++;
	p->msg->val[i] = -1;
	buf_str(&p->c[i], "RLIM_INFINITY");
	return PUPPET_OK;
}

/* A signal for pdeathsig, else a number; 1 if it is left out. */
static int take_prctl_arg(struct puppet_parse *p, const struct puppet_arg *arg,
			  int i)
{
	static const struct puppet_arg number = {
		take_num, .name = "N", .optional = true, .value = 1, .c = "1",
	};

	if (p->msg->val[i - 1] == PR_SET_PDEATHSIG)
		return take_sig(p, arg, i);
	return take_num(p, &number, i);
}

static long act_exit(struct puppet_act *a)
{
	/* Nothing of stdio is in use here, so there is nothing to flush. */
	_exit(a->val[0]);
}

static long act_abort(struct puppet_act *a)
{
	(void)a;
	abort();
}

static void say_status(struct puppet_act *a, int status)
{
	char sig[32];

	if (WIFEXITED(status)) {
		puppet_say(a, "exited with %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		puppet_sig_text(WTERMSIG(status), sig, sizeof(sig));
		puppet_say(a, "killed by %s%s", sig,
			   WCOREDUMP(status) ? ", core dumped" : "");
	} else if (WIFSTOPPED(status)) {
		puppet_sig_text(WSTOPSIG(status), sig, sizeof(sig));
		puppet_say(a, "stopped by %s", sig);
	} else if (WIFCONTINUED(status)) {
		puppet_say(a, "continued");
	}
	puppet_say(a, " (status 0x%04x)", status);
}

static long act_wait(struct puppet_act *a)
{
	int status = 0;
	pid_t pid = wait(&status);

	if (pid > 0)
		say_status(a, status);
	return pid;
}

static long act_waitpid(struct puppet_act *a)
{
	int status = 0;
	pid_t pid = waitpid(a->val[0], &status, a->val[1]);

	if (pid > 0)
		say_status(a, status);
	else if (pid == 0)
		puppet_say(a, "no child has changed yet");
	return pid;
}

static const char *code_text(int code)
{
	static const char *const texts[] = {
		[CLD_EXITED] = "CLD_EXITED", [CLD_KILLED] = "CLD_KILLED",
		[CLD_DUMPED] = "CLD_DUMPED", [CLD_TRAPPED] = "CLD_TRAPPED",
		[CLD_STOPPED] = "CLD_STOPPED",
		[CLD_CONTINUED] = "CLD_CONTINUED",
	};

	return code > 0 && code < (int)COUNT(texts) ? texts[code] : "?";
}

static long act_waitid(struct puppet_act *a)
{
	siginfo_t info = { 0 };
	int ret = waitid(a->msg->num[0], a->val[0], &info, a->val[1]);

	if (ret == 0 && info.si_pid)
		puppet_say(a, "si_pid %d, si_code %s, si_status %d",
			   info.si_pid, code_text(info.si_code),
			   info.si_status);
	else if (ret == 0)
		puppet_say(a, "si_pid 0: no child has changed yet");
	return ret;
}

static long act_getpid(struct puppet_act *a)
{
	(void)a;
	return getpid();
}

static long act_getppid(struct puppet_act *a)
{
	(void)a;
	return getppid();
}

static long act_getpgrp(struct puppet_act *a)
{
	(void)a;
	return getpgrp();
}

static long act_setpgid(struct puppet_act *a)
{
	return setpgid(puppet_pid(a->val[0]), puppet_pid(a->val[1]));
}

static long act_getsid(struct puppet_act *a)
{
	return getsid(puppet_pid(a->val[0]));
}

static long act_setsid(struct puppet_act *a)
{
	(void)a;
	return setsid();
}

static long act_getuid(struct puppet_act *a)
{
	(void)a;
	return getuid();
}

static long act_prctl(struct puppet_act *a)
{
	/* The kernel insists on zeros where a command takes no more. */
	return prctl(a->val[0], a->val[1], 0L, 0L, 0L);
}

static long act_execve(struct puppet_act *a)
{
	char *argv[PUPPET_TEXTS + 1] = { NULL };

	for (unsigned int i = 0; i < a->msg->text_count; i++)
		argv[i] = (char *)puppet_text(a, i, NULL);
	if (!argv[0]) {
		errno = ENOENT;
		return -1;
	}
	return execve(argv[0], argv, environ);
}

static long act_setrlimit(struct puppet_act *a)
{
	struct rlimit limit = { a->val[1], a->val[2] };

	return setrlimit(a->val[0], &limit);
}

static void say_limit(struct puppet_act *a, const char *what, rlim_t n)
{
	if (n == RLIM_INFINITY)
		puppet_say(a, "%s unlimited", what);
	else
		puppet_say(a, "%s %llu", what, (unsigned long long)n);
}

static long act_getrlimit(struct puppet_act *a)
{
	struct rlimit limit;

	if (getrlimit(a->val[0], &limit) == -1)
		return -1;
	say_limit(a, "soft", limit.rlim_cur);
	say_limit(a, ", hard", limit.rlim_max);
	return 0;
}

static long act_kcmp(struct puppet_act *a)
{
	long ret = syscall(SYS_kcmp, puppet_pid(a->val[0]),
			   puppet_pid(a->val[1]), KCMP_FILE, a->val[2],
			   a->val[3]);

	if (ret != -1)
		puppet_say(a, ret ? "two open file descriptions"
				  : "the same open file description");
	return ret;
}

static const struct puppet_arg arg_name = { take_child_name, .name = "NAME" };
static const struct puppet_arg arg_status = {
	take_num, .name = "STATUS", .optional = true, .c = "0",
};
static const struct puppet_arg arg_any_pid = {
	take_num, .name = "PID", .optional = true, .value = -1, .c = "-1",
};
static const struct puppet_arg arg_this_pid = {
	take_pid, .name = "PID", .optional = true, .c = "0",
};
static const struct puppet_arg arg_pgid = {
	take_pid, .name = "PGID", .optional = true, .c = "0",
};
static const struct puppet_arg arg_pid1 = { take_pid, .name = "PID1" };
static const struct puppet_arg arg_pid2 = { take_pid, .name = "PID2" };
static const struct puppet_arg arg_fd1 = { take_num, .name = "FD1" };
static const struct puppet_arg arg_fd2 = { take_num, .name = "FD2" };
static const struct puppet_arg arg_wait_flags = {
	take_flags, .name = "FLAG", .names = &wait_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_waitid = { take_waitid, .name = "WHO" };
static const struct puppet_arg arg_waitid_flags = {
	take_flags, .name = "FLAG", .names = &waitid_flags,
};
static const struct puppet_arg arg_prctl = {
	take_word, .name = "OPTION", .names = &prctls,
};
static const struct puppet_arg arg_prctl_arg = {
	take_prctl_arg, .name = "SIG",
};
static const struct puppet_arg arg_path = { take_path, .name = "PROGRAM" };
static const struct puppet_arg arg_args = { take_args, .name = "ARG" };
static const struct puppet_arg arg_limit = {
	take_word, .name = "LIMIT", .names = &limits,
};
static const struct puppet_arg arg_soft = { take_limit, .name = "SOFT" };
static const struct puppet_arg arg_hard = {
	take_limit, .name = "HARD", .optional = true,
};

static const struct puppet_call calls[] = {
	{ "fork", "[NAME]", "make a child: a puppet of its own, named NAME",
	  { &arg_name }, "fork()", puppet_fork, EFFECT_FORK, 0 },
	{ "exit", "[STATUS]", "end the process",
	  { &arg_status }, "exit($0)", act_exit, EFFECT_NONE, 0 },
	{ "_exit", "[STATUS]", "end the process at once",
	  { &arg_status }, "_exit($0)", act_exit, EFFECT_NONE, 0 },
	{ "abort", "", "end the process by SIGABRT",
	  { 0 }, "abort()", act_abort, EFFECT_NONE, 0 },
	{ "wait", "", "wait for a child to end",
	  { 0 }, "wait(&status)", act_wait, EFFECT_NONE, 0 },
	{ "waitpid", "[PID] [nohang] [untraced] [continued]",
	  "wait for a child; without PID, -1: any",
	  { &arg_any_pid, &arg_wait_flags }, "waitpid($0, &status, $1)",
	  act_waitpid, EFFECT_NONE, 0 },
	{ "waitid", "all|PID|pgid PGID FLAG...",
	  "wait for exited, stopped, continued; nowait leaves it a zombie",
	  { &arg_waitid, &arg_waitid_flags }, "waitid($0, &info, $1)",
	  act_waitid, EFFECT_NONE, 0 },
	{ "getpid", "", "its own process id",
	  { 0 }, "getpid()", act_getpid, EFFECT_NONE, 0 },
	{ "getppid", "", "its parent's process id",
	  { 0 }, "getppid()", act_getppid, EFFECT_NONE, 0 },
	{ "getpgrp", "", "its process group",
	  { 0 }, "getpgrp()", act_getpgrp, EFFECT_NONE, 0 },
	{ "setpgid", "[PID [PGID]]", "move a process to a group; 0: its own",
	  { &arg_this_pid, &arg_pgid }, "setpgid($0, $1)", act_setpgid,
	  EFFECT_NONE, 0 },
	{ "getsid", "[PID]", "the session of a process; 0: its own",
	  { &arg_this_pid }, "getsid($0)", act_getsid, EFFECT_NONE, 0 },
	{ "setsid", "", "begin a session of its own",
	  { 0 }, "setsid()", act_setsid, EFFECT_NONE, 0 },
	{ "getuid", "", "its user id",
	  { 0 }, "getuid()", act_getuid, EFFECT_NONE, 0 },
	{ "prctl", "child_subreaper [N] | pdeathsig SIG",
	  "adopt orphaned grandchildren; get SIG when the parent dies",
	  { &arg_prctl, &arg_prctl_arg }, "prctl($0, $1)", act_prctl,
	  EFFECT_NONE, 0 },
	{ "execve", "PROGRAM [ARG...]",
	  "become another program: a path, nothing is searched",
	  { &arg_path, &arg_args }, "execve($0, $1, environ)", act_execve,
	  EFFECT_NONE, 0 },
	{ "setrlimit", "LIMIT SOFT [HARD]",
	  "limit itself: nofile 10, nproc 6, core unlimited",
	  { &arg_limit, &arg_soft, &arg_hard },
	  "setrlimit($0, &(struct rlimit){ $1, $2 })", act_setrlimit,
	  EFFECT_NONE, 0 },
	{ "getrlimit", "LIMIT", "ask for a limit",
	  { &arg_limit }, "getrlimit($0, &limit)", act_getrlimit,
	  EFFECT_NONE, 0 },
	{ "kcmp", "PID1 PID2 FD1 FD2",
	  "do two descriptors share one open file description?",
	  { &arg_pid1, &arg_pid2, &arg_fd1, &arg_fd2 },
	  "syscall(SYS_kcmp, $0, $1, KCMP_FILE, $2, $3)", act_kcmp,
	  EFFECT_NONE, 0 },
};

const struct puppet_group puppet_proc = { calls, COUNT(calls) };
