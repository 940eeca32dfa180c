/* puppet_signal - the puppet's signals, timers and naps */
#include "box/puppet_call.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum disposition {
	DISPOSE_HANDLER,
	DISPOSE_IGNORE,
	DISPOSE_DEFAULT,

	NUM_DISPOSITIONS
};

static const struct puppet_name dispose_list[] = {
	{ "handler", DISPOSE_HANDLER }, { "ignore", DISPOSE_IGNORE },
	{ "default", DISPOSE_DEFAULT }, { "SIG_IGN", DISPOSE_IGNORE },
	{ "SIG_DFL", DISPOSE_DEFAULT },
};
static const struct puppet_names disposes = {
	"", dispose_list, COUNT(dispose_list)
};
static const char *const dispose_c[] = {
	[DISPOSE_HANDLER] = "handler",
	[DISPOSE_IGNORE] = "SIG_IGN",
	[DISPOSE_DEFAULT] = "SIG_DFL",
};
static_assert(COUNT(dispose_c) == NUM_DISPOSITIONS, "one has no name in C");

static const struct puppet_name sa_list[] = {
	{ "SA_RESTART", SA_RESTART }, { "SA_NODEFER", SA_NODEFER },
	{ "SA_RESETHAND", SA_RESETHAND }, { "SA_SIGINFO", SA_SIGINFO },
	{ "SA_NOCLDWAIT", SA_NOCLDWAIT }, { "SA_NOCLDSTOP", SA_NOCLDSTOP },
	{ "SA_ONSTACK", SA_ONSTACK },
};
static const struct puppet_names sa_flags = {
	"SA_", sa_list, COUNT(sa_list)
};

static const struct puppet_name how_list[] = {
	{ "SIG_BLOCK", SIG_BLOCK }, { "SIG_UNBLOCK", SIG_UNBLOCK },
	{ "SIG_SETMASK", SIG_SETMASK },
};
static const struct puppet_names hows = {
	"SIG_", how_list, COUNT(how_list)
};

static const struct puppet_name timer_list[] = {
	{ "ITIMER_REAL", ITIMER_REAL }, { "ITIMER_VIRTUAL", ITIMER_VIRTUAL },
	{ "ITIMER_PROF", ITIMER_PROF },
};
static const struct puppet_names timers = {
	"ITIMER_", timer_list, COUNT(timer_list)
};

/* It does nothing: that it ran is seen in the trace. */
static void handler(int sig)
{
	(void)sig;
}

