/* The commands that look around in the box: ps, fds, why, man. */
#include "box/puppet.h"
#include "box/wire.h"
#include "buf.h"
#include "commands.h"
#include "probe/proc.h"
#include "utf8.h"
#include "view/record.h"
#include "view/replay.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int cmd_ps(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const struct run *r = s->run;
	int shown = 0;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < r->num_procs; i++) {
		const struct proc *p = r->procs[i];
		struct proc_stat st;

		if (p->gone || !proc_look(box_proc_fd(r->box), p->pid, &st))
			continue;
		if (!shown++)
			printf("%7s %7s  %-10s %-9s %s\n", "PID", "PPID",
			       "NAME", "HOST", "STATE, COMMAND");
		printf("%7d %7d  %-10s %-9s %c (%s)  %s\n", p->pid, st.ppid,
		       p->name, p->actor->host_name, st.state,
		       proc_state_word(st.state), p->actor->command);
	}
	if (!shown)
		errmsg_set(err, "nothing lives in the box");
	return shown ? EXIT_HELD : EXIT_NOT_HELD;
}

static void print_fd(struct session *s, int dir, const char *name)
{
	unsigned long inode;
	char link[PATH_MAX];
	ssize_t n = readlinkat(dir, name, link, sizeof(link) - 1);
	char *sock = NULL;

	if (n == -1)
		return;
	link[n] = '\0';
	utf8_clean(link);	/* the name of a file is the actor's choice */
	if (sscanf(link, "socket:[%lu]", &inode) == 1)
		sock = wire_socket_text(s->run->wire, inode);
	printf("%4s  %s%s%s\n", name, link, sock ? "  " : "",
	       sock ? sock : "");
	free(sock);
}

