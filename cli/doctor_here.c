/* The probes that need no box: see doctor.h. */
#include "doctor.h"

#include "box/reaper.h"
#include "probe/proc.h"
#include "view/style.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define STRACE_MAJOR	5
#define STRACE_MINOR	10

#define NO_TERMINAL	"not tested: standard output is no terminal"

int64_t doctor_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int doctor_time_left(int64_t start)
{
	int64_t left = start + DOCTOR_WAIT_MS - doctor_clock();

	return left > 0 ? left : 0;
}

void probe_proc(struct visit *v)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct proc_stat st;
	struct errmsg err;
	int rc = 0;

	if (fd == -1 || faccessat(fd, "self/stat", R_OK, 0) == -1) {
		rc = errmsg_errno(&err, "/proc/self/stat");
	} else if (!proc_look(fd, getpid(), &st) || st.ppid != getppid()) {
		errno = 0;
		rc = errmsg_set(&err, "/proc/%d/stat does not tell of this "
				"process", getpid());
	}
	if (rc == 0)
		visit_works(v, CHECK_PROC, NULL);
	else
		visit_fails(v, CHECK_PROC, errno, &err);
}

int doctor_terminal(int *slave, struct errmsg *err)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *what = "posix_openpt";

	if (master == -1)
		return errmsg_errno(err, "%s", what);
	what = "grantpt";
	if (grantpt(master) == -1)
		goto failed;
	what = "unlockpt";
	if (unlockpt(master) == -1)
		goto failed;
	what = "ioctl(TIOCGPTPEER)";
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave == -1)
		goto failed;
	return master;
failed:
	errmsg_errno(err, "%s", what);
	close(master);
	return -1;
}

/* Its terminal's foreground; it ends by a signal, and says when it is ready. */
static void be_foreground(int slave, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_DFL);
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) == -1 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* How a process ended; -1: not within the limit. */
static int end_of(pid_t pid, int64_t start)
{
	int status;

	while (doctor_time_left(start)) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, 2);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -1;
}

static int type_ctrl_c(int master, int slave, struct errmsg *err)
{
	int64_t start = doctor_clock();
	int ready[2], status;
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) == -1)
		return errmsg_errno(err, "pipe");
	pid = fork();
	if (pid == -1)
		return errmsg_errno(err, "fork");
	if (pid == 0)
		be_foreground(slave, ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1 && write(master, "\003", 1) == -1)
		errmsg_errno(err, "a terminal's other end");
	close(ready[0]);
	status = end_of(pid, start);
	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		return 0;
	errno = 0;
	return errmsg_set(err, status == -1 ? "a ^C typed at a terminal did "
			  "not end the process in front within %d ms" :
			  "a process could not take a terminal for its own "
			  "(ioctl(TIOCSCTTY))", DOCTOR_WAIT_MS);
}

void probe_terminals(struct visit *v)
{
	struct errmsg err;
	int slave = -1, master = doctor_terminal(&slave, &err);

	if (master == -1 || type_ctrl_c(master, slave, &err) == -1)
		visit_fails(v, CHECK_TERMINALS, errno, &err);
	else
		visit_works(v, CHECK_TERMINALS, NULL);
}

void probe_children(struct visit *v)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct errmsg err;
	pid_t list[8], pid = fork();
	int n, reason;

	if (pid == -1) {
		errmsg_errno(&err, "fork");
		visit_fails(v, CHECK_CHILDREN, errno, &err);
		return;
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	n = proc_children(proc, getpid(), list, 8);
	reason = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (n == 1 && list[0] == pid) {
		visit_works(v, CHECK_CHILDREN, NULL);
		return;
	}
	errno = reason;
	if (n == -1)
		errmsg_errno(&err, "/proc/PID/task/TID/children");
	else
		errmsg_set(&err, "/proc/PID/task/TID/children tells of %d "
			   "children, and not of the only one", n);
	visit_fails(v, CHECK_CHILDREN, n == -1 ? reason : 0, &err);
}

/* As execvp(3) would look for it. */
bool doctor_find_strace(int nth, char *path, size_t size)
{
	const char *dir = getenv("PATH");

	if (!dir)
		dir = "/bin:/usr/bin";
	while (*dir) {
		int n = strcspn(dir, ":");

		snprintf(path, size, "%.*s/strace", n ? n : 1, n ? dir : ".");
		if (access(path, X_OK) == 0 && nth-- == 0)
			return true;
		dir += n + (dir[n] == ':');
	}
	return false;
}

