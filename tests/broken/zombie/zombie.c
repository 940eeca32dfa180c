/*
 * zombie, broken on purpose: the parent waits at once
 *
 * As soon as the child has ended, the parent calls waitpid(): no zombie stays.
 * All else is as it ought to be, the last words included.
 */
#include <err.h>
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
	static const char said[] = "it exited with 7\n";
	int alive[2], status;
	pid_t child;
	char byte;

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

	close(alive[1]);
	if (read(alive[0], &byte, 1) == -1)
		err(1, "read");
	if (waitpid(child, &status, 0) == -1)	/* the defect */
		err(1, "waitpid");

	read_line();
	if (write(STDOUT_FILENO, said, sizeof(said) - 1) == -1)
		err(1, "write");
	read_line();
	return 0;
}
