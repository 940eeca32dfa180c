/*
 * The command `doctor`: runs the probes. See doctor.h; what they found is
 * printed by doctor_report.c.
 */
#include "doctor_report.h"

#include "commands.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_CALLS	"system calls and signals are not seen; unless " \
			"somebody else traces, labs start only with --no-strace"
#define UNOBSERVABLE	"is reported as not observable here"

const struct check doctor_checks[] = {
	[CHECK_PROC] = {
		"proc", GROUP_MACHINE, FOR_BOX | FOR_PLAIN,
		"the states of processes",
		"nothing works" },
	[CHECK_TERMINALS] = {
		"terminals", GROUP_MACHINE, FOR_BOX | FOR_PLAIN,
		"each actor has one, and a ^C is a SIGINT",
		"no actor can be started" },
	[CHECK_CHILDREN] = {
		"children", GROUP_MACHINE, FOR_PLAIN,
		"plain mode's clean-up, and --no-strace",
		"children are not found without strace, and in plain mode "
		"they may outlive their lab" },
	[CHECK_STRACE] = {
		"strace", GROUP_MACHINE, FOR_BOX | FOR_PLAIN,
		"system calls and signals", NO_CALLS },
	[CHECK_PIDS_SOCKET] = {
		"pids", GROUP_MACHINE, 0,
		"underglass pids, in another terminal",
		"`underglass pids` finds nothing; at the prompt it works" },
	[CHECK_USERNS] = {
		"user namespaces", GROUP_BOX, FOR_BOX,
		"a box without being root",
		"labs run in plain mode, without hosts and without the wire" },
	[CHECK_BOX] = {
		"box", GROUP_BOX, FOR_BOX,
		"pids, /proc, /tmp and a network of its own",
		"labs run in plain mode, without hosts and without the wire" },
	[CHECK_TRACING] = {
		"tracing", GROUP_BOX, FOR_BOX,
		"strace shows what actors do, from execve() on", NO_CALLS },
	[CHECK_NUMBERS] = {
		"numbers", GROUP_BOX, 0,
		"an actor's children have the next pids",
		"pids are less pretty; nothing else" },
	[CHECK_FOLDER] = {
		"folder", GROUP_BOX, FOR_BOX,
		"what actors write goes with the box",
		"what actors write into a lab's folder stays there" },
	[CHECK_HOSTS] = {
		"hosts", GROUP_BOX, FOR_BOX,
		"labs between a client and a server",
		"labs with `hosts` do not run" },
	[CHECK_WIRE] = {
		"wire", GROUP_BOX, FOR_BOX,
		"frames between hosts can be seen and held",
		"hosts cannot talk to each other" },
	[CHECK_STATES] = {
		"states", GROUP_BOX, FOR_BOX,
		"TCP states on both sides (sock_diag)",
		"what `tcp` would say " UNOBSERVABLE },
	[CHECK_COUNTERS] = {
		"counters", GROUP_BOX, FOR_BOX,
		"what the kernel dropped, refused, sent again",
		"what `count` would say " UNOBSERVABLE },
	[CHECK_SYSCTL] = {
		"sysctl", GROUP_BOX, FOR_BOX,
		"one host's settings, and no other's",
		"labs with `sysctl` do not run" },
	[CHECK_LO] = {
		"packets", GROUP_BOX, FOR_BOX,
		"what goes over the box's lo (AF_PACKET)",
		"without hosts, what `wire` would say " UNOBSERVABLE },
	[CHECK_PLAIN] = {
		"plain mode", GROUP_PLAIN, FOR_PLAIN,
		"actors here, which end with their lab",
		"labs do not run where a box is refused" },
	[CHECK_PLAIN_TRACING] = {
		"plain tracing", GROUP_PLAIN, FOR_PLAIN,
		"strace shows what actors do", NO_CALLS },
	[CHECK_PLAIN_HOSTS] = {
		"plain hosts", GROUP_PLAIN, FOR_PLAIN,
		"127.0.0.1 and 127.0.0.2 stand for hosts",
		"labs with `hosts` do not run" },
	[CHECK_PLAIN_STATES] = {
		"plain states", GROUP_PLAIN, FOR_PLAIN,
		"TCP states (sock_diag)",
		"what `tcp` would say " UNOBSERVABLE },
	[CHECK_PLAIN_COUNTERS] = {
		"plain counters", GROUP_PLAIN, FOR_PLAIN,
		"this machine's own, everybody's included",
		"what `count` would say " UNOBSERVABLE },
	[CHECK_PLAIN_LO] = {
		"plain packets", GROUP_PLAIN, 0,
		"what goes over this machine's lo (AF_PACKET)",
		"what `wire` would say " UNOBSERVABLE },
	[CHECK_UTF8] = {
		"characters", GROUP_SCREEN, 0,
		"arrows, marks and prose beyond ASCII (UTF-8)",
		"signs are spelled with ASCII; Korean cannot be shown" },
	[CHECK_COLOURS] = {
		"colours", GROUP_SCREEN, 0,
		"who did what, at a glance", "plain text" },
	[CHECK_WIDTH] = {
		"columns", GROUP_SCREEN, 0,
		"80 for whole lines, 110 for prose beside them",
		"lines are cut; --wide shows them whole" },
};
static_assert(sizeof(doctor_checks) / sizeof(doctor_checks[0]) == NUM_CHECKS,
	      "a check is not described");

