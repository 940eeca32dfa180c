/*
 * calls - make system calls, and nothing else
 *
 *	calls keys	one getpid() for each line of input
 *	calls N		N of them at once, then wait for the end of input
 *
 * getpid() because it does nothing: what it costs is what watching it costs.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[64];
	long n;

	if (argc != 2)
		errx(2, "usage: calls keys|N");
	n = atol(argv[1]);
	for (long i = 0; i < n; i++)
		syscall(SYS_getpid);
	if (n && write(STDOUT_FILENO, "made\n", 5) == -1)
		err(1, "write");
	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		if (!n)
			syscall(SYS_getpid);
	return 0;
}
