/*
 * zombie - a child ends, and its parent does not ask how
 *
 * The child waits for a line of input and then exits with 7, unless a signal
 * kills it first. Either way the kernel closes what it had open, so the
 * parent's read() of the pipe returns 0: the child can do no more. Now the
 * parent takes its time. Until it calls waitpid(), the child is a zombie: a
 * process that only has a number, and a status that nobody has asked for.
 *
 * Three lines of input drive it: the first ends the child, the second lets the
 * parent wait, the third ends the parent. At the end of its input it does all
 * three by itself.
 *
 * Look for: the child's exit and the SIGCHLD to its parent; state Z in
 * /proc/PID/stat (or ps) from then on; the status that wait4() returns, and
 * that the process is gone after it.
 *
 * See fork(2), _exit(2), wait(2), proc(5).
 */
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_line(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
}

int main(void)
{
	int alive[2], status, len;
	char byte, text[64];
	pid_t child;

	if (pipe(alive) == -1)
		err(1, "pipe");

	child = fork();
	switch (child) {
	case -1:
		err(1, "fork");
	case 0:
		close(alive[0]);
		read_line();
		_exit(7);
	}

	/* Now only the child can write, and it never does: we see its end. */
	close(alive[1]);
	if (read(alive[0], &byte, 1) == -1)
		err(1, "read");

	/* The child is dead. As long as we sit here, it stays a zombie. */
	read_line();

	if (waitpid(child, &status, 0) == -1)
		err(1, "waitpid");
	if (WIFEXITED(status))
		len = snprintf(text, sizeof(text), "it exited with %d\n",
			       WEXITSTATUS(status));
	else
		len = snprintf(text, sizeof(text), "signal %d killed it\n",
			       WTERMSIG(status));
	if (write(STDOUT_FILENO, text, len) == -1)
		err(1, "write");

	/* We go on, and the child is gone. */
	read_line();
	return 0;
}