/*
 * In the order of their running. Where `needs` was not seen to work, a probe
 * is not run. It tells of the checks from first to last.
 */
static const struct attempt {
	doctor_probe *run;
	enum check_id first, last, needs;
} attempts[] = {
	{ probe_proc, CHECK_PROC, CHECK_PROC, NUM_CHECKS },
	{ probe_terminals, CHECK_TERMINALS, CHECK_TERMINALS, NUM_CHECKS },
	{ probe_children, CHECK_CHILDREN, CHECK_CHILDREN, CHECK_PROC },
	{ probe_strace, CHECK_STRACE, CHECK_STRACE, NUM_CHECKS },
	{ probe_pids_socket, CHECK_PIDS_SOCKET, CHECK_PIDS_SOCKET,
	  CHECK_PROC },
	{ probe_userns, CHECK_USERNS, CHECK_USERNS, CHECK_PROC },
	{ probe_box, CHECK_BOX, CHECK_NUMBERS, CHECK_USERNS },
	{ probe_folder, CHECK_FOLDER, CHECK_FOLDER, CHECK_BOX },
	{ probe_hosts, CHECK_HOSTS, CHECK_SYSCTL, CHECK_BOX },
	{ probe_lo, CHECK_LO, CHECK_LO, CHECK_BOX },
	{ probe_plain, CHECK_PLAIN, CHECK_PLAIN_LO, CHECK_PROC },
	{ probe_screen, CHECK_UTF8, CHECK_WIDTH, NUM_CHECKS },
};

struct told {
	enum check_id id;
	struct finding found;
};

static void tell(struct visit *v, enum check_id id, struct finding *found)
{
	struct told told = { .id = id, .found = *found };

	if (send(v->out, &told, sizeof(told), MSG_NOSIGNAL) == -1)
		_exit(1);	/* nobody is left to be told */
}

void visit_works(struct visit *v, enum check_id id, const char *detail)
{
	struct finding found = { .state = CHECK_WORKS };

	if (detail)
		snprintf(found.detail, sizeof(found.detail), "%s", detail);
	tell(v, id, &found);
}

void visit_fails(struct visit *v, enum check_id id, int error,
		 const struct errmsg *err)
{
	struct finding found = { .state = CHECK_FAILS, .error = error };

	snprintf(found.why, sizeof(found.why), "%s", err->text);
	tell(v, id, &found);
}

void visit_untested(struct visit *v, enum check_id id, const char *why)
{
	struct finding found = { .state = CHECK_UNTESTED };

	snprintf(found.why, sizeof(found.why), "%s", why);
	tell(v, id, &found);
}