int cmd_fds(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const struct proc *p = run_proc_named(s->run, argv[1]);
	struct dirent **list;
	char path[64];
	int dir, n;

	(void)argc;
	if (!p || p->gone)
		return run_nobody(s->run, "process", argv[1], err), EXIT_USAGE;
	snprintf(path, sizeof(path), "%d/fd", p->pid);
	dir = openat(box_proc_fd(s->run->box), path,
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1) {
		errmsg_errno(err, "fds: %s", argv[1]);
		return EXIT_CANNOT;
	}
	n = scandirat(dir, ".", &list, NULL, versionsort);
	for (int i = 0; i < n; i++) {
		if (isdigit((unsigned char)list[i]->d_name[0]) &&
		    atoi(list[i]->d_name) < PUPPET_FD)
			print_fd(s, dir, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	close(dir);
	return EXIT_HELD;
}

/* The manual page that a word of the trace is explained in. */
static const struct {
	const char *word, *page;
} pages[] = {
	{ "accept4", "2 accept" }, { "sendto", "2 send" },
	{ "sendmsg", "2 send" }, { "recvfrom", "2 recv" },
	{ "recvmsg", "2 recv" }, { "wait4", "2 wait" },
	{ "waitid", "2 wait" }, { "clone", "2 clone" },
	{ "exit_group", "2 _exit" }, { "rt_sigaction", "2 sigaction" },
	{ "rt_sigprocmask", "2 sigprocmask" },
	{ "rt_sigreturn", "2 sigreturn" }, { "pselect6", "2 select" },
	{ "ppoll", "2 poll" }, { "newfstatat", "2 stat" },
	{ "clock_nanosleep", "2 clock_nanosleep" },
	{ "wire", "7 packet" }, { "tcp", "7 tcp" }, { "proc", "5 proc" },
	{ "count", "5 proc" }, { "TIME-WAIT", "7 tcp" },
	{ "restart", "7 signal" }, { "fd", "2 open" },
};

static void page_of(const char *word, char *page, size_t size)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (!strcmp(pages[i].word, word)) {
			snprintf(page, size, "%s", pages[i].page);
			return;
		}
	if (!strncmp(word, "SIG", 3))
		snprintf(page, size, "7 signal");
	else if (word[0] == 'E' && isupper((unsigned char)word[1]))
		snprintf(page, size, "3 errno");
	else
		snprintf(page, size, "2 %s", word);
}

int cmd_man(struct session *s, int argc, char **argv, struct errmsg *err)
{
	char page[128], *section = page, *name;
	pid_t pid;
	int status;

	(void)s;
	if (argc == 3)
		snprintf(page, sizeof(page), "%s %s", argv[1], argv[2]);
	else
		page_of(argv[1], page, sizeof(page));
	name = strchr(page, ' ');
	*name++ = '\0';
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execlp("man", "man", section, name, (char *)NULL);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (pid != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_HELD;
	errmsg_set(err, "man: %s(%s) is not installed here; the package "
		   "manpages-dev has the system calls'", name, section);
	return EXIT_CANNOT;
}

/* Looks for the event of that number, or the last that has the word. */
struct seeker {
	struct view view;
	struct view_ops ops;
	long number;
	const char *word;
	struct event *found;
};

static void seek_event(struct view *v, const struct event *ev)
{
	struct seeker *sk = (struct seeker *)v;
	bool hit = sk->word ? !ev->folded && strstr(ev->text, sk->word) :
		(long)ev->seq == sk->number;

	if (!hit)
		return;
	event_free(sk->found);
	sk->found = event_copy(ev);
	if (ev->expected)
		sk->found->expected = xstrdup(ev->expected);
}

static void print_time(const struct event *ev)
{
	printf("  when    %.6f s after the scene began", ev->t_ns / 1e9);
	if (ev->span_ns)
		printf("; a look, %.3f ms after the one before", ev->span_ns /
		       1e6);
	if (ev->blocked_ns >= 0)
		printf("; %.6f s in the call", ev->blocked_ns / 1e9);
	putchar('\n');
}

static void print_why(const struct event *ev)
{
	const char *word = ev->call ? ev->call : ev->signal ? ev->signal :
		ev->who;
	char page[128], *space;

	printf("%u  %s  %s\n", ev->seq, ev->who, ev->text);
	print_time(ev);
	if (ev->pid)
		printf("  who     %s, pid %d%s%s\n", ev->who, ev->pid,
		       ev->host ? ", on " : "", ev->host ? ev->host : "");
	if (ev->error)
		printf("  error   %s: `man %s` tells when, under ERRORS\n",
		       ev->error, ev->call);
	if (ev->expected)
		printf("  met     the handout's line: %s\n", ev->expected);
	page_of(word, page, sizeof(page));
	space = strchr(page, ' ');
	*space++ = '\0';
	printf("  more    %s(%s): `man %s`\n", space, page, word);
}

int cmd_why(struct session *s, int argc, char **argv, struct errmsg *err)
{
	const char *text = record_text(s->record);
	struct seeker sk = { .ops = view_quiet_ops };
	FILE *in;
	char *end;

	(void)argc;
	sk.view.ops = &sk.ops;
	sk.ops.event = sk.ops.met = seek_event;
	sk.number = strtol(argv[1], &end, 10);
	if (*end)
		sk.word = argv[1];
	in = *text ? fmemopen((char *)text, strlen(text), "r") : NULL;
	if (in) {
		replay(in, "this run", &sk.view, err);
		fclose(in);
	}
	if (!sk.found) {
		errmsg_set(err, "why: no event %s '%s' has come; `timeline` "
			   "numbers them", sk.word ? "with" : "number",
			   argv[1]);
		return EXIT_NOT_HELD;
	}
	print_why(sk.found);
	free((char *)sk.found->expected);
	sk.found->expected = NULL;
	event_free(sk.found);
	return EXIT_HELD;
}

int cmd_reset(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	session_close_run(s);
	record_clear(s->record);
	return EXIT_HELD;
}
