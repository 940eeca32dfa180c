#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The machine's /tmp; -1: nothing hides it. */
static int outer_tmp = -1;

#define HOSTS "127.0.0.1 localhost\n::1 localhost\n"

/* mkdir -p */
static int make_dirs(const char *path)
{
	char part[PATH_MAX];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) == -1 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int make_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == -1 ? -1 : 0;
}

/* A machine without the file needs no replacement for it. */
static void cover_file(int scratch, const char *name, const char *text,
		       const char *path)
{
	char from[64];
	int fd;

	if (make_file(scratch, name, text) == -1)
		return;
	fd = openat(scratch, name, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	mount(from, path, NULL, MS_BIND, NULL);
	close(fd);
}

static int bind_read_only(int fd, const char *to)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) == -1)
		return -1;
	if (mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY |
		  MS_NOSUID | MS_NODEV, NULL) == 0)
		return 0;
	umount2(to, MNT_DETACH);
	return -1;
}

/*
 * Reads come from dir, writes go to the scratch tmpfs. Where the kernel refuses
 * an overlay to a user (before 5.11), the folder is shown read-only instead.
 */
static int cover_dir(int scratch, int dir_fd, const char *dir,
		     struct errmsg *err)
{
	char options[256], from[64];
	int upper, work, rc;

	mkdirat(scratch, "upper", 0755);
	mkdirat(scratch, "work", 0755);
	upper = openat(scratch, "upper", O_PATH | O_CLOEXEC);
	work = openat(scratch, "work", O_PATH | O_CLOEXEC);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", dir_fd);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir="
		 "/proc/self/fd/%d,workdir=/proc/self/fd/%d,userxattr",
		 from, upper, work);
	rc = make_dirs(dir);
	if (rc == 0)
		rc = mount("overlay", dir, "overlay", 0, options);
	if (rc == -1)
		rc = bind_read_only(dir_fd, dir);
	if (rc == -1)
		errmsg_errno(err, "%s: cannot show it in the box", dir);
	close(upper);
	close(work);
	return rc;
}

static int open_scratch(struct errmsg *err)
{
	int fd;

	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		  "mode=0755,size=256m") == -1)
		return errmsg_errno(err, "mount a private /tmp");
	fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 ? errmsg_errno(err, "/tmp") : fd;
}

/* A folder of the machine's that has to stay visible in a private place. */
static int keep_cwd_reachable(int dir_fd, const char *dir)
{
	return dir_fd != -1 && !strncmp(dir, "/dev/shm/", 9);
}

int mounts_make(const char *dir, struct errmsg *err)
{
	int dir_fd = -1, scratch, rc = 0;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return errmsg_errno(err, "make mounts private");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) == -1)
		return errmsg_errno(err, "mount a private /proc");
	if (dir) {
		dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir_fd == -1)
			return errmsg_errno(err, "%s", dir);
	}
	outer_tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Two on top of each other: the first is hidden, but not gone. */
	scratch = open_scratch(err);
	if (scratch == -1)
		goto close_dir;
	cover_file(scratch, "hosts", HOSTS, "/etc/hosts");
	cover_file(scratch, "resolv.conf", "", "/etc/resolv.conf");
	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		  "mode=1777,size=256m") == -1)
		rc = errmsg_errno(err, "mount a private /tmp");
	if (rc == 0 && !keep_cwd_reachable(dir_fd, dir))
		mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV,
		      "mode=1777,size=256m");
	if (rc == 0 && dir)
		rc = cover_dir(scratch, dir_fd, dir, err);
	close(scratch);
close_dir:
	if (dir_fd != -1)
		close(dir_fd);
	return scratch == -1 ? -1 : rc;
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 &&
		x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

void mounts_show_program(const char *program, const char *cwd)
{
	char path[2 * PATH_MAX], *name;
	int dir, file;

	snprintf(path, sizeof(path), "%s%s%s", *program == '/' ? "" : cwd,
		 *program == '/' ? "" : "/", program);
	if (outer_tmp == -1 || !strchr(program, '/') ||
	    strncmp(path, "/tmp/", 5) != 0 || access(path, F_OK) == 0)
		return;
	name = strrchr(path, '/');
	*name = '\0';
	dir = openat(outer_tmp, path[4] ? path + 5 : ".",
		     O_PATH | O_DIRECTORY | O_CLOEXEC);
	file = dir == -1 ? -1 : openat(dir, name + 1, O_PATH | O_CLOEXEC);
	if (file != -1 && make_dirs(path) == 0) {
		bool whole = !same_file(dir, outer_tmp);

		if (!whole) {
			*name = '/';
			make_file(AT_FDCWD, path, "");
		}
		bind_read_only(whole ? dir : file, path);
	}
	if (file != -1)
		close(file);
	if (dir != -1)
		close(dir);
}

int mounts_add_host(const char *addr, const char *name, struct errmsg *err)
{
	int fd = open("/etc/hosts", O_WRONLY | O_APPEND | O_CLOEXEC);
	char line[128];
	int n, rc;

	if (fd == -1)
		return errmsg_errno(err, "/etc/hosts");
	n = snprintf(line, sizeof(line), "%s %s\n", addr, name);
	rc = write(fd, line, n) == n ? 0 : errmsg_errno(err, "/etc/hosts");
	close(fd);
	return rc;
}
