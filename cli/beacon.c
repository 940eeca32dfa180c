#include "beacon.h"

#include "buf.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_BEACONS	256
#define PATIENCE_NS	3000000000LL	/* for all of them together */

struct beacon {
	int fd;
	const struct run *run;
};

static socklen_t beacon_address(struct sockaddr_un *sa, const char *name)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(sa->sun_path + 1, sizeof(sa->sun_path) - 1, "%s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

static bool same_user(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
		(cred.uid == geteuid() || cred.uid == 0);
}

/* The last number of the NSpid line: the one it has innermost. proc(5) */
static pid_t inner_pid(const char *pid)
{
	char path[300], line[256];
	pid_t inner = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "NSpid:", 6)) {
			char *last = strrchr(line, '\t');

			inner = last ? atoi(last) : -1;
			break;
		}
	fclose(f);
	return inner;
}

static bool same_namespace(const char *pid, const char *wanted)
{
	char path[300], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return false;
	link[n] = '\0';
	return !strcmp(link, wanted);
}

/*
 * A process in the box, found from out here: it has the box's pid namespace,
 * and in there the number that we know it by.
 */
static pid_t outer_pid(const struct run *r, const struct proc *p)
{
	char path[64], wanted[64];
	struct dirent *d;
	pid_t found = -1;
	ssize_t n;
	DIR *dir;

	if (box_is_plain(r->box))
		return p->pid;
	if (p->pid == p->actor->child.pid)
		return p->actor->child.outer_pid;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", box_init_pid(r->box));
	n = readlink(path, wanted, sizeof(wanted) - 1);
	dir = n > 0 ? opendir("/proc") : NULL;
	if (!dir)
		return -1;
	wanted[n] = '\0';
	while (found == -1 && (d = readdir(dir)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' &&
		    inner_pid(d->d_name) == p->pid &&
		    same_namespace(d->d_name, wanted))
			found = atoi(d->d_name);
	closedir(dir);
	return found;
}

void beacon_write_pids(const struct run *r, FILE *out)
{
	for (size_t i = 0; i < r->num_procs; i++) {
		const struct proc *p = r->procs[i];
		pid_t pid;

		if (p->gone)
			continue;
		pid = outer_pid(r, p);
		if (pid > 0)
			fprintf(out, "%d\t%s\t%s\n", pid, p->name,
				p->actor->command);
	}
}

static void on_visitor(void *arg, int fd, short revents)
{
	struct beacon *b = arg;
	int visitor = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	FILE *out;

	(void)revents;
	if (visitor == -1)
		return;
	if (!same_user(visitor)) {
		close(visitor);
		return;
	}
	out = fdopen(visitor, "w");
	if (!out) {
		close(visitor);
		return;
	}
	beacon_write_pids(b->run, out);
	fclose(out);
}

struct beacon *beacon_light(const struct run *r, struct loop *loop)
{
	struct sockaddr_un sa;
	struct beacon *b;
	char name[64];
	socklen_t len;
	int fd;

	snprintf(name, sizeof(name), "underglass/%d/%d", geteuid(), getpid());
	len = beacon_address(&sa, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return NULL;
	if (bind(fd, (struct sockaddr *)&sa, len) == -1 ||
	    listen(fd, 4) == -1) {
		close(fd);
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	b->fd = fd;
	b->run = r;
	loop_add(loop, fd, on_visitor, b);
	return b;
}

void beacon_out(struct beacon *b, struct loop *loop)
{
	if (!b)
		return;
	loop_remove(loop, b->fd);
	close(b->fd);
	free(b);
}

/* With EAGAIN: too many wait there already, so nobody would answer us. */
static int ask_one(const char *name, int *silent)
{
	struct sockaddr_un sa;
	socklen_t len = beacon_address(&sa, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	errno = 0;
	if (connect(fd, (struct sockaddr *)&sa, len) == 0 && same_user(fd))
		return fd;
	if (errno == EAGAIN)
		++*silent;
	close(fd);
	return -1;
}

/* All that it says, until limit_ns. */
static bool hear_one(int fd, int64_t limit_ns, FILE *out)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	for (;;) {
		int64_t left_ms = (limit_ns - run_clock()) / 1000000;

		int rc = poll(&answer, 1, left_ms > 0 ? (int)left_ms : 0);

		if (rc == -1 && errno == EINTR)
			continue;
		if (rc <= 0)
			return false;
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return n == 0;
		fwrite(bytes, 1, n, out);
	}
}

int beacon_ask_all(FILE *out, int *silent)
{
	FILE *f = fopen("/proc/net/unix", "re");
	int asked[MAX_BEACONS], num = 0, answers = 0;
	int64_t limit_ns;
	char line[512], prefix[64];

	*silent = 0;
	if (!f)
		return 0;
	snprintf(prefix, sizeof(prefix), "@underglass/%d/", geteuid());
	while (num < MAX_BEACONS && fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '@');

		/* A listening socket: flags 00010000 (__SO_ACCEPTCON). */
		if (!name || strncmp(name, prefix, strlen(prefix)) != 0 ||
		    !strstr(line, " 00010000 "))
			continue;
		name[strcspn(name, "\n")] = '\0';
		asked[num] = ask_one(name + 1, silent);
		if (asked[num] != -1)
			num++;
	}
	fclose(f);
	limit_ns = run_clock() + PATIENCE_NS;
	for (int i = 0; i < num; i++) {
		if (hear_one(asked[i], limit_ns, out))
			answers++;
		else
			++*silent;
		close(asked[i]);
	}
	return answers;
}
