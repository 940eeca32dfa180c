/*
 * proc - what /proc says of a process
 *
 * Read through a descriptor of the /proc in question, so that pids are those
 * of its pid namespace: proc(5), stat.
 */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <sys/types.h>

struct proc_stat {
	pid_t pid, ppid;
	char comm[64];
	char state;		/* R S D Z T t X I */
	int threads;
	int exit_code;		/* as wait(2) gives it; of a zombie */
};

/* False if there is no such process (any more). */
bool proc_look(int proc_fd, pid_t pid, struct proc_stat *st);

/* One line of /proc/PID/stat; comm may hold anything, also ") R 1". */
bool proc_parse_stat(const char *line, struct proc_stat *st);

/* "zombie", "stopped", ...: the words of proc(5). */
const char *proc_state_word(char state);

#endif
