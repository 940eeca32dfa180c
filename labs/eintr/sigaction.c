/*
 * sigaction - a signal arrives while read() sleeps
 *
 *	./sigaction 0			the handler without flags
 *	./sigaction SA_RESTART		the handler with SA_RESTART
 *
 * read() sleeps until there is a line of input. Send the process a SIGUSR1
 * (kill -USR1 PID): the kernel takes it out of read() to run the handler. What
 * comes then depends on the flag. Without it read() returns -1 and errno is
 * EINTR: the program says so, and calls read() again itself. With it the kernel
 * restarts the call, and the program notices nothing.
 *
 * Look for: the flags in rt_sigaction(). Then do not be misled: strace shows
 * "? ERESTARTSYS" for the interrupted read() in both cases. Read on to
 * rt_sigreturn(), the end of the handler: "-1 EINTR" is what read() returns to
 * the program; "0" means that the call is about to be made again.
 *
 * See sigaction(2), read(2), signal(7).
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void on_usr1(int sig)
{
	(void)sig;	/* that it ran at all is the interruption */
}

int main(int argc, char **argv)
{
	static const char told[] = "read() returned -1, errno is EINTR\n";
	struct sigaction sa = { .sa_handler = on_usr1 };
	char line[64];

	if (argc > 1 && strcmp(argv[1], "SA_RESTART") == 0)
		sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGUSR1, &sa, NULL) == -1)
		err(1, "sigaction");

	while (read(STDIN_FILENO, line, sizeof(line)) == -1) {
		if (errno != EINTR)
			err(1, "read");
		if (write(STDOUT_FILENO, told, sizeof(told) - 1) == -1)
			err(1, "write");
	}
	return 0;
}
