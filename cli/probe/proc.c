#include "proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_parse_stat(const char *line, struct proc_stat *st)
{
	const char *open = strchr(line, '(');
	const char *close = strrchr(line, ')');
	const char *p;
	size_t n;

	if (!open || !close || close < open)
		return false;
	*st = (struct proc_stat){ .pid = atoi(line) };
	n = close - open - 1;
	if (n >= sizeof(st->comm))
		n = sizeof(st->comm) - 1;
	memcpy(st->comm, open + 1, n);
	if (sscanf(close + 1, " %c %d", &st->state, &st->ppid) != 2)
		return false;
	/* Field 3 is the state; 20 num_threads, 52 exit_code. */
	p = close + 1;
	for (int field = 3; *p; field++) {
		p += strspn(p, " ");
		if (field == 20)
			st->threads = atoi(p);
		if (field == 52)
			st->exit_code = atoi(p);
		p += strcspn(p, " ");
	}
	return true;
}

bool proc_look(int proc_fd, pid_t pid, struct proc_stat *st)
{
	char path[32], line[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/stat", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	return proc_parse_stat(line, st);
}

const char *proc_state_word(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "waiting in uninterruptible sleep";
	case 'Z':
		return "zombie";
	case 'T':
		return "stopped";
	case 't':
		return "tracing stop";
	case 'X':
		return "dead";
	case 'I':
		return "idle";
	}
	return "unknown";
}
