/* The probes that open a box, and plain mode's: see doctor.h. */
#include "doctor.h"

#include "lab/catalog.h"
#include "probe/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Above every number that a box's actors have by then: init.c. */
#define FAR_AWAY	1000

static int write_file(const char *path, const char *text, struct errmsg *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return errmsg_errno(err, "%s", path);
	n = write(fd, text, strlen(text));
	if (n == -1)
		errmsg_errno(err, "write %s", path);
	close(fd);
	return n == -1 ? -1 : 0;
}

/* Into a user namespace of our own, with our own ids: as a box does it. */
static int enter_userns(int more, struct errmsg *err)
{
	char uids[48], gids[48];

	snprintf(uids, sizeof(uids), "%u %u 1\n", geteuid(), geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1\n", getegid(), getegid());
	if (unshare(CLONE_NEWUSER | more) == -1)
		return errmsg_errno(err, "unshare(CLONE_NEWUSER)");
	if (write_file("/proc/self/setgroups", "deny", err) == -1 ||
	    write_file("/proc/self/uid_map", uids, err) == -1)
		return -1;
	return write_file("/proc/self/gid_map", gids, err);
}

void probe_userns(struct visit *v)
{
	struct errmsg err;

	if (enter_userns(0, &err) == -1)
		visit_fails(v, CHECK_USERNS, errno, &err);
	else
		visit_works(v, CHECK_USERNS, NULL);
}

/* How many processes this /proc shows. */
static int count_processes(int proc_fd)
{
	int fd = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *d;
	int count = 0;

	while (dir && (d = readdir(dir)))
		count += d->d_name[0] >= '1' && d->d_name[0] <= '9';
	if (dir)
		closedir(dir);
	return count;
}

static int check_private(struct box *b, struct errmsg *err)
{
	char own[64] = "", its[64] = "";
	struct stat outer, inner;
	struct proc_stat init;

	if (box_proc_fd(b) == -1 || !proc_look(box_proc_fd(b), 1, &init) ||
	    count_processes(box_proc_fd(b)) != 1)
		return errmsg_set(err, "its /proc does not show its init "
				  "alone");
	if (readlink("/proc/self/ns/net", own, sizeof(own) - 1) == -1 ||
	    readlinkat(box_proc_fd(b), "1/ns/net", its, sizeof(its) - 1) == -1)
		return errmsg_errno(err, "look at its network namespace");
	if (!strcmp(own, its))
		return errmsg_set(err, "its network is the machine's");
	if (stat("/tmp", &outer) == -1 ||
	    fstatat(box_proc_fd(b), "1/root/tmp", &inner, 0) == -1)
		return errmsg_errno(err, "look at its /tmp");
	if (outer.st_dev == inner.st_dev)
		return errmsg_set(err, "its /tmp is the machine's");
	return 0;
}

struct tracer {
	int trace[2], message[2];
	pid_t pid;
};

/* Until `word` is there, or the end, or the limit. True: it is there. */
static bool read_until(int fd, struct buf *b, const char *word, int64_t start)
{
	char bytes[4096];
	ssize_t n;

	while (!b->text || !strstr(b->text, word)) {
		struct pollfd pfd = { fd, POLLIN, 0 };

		if (poll(&pfd, 1, doctor_time_left(start)) != 1)
			return false;
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return false;
		buf_add(b, bytes, n);
	}
	return true;
}

/* What strace said to people: its first line, without what could do harm. */
static int strace_refused(const struct buf *said, struct errmsg *err)
{
	size_t n = said->text ? strcspn(said->text, "\n") : 0;

	if (!n)
		return errmsg_set(err, "strace did not attach within %d ms",
				  DOCTOR_WAIT_MS);
	errmsg_set(err, "%.*s", n < 300 ? (int)n : 300, said->text);
	for (char *p = err->text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	return -1;
}

static int attach(struct box *b, pid_t pid, struct tracer *t,
		  struct errmsg *err)
{
	char number[16];
	const char *argv[] = {
		"strace", "-f", "-ttt", "-T", "-x", "-s", "256",
		"-o", "/proc/self/fd/3", "-e", "trace=%process", "-p", number,
		NULL,
	};
	struct buf said = { 0 };
	int rc;

	if (pipe2(t->trace, O_CLOEXEC) == -1 ||
	    pipe2(t->message, O_CLOEXEC) == -1)
		return errmsg_errno(err, "pipe");
	snprintf(number, sizeof(number), "%d", pid);
	rc = box_trace(b, argv, t->trace[1], t->message[1], &t->pid, err);
	close(t->trace[1]);
	close(t->message[1]);
	if (rc == 0 && !read_until(t->message[0], &said, " attached",
				   doctor_clock()))
		rc = strace_refused(&said, err);
	buf_release(&said);
	return rc;
}

static int trace_one(struct box *b, int tty, struct errmsg *err)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)":", NULL };
	struct box_spawn spawn = { .argv = argv, .envp = environ, .tty = tty,
				   .puppet_fd = -1 };
	struct buf seen = { 0 };
	struct box_child child;
	struct tracer t;
	bool all;

	if (box_spawn(b, &spawn, &child, err) == -1 ||
	    attach(b, child.pid, &t, err) == -1 ||
	    box_go(b, child.pid, err) == -1)
		return -1;
	all = read_until(t.trace[0], &seen, "+++ exited with 0",
			 doctor_clock()) && strstr(seen.text, "execve(");
	buf_release(&seen);
	return all ? 0 : errmsg_set(err, "strace attached, but did not show a "
				    "program from its execve() to its exit");
}

