/*
 * signal - what signal() means depends on how the program was built
 *
 *	cc -o signal signal.c
 *	cc -std=c11 -o signal-c11 signal.c
 *
 * read() sleeps until there is a line of input, and SIGUSR1 interrupts it, as
 * in sigaction.c. But signal() takes no flags: the C library chooses them. In
 * its default mode glibc takes SA_RESTART, as on BSD. With -std=c11 the
 * compiler asks for standard C and nothing else, and glibc falls back to what
 * System V did: the call is not restarted, and the handler is good for one
 * signal only.
 *
 * Look for: the flags in rt_sigaction(), which no line of this file contains.
 * Then rt_sigreturn(), as in sigaction.c; and a second SIGUSR1.
 *
 * See signal(2), section Portability; feature_test_macros(7).
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

static void on_usr1(int sig)
{
	(void)sig;	/* that it ran at all is the interruption */
}

int main(void)
{
	static const char told[] = "read() returned -1, errno is EINTR\n";
	char line[64];

	if (signal(SIGUSR1, on_usr1) == SIG_ERR)
		err(1, "signal");

	while (read(STDIN_FILENO, line, sizeof(line)) == -1) {
		if (errno != EINTR)
			err(1, "read");
		if (write(STDOUT_FILENO, told, sizeof(told) - 1) == -1)
			err(1, "write");
	}
	return 0;
}
