/*
 * The command `doctor`: runs the probes, prints what they found, and says in
 * which mode labs will run. See doctor.h.
 *
 * Exit status: 0 if labs run in the mode that is asked for (the glass box, or
 * plain mode with --no-box) and everything that they need there was seen to
 * work; 3 if it was not, be it that they run in plain mode only, or with less
 * to see, or not at all. What is merely pleasant (colours, small pids) does
 * not count.
 *
 * With --json each check is a line {"type":"check",...}, then comes one
 * {"type":"doctor",...}.
 */
#include "doctor.h"

#include "commands.h"
#include "view/style.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOR_BOX		(1U << 0)	/* labs in the box need it */
#define FOR_PLAIN	(1U << 1)	/* labs in plain mode need it */
#define NAME_COLUMNS	20
#define TEXT_COLUMN	13		/* of why, costs and fix */
#define MAX_COLUMNS	92

enum group {
	GROUP_MACHINE,
	GROUP_BOX,
	GROUP_PLAIN,
	GROUP_SCREEN,

	NUM_GROUPS
};

static const struct {
	const char *name, *title;
} groups[] = {
	[GROUP_MACHINE]	= { "machine", "This machine" },
	[GROUP_BOX]	= { "box", "The glass box" },
	[GROUP_PLAIN]	= { "plain", "Plain mode (--no-box)" },
	[GROUP_SCREEN]	= { "screen", "The screen" },
};
static_assert(sizeof(groups) / sizeof(groups[0]) == NUM_GROUPS,
	      "a group has no name");

struct check {
	const char *name;
	enum group group;
	unsigned int needed_by;
	const char *needed_for;
	const char *costs;	/* what is not to be had without it */
};

#define NO_CALLS	"system calls and signals are not seen; unless " \
			"somebody else traces, labs start only with --no-strace"
#define UNOBSERVABLE	"is reported as not observable here"

