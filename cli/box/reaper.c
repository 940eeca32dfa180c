#include "reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CHILDREN 4096

int proc_children(int proc_fd, pid_t pid, pid_t *list, int max)
{
	char path[64];
	int fd, n = 0, got;
	FILE *f;

	snprintf(path, sizeof(path), "%d/task/%d/children", pid, pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -1;
	}
	while (n < max && fscanf(f, "%d", &got) == 1)
		list[n++] = got;
	fclose(f);
	return n;
}

static void signal_tree(int proc_fd, pid_t pid, int sig, int depth)
{
	pid_t list[256];
	int n;

	/* Stopped before its children are read: it can have no more of them. */
	if (depth && sig == SIGSTOP)
		kill(pid, SIGSTOP);
	n = depth < 200 ? proc_children(proc_fd, pid, list, 256) : 0;
	for (int i = 0; i < n; i++)
		signal_tree(proc_fd, list[i], sig, depth + 1);
	if (depth && sig != SIGSTOP)
		kill(pid, sig);
}

void reap_everybody(void)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Bounded: without /proc/PID/task/TID/children nobody can be found. */
	for (int i = 0; i < 5000; i++) {
		signal_tree(proc_fd, getpid(), SIGSTOP, 0);
		signal_tree(proc_fd, getpid(), SIGKILL, 0);
		/*
		 * One death may hand us more children, that nobody has killed
		 * yet: so never wait for one, but look again, until none.
		 */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD)
			break;
		poll(NULL, 0, 1);
	}
	close(proc_fd);
}