static void handler_info(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

static int take_dispose(struct puppet_parse *p, const struct puppet_arg *arg,
			int i)
{
	const struct puppet_name *name = puppet_word(p) ?
		puppet_name_find(arg->names, puppet_word(p)) : NULL;

	p->msg->val[i] = name ? name->value : DISPOSE_HANDLER;
	if (name)
		p->at++;
	buf_str(&p->c[i], dispose_c[p->msg->val[i]]);
	return PUPPET_OK;
}

/* The flags, and mask=USR1,USR2: together the rest of struct sigaction. */
static int take_sa_flags(struct puppet_parse *p, const struct puppet_arg *arg,
			 int i)
{
	const char *mask = p->key[KEY_MASK];
	struct buf *c = &p->c[i];
	uint64_t set = 0;
	int rc = take_flags(p, arg, i);

	if (rc != PUPPET_OK)
		return rc;
	if (mask && !puppet_sigset_find(mask, &set))
		return puppet_bad(p, "mask=SIG,SIG: '%.60s'", mask);
	if (mask) {
		buf_str(&p->before, "sigemptyset(&set); ");
		buf_str(c, ", .sa_mask = set");
	}
	for (int sig = 1; sig <= 64; sig++) {
		char name[32];

		if (!(set >> (sig - 1) & 1))
			continue;
		puppet_sig_text(sig, name, sizeof(name));
		buf_fmt(&p->before, "sigaddset(&set, %s); ", name);
	}
	memcpy(&p->msg->val[i + 1], &set, sizeof(set));
	/* The member that holds the handler has another name with SIGINFO. */
	if (p->msg->val[i] & SA_SIGINFO &&
	    p->msg->val[i - 1] == DISPOSE_HANDLER) {
		buf_clear(&p->c[i - 1]);
		buf_str(&p->c[i - 1], ".sa_sigaction = handler_info");
	} else {
		const char *what = dispose_c[p->msg->val[i - 1]];

		buf_clear(&p->c[i - 1]);
		buf_fmt(&p->c[i - 1], ".sa_handler = %s", what);
	}
	return PUPPET_OK;
}

/* SECONDS [INTERVAL] as a struct itimerval. */
static int take_timer(struct puppet_parse *p, const struct puppet_arg *arg,
		      int i)
{
	int64_t ns[2] = { 0, 0 };

	if (!puppet_word(p))
		return puppet_missing(p, arg->name);
	for (int n = 0; n < 2 && puppet_word(p); n++, p->at++)
		if (!puppet_seconds(puppet_word(p), &ns[n]))
			return puppet_bad(p, "'%.60s' is no time in seconds",
					  puppet_word(p));
	buf_fmt(&p->c[i], "&(struct itimerval){ .it_value = { %lld, %lld }, "
		".it_interval = { %lld, %lld } }",
		(long long)ns[0] / 1000000000,
		(long long)ns[0] / 1000 % 1000000,
		(long long)ns[1] / 1000000000,
		(long long)ns[1] / 1000 % 1000000);
	p->msg->val[i] = ns[0];
	return puppet_num_add(p, ns[1]);
}

/* kill's -1 means each process that one may kill: not by a slip. */
static int take_target(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	int rc = take_pid(p, arg, i);

	if (rc == PUPPET_OK && p->msg->val[i] == -1)
		return puppet_bad(p, "-1 is every process that you may kill");
	return rc;
}

static void make_set(int64_t val, sigset_t *set)
{
	uint64_t bits;

	memcpy(&bits, &val, sizeof(bits));
	sigemptyset(set);
	for (int sig = 1; sig <= 64; sig++)
		if (bits >> (sig - 1) & 1)
			sigaddset(set, sig);
}

static long act_kill(struct puppet_act *a)
{
	return kill(puppet_pid(a->val[0]), a->val[1]);
}

static long act_raise(struct puppet_act *a)
{
	return raise(a->val[0]);
}

static void set_handler(struct sigaction *action, int64_t dispose, bool info)
{
	if (dispose == DISPOSE_IGNORE)
		action->sa_handler = SIG_IGN;
	else if (dispose == DISPOSE_DEFAULT)
		action->sa_handler = SIG_DFL;
	else if (info)
		action->sa_sigaction = handler_info;
	else
		action->sa_handler = handler;
}

static long act_sigaction(struct puppet_act *a)
{
	struct sigaction action = { .sa_flags = a->val[2] };

	make_set(a->val[3], &action.sa_mask);
	set_handler(&action, a->val[1], a->val[2] & SA_SIGINFO);
	return sigaction(a->val[0], &action, NULL);
}

static long act_signal(struct puppet_act *a)
{
	struct sigaction action = { .sa_flags = 0 };
	sighandler_t old;

	set_handler(&action, a->val[1], false);
	old = signal(a->val[0], action.sa_handler);
	if (old == SIG_ERR)
		return -1;
	puppet_say(a, "before: %s", old == SIG_DFL ? "SIG_DFL" :
		   old == SIG_IGN ? "SIG_IGN" : "handler");
	return 0;
}

static long act_sigprocmask(struct puppet_act *a)
{
	sigset_t set;

	make_set(a->val[1], &set);
	return sigprocmask(a->val[0], &set, NULL);
}

static long act_sigpending(struct puppet_act *a)
{
	sigset_t set;
	uint64_t bits = 0;
	char text[512];

	if (sigpending(&set) == -1)
		return -1;
	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&set, sig) == 1)
			bits |= 1ULL << (sig - 1);
	puppet_sigset_text(bits, text, sizeof(text));
	puppet_say(a, "%s", text);
	return 0;
}

static long act_sigsuspend(struct puppet_act *a)
{
	sigset_t set;

	make_set(a->val[0], &set);
	return sigsuspend(&set);
}

static long act_alarm(struct puppet_act *a)
{
	unsigned int left = alarm(a->val[0]);

	if (left)
		puppet_say(a, "%u s were left of the alarm before", left);
	return left;
}

static long act_setitimer(struct puppet_act *a)
{
	int64_t value = a->val[1], interval = a->msg->num[0];
	struct itimerval timer = {
		.it_value = { value / 1000000000, value / 1000 % 1000000 },
		.it_interval = { interval / 1000000000,
				 interval / 1000 % 1000000 },
	};

	return setitimer(a->val[0], &timer, NULL);
}