static void check_tracing(struct visit *v, struct box *b, enum check_id id)
{
	struct errmsg err;
	int master, slave = -1;

	if (v->before[CHECK_STRACE].error == ENOENT) {
		visit_untested(v, id, "not tested: there is no strace");
		return;
	}
	master = doctor_terminal(&slave, &err);
	if (master == -1 || trace_one(b, slave, &err) == -1)
		visit_fails(v, id, 0, &err);
	else
		visit_works(v, id, NULL);
}

/* strace and its like get numbers far away from the actors': init.c. */
static void check_numbers(struct visit *v, struct box *b)
{
	const char *argv[] = { "strace", "-V", NULL };
	const char *setting = "sys/kernel/ns_last_pid";
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;
	struct errmsg err;
	pid_t pid;

	if (box_trace(b, argv, null, null, &pid, &err) == -1) {
		visit_fails(v, CHECK_NUMBERS, 0, &err);
		return;
	}
	if (pid > FAR_AWAY) {
		visit_works(v, CHECK_NUMBERS, NULL);
		return;
	}
	fd = openat(box_proc_fd(b), setting, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		errmsg_errno(&err, "/proc/%s in the box", setting);
	else
		errmsg_set(&err, "after /proc/%s was written in the box, the "
			   "next process had the number %d", setting, pid);
	visit_fails(v, CHECK_NUMBERS, fd == -1 ? errno : 0, &err);
}

void probe_box(struct visit *v)
{
	struct box_options opt = { .plain = false };
	bool no_namespaces;
	struct errmsg err;
	struct box *b = box_open(&opt, &no_namespaces, &err);

	if (!b) {
		visit_fails(v, CHECK_BOX, 0, &err);
		return;
	}
	if (check_private(b, &err) == -1)
		visit_fails(v, CHECK_BOX, 0, &err);
	else
		visit_works(v, CHECK_BOX, NULL);
	check_tracing(v, b, CHECK_TRACING);
	check_numbers(v, b);
	box_close(b);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
		access(path, R_OK | X_OK) == 0;
}

/* A lab's own folder if there is one; the caller frees it. */
static char *find_folder(void)
{
	char *found = NULL;
	size_t count;
	char **names = catalog_names(&count);

	for (size_t i = 0; i < count; i++) {
		struct errmsg err;
		struct lab *lab = found ? NULL : lab_find(names[i], &err);

		if (lab && is_folder(lab->program_dir))
			found = xstrdup(lab->program_dir);
		lab_free(lab);
		free(names[i]);
	}
	free(names);
	return found ? found : xstrdup("/usr");
}

/* A file made there is not on the machine. */
static int check_written(struct box *b, const char *dir, struct errmsg *err)
{
	char name[64], *inner = xasprintf("1/root%s", dir);
	struct statfs fs;
	int in = openat(box_proc_fd(b), inner, O_RDONLY | O_CLOEXEC), fd;
	int out = open(dir, O_PATH | O_CLOEXEC), rc = -1;

	free(inner);
	snprintf(name, sizeof(name), ".underglass-doctor-%d", getpid());
	if (in == -1 || fstatfs(in, &fs) == -1) {
		errmsg_errno(err, "look at %.200s in the box", dir);
	} else if (fs.f_type != OVERLAYFS_SUPER_MAGIC) {
		/* Never write to what is not known to be a cover. */
		errno = 0;
		errmsg_set(err, "%.200s is in the box without a cover", dir);
	} else {
		fd = openat(in, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    0600);
		if (fd == -1)
			errmsg_errno(err, "write to %.200s in the box", dir);
		else if (faccessat(out, name, F_OK, 0) == 0)
			errmsg_set(err, "what is written to %.200s in the box "
				   "is on the machine", dir);
		else
			rc = 0;
	}
	return rc;
}

/* The mount that the box went without, once more, for the kernel's word. */
static void ask_overlay(const char *dir, struct errmsg *err)
{
	char from[64], options[256];
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (enter_userns(CLONE_NEWNS, err) == -1)
		return;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == -1) {
		errmsg_errno(err, "mount tmpfs");
		return;
	}
	mkdir("/tmp/upper", 0755);
	mkdir("/tmp/work", 0755);
	mkdir("/tmp/dir", 0755);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=/tmp/upper,"
		 "workdir=/tmp/work,userxattr", from);
	if (mount("overlay", "/tmp/dir", "overlay", 0, options) == -1)
		errmsg_errno(err, "mount an overlay over %.200s", dir);
}