static const struct check checks[] = {
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
static_assert(sizeof(checks) / sizeof(checks[0]) == NUM_CHECKS,
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

struct doctor {
	struct session *s;
	struct style st;
	struct facts facts;
	struct finding found[NUM_CHECKS];
	bool answered[NUM_CHECKS];
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
			 "not tested: it needs `%s`", checks[p->needs].name);
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

static const char *ink(const struct doctor *d, enum ink which)
{
	return style_ink(&d->st, which);
}

static int text_width(const struct doctor *d)
{
	int columns = d->st.columns < MAX_COLUMNS ? d->st.columns :
		MAX_COLUMNS;

	return columns > TEXT_COLUMN + 20 ? columns - TEXT_COLUMN : 20;
}

/* Prose in a column of its own, behind a word. */
static void print_prose(const struct doctor *d, const char *word,
			const char *text)
{
	bool in_code = false;

	while (*text) {
		struct buf b = { 0 };
		const char *next;
		size_t n = style_wrap(&d->st, text, text_width(d), &next);

		style_prose(&d->st, &b, text, n, &in_code);
		printf("%5s%s%-7s%s %s\n", "", ink(d, INK_DIM), word,
		       style_off(&d->st), b.text ? b.text : "");
		buf_release(&b);
		word = "";
		text = next;
	}
}

/* Commands are printed whole, whatever the width: they are to be copied. */
static void print_fix(const struct doctor *d, const char *fix)
{
	const char *word = "fix";

	while (*fix) {
		size_t n = strcspn(fix, "\n");
		char *line = xstrndup(fix, n);

		if (*line == '#')
			print_prose(d, word, line);
		else
			printf("%5s%s%-7s%s %s%s%s\n", "", ink(d, INK_DIM),
			       word, style_off(&d->st), ink(d, INK_BOLD), line,
			       style_off(&d->st));
		free(line);
		word = "";
		fix += n + (fix[n] == '\n');
	}
}

static void print_mark(const struct doctor *d, const struct finding *found,
		       bool needed)
{
	switch (found->state) {
	case CHECK_WORKS:
		printf(" %s%s%s ", ink(d, INK_GOOD), style_check(&d->st),
		       style_off(&d->st));
		break;
	case CHECK_FAILS:
		printf(" %s%s%s ", ink(d, needed ? INK_BAD : INK_BOLD),
		       style_cross(&d->st), style_off(&d->st));
		break;
	case CHECK_UNTESTED:
		printf(" %s%s%s ", ink(d, INK_DIM), style_dot(&d->st),
		       style_off(&d->st));
		break;
	}
}

static void print_text(const struct doctor *d, enum check_id id,
		       const char *fix)
{
	const struct finding *found = &d->found[id];
	const struct check *check = &checks[id];
	char name[64];

	if (id == CHECK_PROC || check->group != checks[id - 1].group)
		printf("\n%s%s%s\n", ink(d, INK_TITLE),
		       groups[check->group].title, style_off(&d->st));
	snprintf(name, sizeof(name), "%s%s%s", check->name,
		 found->detail[0] ? " " : "", found->detail);
	print_mark(d, found, check->needed_by != 0);
	printf("%-*s %s%s%s\n", NAME_COLUMNS, name,
	       ink(d, found->state == CHECK_FAILS ? INK_PLAIN : INK_DIM),
	       check->needed_for, style_off(&d->st));
	if (found->state != CHECK_FAILS)
		return;
	print_prose(d, "why", found->why);
	print_prose(d, "costs", check->costs);
	print_fix(d, fix);
}

static void set_string(json_t *o, const char *key, const char *value)
{
	json_t *text = value && *value ? json_string(value) : json_null();

	json_object_set_new(o, key, text ? text : json_string("?"));
}

static void put_json(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

	puts(text ? text : "{\"type\":\"unprintable\"}");
	free(text);
	json_decref(o);
}

static void print_json(const struct doctor *d, enum check_id id,
		       const char *fix)
{
	const struct finding *found = &d->found[id];
	const struct check *check = &checks[id];
	bool fails = found->state == CHECK_FAILS;
	json_t *o = json_object();

	set_string(o, "type", "check");
	set_string(o, "name", check->name);
	set_string(o, "group", groups[check->group].name);
	json_object_set_new(o, "works",
			    json_boolean(found->state == CHECK_WORKS));
	json_object_set_new(o, "tested",
			    json_boolean(found->state != CHECK_UNTESTED));
	json_object_set_new(o, "needed", json_boolean(check->needed_by != 0));
	set_string(o, "needed_for", check->needed_for);
	set_string(o, "detail", found->detail);
	set_string(o, "why", found->why);
	set_string(o, "costs", fails ? check->costs : NULL);
	set_string(o, "fix", fix);
	put_json(o);
}

static void print_check(struct doctor *d, enum check_id id)
{
	struct buf fix = { 0 };

	if (d->found[id].state == CHECK_FAILS)
		doctor_advise(id, &d->facts, &d->found[id], &fix);
	if (fix.len && fix.text[fix.len - 1] == '\n')
		fix.text[fix.len - 1] = '\0';
	if (d->s->json)
		print_json(d, id, fix.text ? fix.text : "");
	else
		print_text(d, id, fix.text ? fix.text : "");
	buf_release(&fix);
}

enum mode {
	MODE_NONE,
	MODE_BOX,
	MODE_PLAIN,
};

static bool works(const struct doctor *d, enum check_id id)
{
	return d->found[id].state == CHECK_WORKS;
}

/* As session_open_run() will decide, and as run_start() will succeed. */
static enum mode choose_mode(const struct doctor *d)
{
	bool box = !d->s->plain && works(d, CHECK_BOX);
	bool blind = d->s->no_strace || d->s->traced;

	if (!works(d, CHECK_PROC) || !works(d, CHECK_TERMINALS))
		return MODE_NONE;
	if (box)
		return blind || works(d, CHECK_TRACING) ? MODE_BOX : MODE_NONE;
	if (!works(d, CHECK_PLAIN))
		return MODE_NONE;
	return blind || works(d, CHECK_PLAIN_TRACING) ? MODE_PLAIN : MODE_NONE;
}

static bool is_unwanted(const struct doctor *d, int id)
{
	return d->s->no_strace && (id == CHECK_STRACE || id == CHECK_TRACING ||
				   id == CHECK_PLAIN_TRACING);
}

/* What labs need in this mode (FOR_...), and have not. */
static size_t find_missing(const struct doctor *d, unsigned int mode,
			   const char **missing)
{
	size_t count = 0;

	for (int id = 0; id < NUM_CHECKS; id++)
		if (d->found[id].state == CHECK_FAILS &&
		    (checks[id].needed_by & mode) && !is_unwanted(d, id))
			missing[count++] = checks[id].name;
	return count;
}

static void add_missing(const struct doctor *d, unsigned int mode,
			const char *before, struct buf *b)
{
	const char *list[NUM_CHECKS];
	size_t count = find_missing(d, mode, list);

	if (count)
		buf_str(b, before);
	for (size_t i = 0; i < count; i++)
		buf_fmt(b, "%s%s", i == 0 ? "" : i + 1 < count ? ", " :
			" and ", list[i]);
}

static void summarize(const struct doctor *d, enum mode mode, bool good,
		      struct buf *b)
{
	switch (mode) {
	case MODE_BOX:
		buf_fmt(b, "Labs run in the glass box%s", good ?
			", with all that they need" : "");
		add_missing(d, FOR_BOX, ", but without what needs ", b);
		break;
	case MODE_PLAIN:
		buf_fmt(b, "Labs run in plain mode, %s", d->s->plain ?
			"as --no-box asks" : "because there is no box here");
		add_missing(d, FOR_PLAIN, ", but without what needs ", b);
		buf_str(b, ". They share this machine's pids and loopback; "
			"what needs the wire is reported as not observable "
			"here");
		break;
	case MODE_NONE:
		buf_str(b, "Labs do not run here");
		add_missing(d, d->s->plain ? FOR_PLAIN : FOR_BOX,
			    ": they need ", b);
		break;
	}
	buf_str(b, ".");
	if (mode != MODE_NONE && d->facts.tracer)
		buf_fmt(b, " System calls are left to %s, process %d.",
			d->facts.tracer_name, d->facts.tracer);
	else if (mode != MODE_NONE && d->s->no_strace)
		buf_str(b, " System calls stay unseen, as --no-strace asks.");
}

static void print_paragraph(const struct doctor *d, enum ink which,
			    const char *text)
{
	int columns = d->st.columns < MAX_COLUMNS ? d->st.columns :
		MAX_COLUMNS;

	while (*text) {
		const char *next;
		size_t n = style_wrap(&d->st, text, columns, &next);

		printf("%s%.*s%s\n", ink(d, which), (int)n, text,
		       style_off(&d->st));
		text = next;
	}
}

static void print_machine(const struct doctor *d)
{
	const struct facts *f = &d->facts;
	struct buf b = { 0 };

	buf_fmt(&b, "%s, %s, as %s", f->os_name, f->kernel,
		f->root ? "root" : "an ordinary user");
	if (f->chrooted)
		buf_str(&b, ", in a chroot");
	if (f->container != CONTAINER_NONE)
		buf_fmt(&b, ", in a container (%s)",
			container_name(f->container));
	print_paragraph(d, INK_DIM, b.text);
	buf_release(&b);
}

static void print_end_json(const struct doctor *d, const char *text,
			   enum mode mode, const char **missing, size_t count)
{
	json_t *o = json_object(), *list = json_array();

	set_string(o, "type", "doctor");
	set_string(o, "mode", mode == MODE_BOX ? "box" :
		   mode == MODE_PLAIN ? "plain" : NULL);
	json_object_set_new(o, "works", json_boolean(mode != MODE_NONE &&
						     !count));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(missing[i]));
	json_object_set_new(o, "missing", list);
	set_string(o, "distribution", d->facts.os_name);
	set_string(o, "kernel", d->facts.kernel);
	set_string(o, "container", d->facts.container == CONTAINER_NONE ?
		   NULL : container_name(d->facts.container));
	json_object_set_new(o, "chroot", json_boolean(d->facts.chrooted));
	json_object_set_new(o, "root", json_boolean(d->facts.root));
	set_string(o, "summary", text);
	put_json(o);
}

static int finish(const struct doctor *d)
{
	const char *missing[NUM_CHECKS];
	size_t count = find_missing(d, d->s->plain ? FOR_PLAIN : FOR_BOX,
				    missing);
	enum mode mode = choose_mode(d);
	bool good = mode != MODE_NONE && !count;
	struct buf b = { 0 };

	summarize(d, mode, good, &b);
	if (d->s->json) {
		print_end_json(d, b.text, mode, missing, count);
	} else {
		putchar('\n');
		print_paragraph(d, good ? INK_GOOD : INK_BAD, b.text);
	}
	buf_release(&b);
	return good ? EXIT_HELD : EXIT_CANNOT;
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
		print_machine(&d);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		/* What is in the buffer would be printed by two. */
		fflush(stdout);
		run_probe(&d, &attempts[i]);
		if (session_interrupted || session_terminated)
			return EXIT_CANNOT;
		for (int id = attempts[i].first;
		     id <= (int)attempts[i].last; id++)
			print_check(&d, id);
	}
	return finish(&d);
}