/* A probe's own process. It ends with this one, and its boxes with it. */
static void be_probe(const struct doctor *d, const struct attempt *p, int out)
{
	struct visit v = {
		.out = out,
		.columns = d->s->view_opt.columns,
		.before = d->found,
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	p->run(&v);
	_exit(0);
}

static void take_answer(struct doctor *d, const struct told *told)
{
	if (d->answered[told->id])
		return;
	d->answered[told->id] = true;
	d->found[told->id] = told->found;
}

/* What the probe says, until its end or the limit. False: it was the limit. */
static bool listen_to(struct doctor *d, int in)
{
	struct told told;

	for (;;) {
		struct pollfd pfd = { in, POLLIN, 0 };
		int n = poll(&pfd, 1, DOCTOR_LIMIT_MS);

		if (n == -1 && errno == EINTR && !session_interrupted &&
		    !session_terminated)
			continue;
		if (n != 1)
			return false;
		if (recv(in, &told, sizeof(told), 0) != sizeof(told))
			return true;
		take_answer(d, &told);
	}
}

static void say_unanswered(struct doctor *d, const struct attempt *p,
			   bool in_time, int status)
{
	bool first = true;

	for (int id = p->first; id <= (int)p->last; id++) {
		struct finding *found = &d->found[id];

		if (d->answered[id])
			continue;
		found->state = first ? CHECK_FAILS : CHECK_UNTESTED;
		if (!first)
			snprintf(found->why, sizeof(found->why), "not tested: "
				 "what comes before it does not work");
		else if (!in_time)
			snprintf(found->why, sizeof(found->why), "no answer "
				 "within the limit of %d s",
				 DOCTOR_LIMIT_MS / 1000);
		else if (WIFSIGNALED(status))
			snprintf(found->why, sizeof(found->why), "the test was "
				 "ended by %s", strsignal(WTERMSIG(status)));
		else
			found->state = CHECK_UNTESTED;
		if (!found->why[0])
			snprintf(found->why, sizeof(found->why), "not tested: "
				 "what comes before it does not work");
		first = false;
	}
}

static void skip_probe(struct doctor *d, const struct attempt *p)
{
	for (int id = p->first; id <= (int)p->last; id++)
		snprintf(d->found[id].why, sizeof(d->found[id].why),
			 "not tested: it needs `%s`",
			 doctor_checks[p->needs].name);
}

static void run_probe(struct doctor *d, const struct attempt *p)
{
	int pair[2], status = 0;
	bool in_time = true;
	pid_t pid = -1;

	if (p->needs != NUM_CHECKS &&
	    d->found[p->needs].state != CHECK_WORKS) {
		skip_probe(d, p);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0) {
		pid = fork();
		if (pid == 0)
			be_probe(d, p, pair[1]);
		close(pair[1]);
		if (pid != -1)
			in_time = listen_to(d, pair[0]);
		close(pair[0]);
	}
	if (pid == -1) {
		snprintf(d->found[p->first].why, sizeof(d->found[0].why),
			 "fork: %s", strerror(errno));
		d->found[p->first].state = CHECK_FAILS;
		d->answered[p->first] = true;
	} else {
		if (!in_time)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
	}
	say_unanswered(d, p, in_time, status);
}

int cmd_doctor(struct session *s, int argc, char **argv, struct errmsg *err)
{
	static struct doctor d;

	(void)argc;
	(void)argv;
	(void)err;
	d = (struct doctor){ .s = s };
	style_init(&d.st, stdout, s->view_opt.columns);
	facts_gather(&d.facts);
	if (!s->json)
		report_machine(&d);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		/* What is in the buffer would be printed by two. */
		fflush(stdout);
		run_probe(&d, &attempts[i]);
		if (session_interrupted || session_terminated)
			return EXIT_CANNOT;
		for (int id = attempts[i].first;
		     id <= (int)attempts[i].last; id++)
			report_check(&d, id);
	}
	return report_end(&d);
}