void probe_folder(struct visit *v)
{
	char *dir = find_folder();
	struct box_options opt = { .dir = dir };
	bool no_namespaces;
	struct errmsg err;
	struct box *b = box_open(&opt, &no_namespaces, &err);
	int reason = 0;

	if (b && check_written(b, dir, &err) == 0) {
		visit_works(v, CHECK_FOLDER, NULL);
	} else {
		if (b && errno == 0) {
			ask_overlay(dir, &err);
			reason = errno;
		}
		visit_fails(v, CHECK_FOLDER, reason, &err);
	}
	box_close(b);
	free(dir);
}

/* An actor that nobody told to go must be gone with its box. */
static int check_ended(struct errmsg *err)
{
	struct box_options opt = { .plain = true };
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)":", NULL };
	struct box_spawn spawn = { .argv = argv, .envp = environ,
				   .puppet_fd = -1 };
	struct box_child child;
	bool no_namespaces;
	struct box *b;
	int master, rc;

	master = doctor_terminal(&spawn.tty, err);
	if (master == -1)
		return -1;
	b = box_open(&opt, &no_namespaces, err);
	if (!b)
		return -1;
	rc = box_spawn(b, &spawn, &child, err);
	box_close(b);
	if (rc == 0 && kill(child.pid, 0) == 0)
		rc = errmsg_set(err, "an actor, %d, outlived its run",
				child.pid);
	return rc;
}

void probe_plain(struct visit *v)
{
	struct box_options opt = { .plain = true };
	bool no_namespaces;
	struct errmsg err;
	struct box *b;

	if (check_ended(&err) == -1) {
		visit_fails(v, CHECK_PLAIN, 0, &err);
		return;
	}
	b = box_open(&opt, &no_namespaces, &err);
	if (!b) {
		visit_fails(v, CHECK_PLAIN, 0, &err);
		return;
	}
	visit_works(v, CHECK_PLAIN, NULL);
	check_tracing(v, b, CHECK_PLAIN_TRACING);
	probe_plain_net(v, b);
	box_close(b);
}