/* What `strace -V` prints, up to the limit. */
static int strace_says(char *text, size_t size, struct errmsg *err)
{
	int64_t start = doctor_clock();
	size_t len = 0;
	ssize_t n = -1;
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) == -1)
		return errmsg_errno(err, "pipe");
	/* It may be a script: what that starts goes with it. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == -1)
		return errmsg_errno(err, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execlp("strace", "strace", "-V", NULL);
		dprintf(1, "exec: %s\n", strerror(errno));
		_exit(127);
	}
	close(out[1]);
	while (len < size - 1 && doctor_time_left(start)) {
		struct pollfd pfd = { out[0], POLLIN, 0 };

		if (poll(&pfd, 1, doctor_time_left(start)) != 1)
			break;
		n = read(out[0], text + len, size - 1 - len);
		if (n <= 0)
			break;
		len += n;
	}
	text[len] = '\0';
	reap_everybody();
	if (n == 0 || len)
		return 0;
	return errmsg_set(err, "`strace -V` said nothing within %d ms",
			  DOCTOR_WAIT_MS);
}

static int strace_version(const char *text, int *major, int *minor)
{
	const char *at = strstr(text, "version ");

	*minor = 0;
	return at && sscanf(at, "version %d.%d", major, minor) >= 1 ? 0 : -1;
}

static void say_no_strace(struct visit *v)
{
	const char *path = getenv("PATH");
	struct errmsg err;

	errmsg_set(&err, "there is no `strace` in PATH (%.200s)",
		   path ? path : "which is not set");
	visit_fails(v, CHECK_STRACE, ENOENT, &err);
}

void probe_strace(struct visit *v)
{
	char path[256], text[1024], version[16];
	struct errmsg err;
	int major, minor;

	if (!doctor_find_strace(0, path, sizeof(path))) {
		say_no_strace(v);
		return;
	}
	if (strace_says(text, sizeof(text), &err) == -1) {
		visit_fails(v, CHECK_STRACE, 0, &err);
		return;
	}
	if (strace_version(text, &major, &minor) == -1) {
		text[strcspn(text, "\n")] = '\0';
		errmsg_set(&err, "%.200s is no strace: asked for its version "
			   "it says '%.100s'", path, text);
		visit_fails(v, CHECK_STRACE, 0, &err);
		return;
	}
	snprintf(version, sizeof(version), "%d.%d", major, minor);
	if (major > STRACE_MAJOR ||
	    (major == STRACE_MAJOR && minor >= STRACE_MINOR)) {
		visit_works(v, CHECK_STRACE, version);
		return;
	}
	errmsg_set(&err, "%.200s is version %s; %d.%d or later is needed",
		   path, version, STRACE_MAJOR, STRACE_MINOR);
	visit_fails(v, CHECK_STRACE, 0, &err);
}

/* As /proc/net/unix lists a socket: that is how other terminals find it. */
static bool is_listed(const char *name)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[512];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		const char *at = strchr(line, '@');

		found = at && !strncmp(at + 1, name, strlen(name)) &&
			at[1 + strlen(name)] == '\n';
	}
	fclose(f);
	return found;
}

static int try_abstract(struct errmsg *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int visitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char name[64];
	socklen_t len;

	if (fd == -1 || visitor == -1)
		return errmsg_errno(err, "socket(AF_UNIX)");
	snprintf(name, sizeof(name), "underglass-doctor/%d", getpid());
	memcpy(sa.sun_path + 1, name, strlen(name));
	len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
	if (bind(fd, (struct sockaddr *)&sa, len) == -1)
		return errmsg_errno(err, "bind an abstract socket");
	if (listen(fd, 1) == -1)
		return errmsg_errno(err, "listen at an abstract socket");
	if (connect(visitor, (struct sockaddr *)&sa, len) == -1)
		return errmsg_errno(err, "connect to an abstract socket");
	errno = 0;
	return is_listed(name) ? 0 :
		errmsg_set(err, "/proc/net/unix does not list it");
}

void probe_pids_socket(struct visit *v)
{
	struct errmsg err;

	if (try_abstract(&err) == -1)
		visit_fails(v, CHECK_PIDS_SOCKET, errno, &err);
	else
		visit_works(v, CHECK_PIDS_SOCKET, NULL);
}

/* The variable that decides about characters: locale(7). */
static const char *deciding_variable(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return names[i];
	}
	return NULL;
}

static void say_utf8(struct visit *v, const struct style *st)
{
	const char *name = deciding_variable();
	const char *value = name ? getenv(name) : "";
	struct errmsg err;
	locale_t there;

	if (st->utf8) {
		visit_works(v, CHECK_UTF8, NULL);
		return;
	}
	there = newlocale(LC_CTYPE_MASK, value, (locale_t)0);
	if (there)
		freelocale(there);
	if (!name)
		errmsg_set(&err, "neither LC_ALL nor LC_CTYPE nor LANG is set; "
			   "characters are %s", nl_langinfo(CODESET));
	else if (!there)
		errmsg_set(&err, "%s is %.60s, and this machine has no such "
			   "locale", name, value);
	else
		errmsg_set(&err, "%s is %.60s, so characters are %s", name,
			   value, nl_langinfo(CODESET));
	visit_fails(v, CHECK_UTF8, 0, &err);
}

static void say_colours(struct visit *v, const struct style *st)
{
	const char *no_color = getenv("NO_COLOR");
	struct errmsg err;

	if (st->colour) {
		visit_works(v, CHECK_COLOURS, NULL);
		return;
	}
	if (no_color && *no_color)
		errmsg_set(&err, "NO_COLOR is set");
	else
		errmsg_set(&err, "TERM is %.60s",
			   getenv("TERM") ? getenv("TERM") : "not set");
	visit_fails(v, CHECK_COLOURS, 0, &err);
}

void probe_screen(struct visit *v)
{
	struct style st;
	struct errmsg err;
	char columns[16];

	style_init(&st, stdout, v->columns);
	say_utf8(v, &st);
	if (!st.tty)
		visit_untested(v, CHECK_COLOURS, NO_TERMINAL);
	else
		say_colours(v, &st);
	if (!st.tty && !v->columns) {
		visit_untested(v, CHECK_WIDTH, NO_TERMINAL);
		return;
	}
	snprintf(columns, sizeof(columns), "%d", st.columns);
	if (st.columns >= 80) {
		visit_works(v, CHECK_WIDTH, columns);
		return;
	}
	errmsg_set(&err, v->columns ? "--columns says %d" :
		   "this terminal has %d", st.columns);
	visit_fails(v, CHECK_WIDTH, 0, &err);
}