static long act_pause(struct puppet_act *a)
{
	(void)a;
	return pause();
}

static long act_sleep(struct puppet_act *a)
{
	unsigned int left = sleep(a->val[0]);

	if (left)
		puppet_say(a, "%u s were left", left);
	return left;
}

static long act_nanosleep(struct puppet_act *a)
{
	int64_t ns = a->val[0];
	struct timespec time = { ns / 1000000000, ns % 1000000000 }, left;
	int ret = nanosleep(&time, &left);
	int reason = errno;

	if (ret == -1 && reason == EINTR)
		puppet_say(a, "%lld.%09ld s were left", (long long)left.tv_sec,
			   left.tv_nsec);
	errno = reason;
	return ret;
}

static const struct puppet_arg arg_pid = { take_target, .name = "PID" };
static const struct puppet_arg arg_sig = { take_sig, .name = "SIG" };
static const struct puppet_arg arg_dispose = {
	take_dispose, .name = "HOW", .names = &disposes,
};
static const struct puppet_arg arg_sa_flags = {
	take_sa_flags, .name = "FLAG", .names = &sa_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_how = {
	take_word, .name = "HOW", .names = &hows,
};
static const struct puppet_arg arg_sigs = { take_sigs, .name = "SIG" };
static const struct puppet_arg arg_seconds = { take_num, .name = "SECONDS" };
static const struct puppet_arg arg_time = { take_time, .name = "SECONDS" };
static const struct puppet_arg arg_timer = {
	take_word, .name = "TIMER", .names = &timers,
};
static const struct puppet_arg arg_value = { take_timer, .name = "SECONDS" };

static const struct puppet_call calls[] = {
	{ "kill", "PID SIG", "send a signal to a process, or to a -group",
	  { &arg_pid, &arg_sig }, "kill($0, $1)", act_kill, EFFECT_NONE, 0 },
	{ "raise", "SIG", "send a signal to itself",
	  { &arg_sig }, "raise($0)", act_raise, EFFECT_NONE, 0 },
	{ "sigaction", "SIG [handler|ignore|default] [FLAG...] [mask=SIG,SIG]",
	  "what a signal does: restart, nodefer, resethand, siginfo",
	  { &arg_sig, &arg_dispose, &arg_sa_flags },
	  "sigaction($0, &(struct sigaction){ $1, .sa_flags = $2 }, NULL)",
	  act_sigaction, EFFECT_NONE, 1U << KEY_MASK },
	{ "signal", "SIG [handler|ignore|default]",
	  "the same by the C library, which adds SA_RESTART",
	  { &arg_sig, &arg_dispose }, "signal($0, $1)", act_signal,
	  EFFECT_NONE, 0 },
	{ "sigprocmask", "block|unblock|setmask SIG...|none|all",
	  "hold signals back, or let them through",
	  { &arg_how, &arg_sigs }, "sigprocmask($0, $1, NULL)",
	  act_sigprocmask, EFFECT_NONE, 0 },
	{ "sigpending", "", "which signals were held back",
	  { 0 }, "sigpending(&set)", act_sigpending, EFFECT_NONE, 0 },
	{ "sigsuspend", "SIG...|none|all",
	  "wait for a signal with these held back",
	  { &arg_sigs }, "sigsuspend($0)", act_sigsuspend, EFFECT_NONE, 0 },
	{ "alarm", "SECONDS", "SIGALRM in that time; 0 takes it back",
	  { &arg_seconds }, "alarm($0)", act_alarm, EFFECT_NONE, 0 },
	{ "setitimer", "real|virtual|prof SECONDS [INTERVAL]",
	  "SIGALRM in that time, and again each INTERVAL",
	  { &arg_timer, &arg_value }, "setitimer($0, $1, NULL)",
	  act_setitimer, EFFECT_NONE, 0 },
	{ "pause", "", "wait for a signal",
	  { 0 }, "pause()", act_pause, EFFECT_NONE, 0 },
	{ "sleep", "SECONDS", "sleep whole seconds",
	  { &arg_seconds }, "sleep($0)", act_sleep, EFFECT_NONE, 0 },
	{ "nanosleep", "SECONDS", "sleep, as 0.5",
	  { &arg_time }, "nanosleep(&(struct timespec)$0, &left)",
	  act_nanosleep, EFFECT_NONE, 0 },
};

const struct puppet_group puppet_signal = { calls, COUNT(calls) };
