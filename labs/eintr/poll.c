/*
 * poll - a call that SA_RESTART does not restart
 *
 * The handler is installed with SA_RESTART, and yet: when SIGUSR1 interrupts
 * poll(), it returns -1 and errno is EINTR. Some calls are never restarted
 * after a handler, whatever the flags; poll() and its relatives, select() and
 * epoll_wait(), are among them, and so are the calls that sleep or wait for a
 * signal. A program that uses them has to expect EINTR.
 *
 * Look for: SA_RESTART in rt_sigaction(); ERESTART_RESTARTBLOCK after poll(),
 * where the read() of sigaction.c has ERESTARTSYS; then rt_sigreturn().
 *
 * See poll(2), signal(7).
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static void on_usr1(int sig)
{
	(void)sig;	/* that it ran at all is the interruption */
}

int main(void)
{
	static const char told[] = "poll() returned -1, errno is EINTR\n";
	struct sigaction sa = {
		.sa_handler = on_usr1,
		.sa_flags = SA_RESTART,
	};
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];

	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGUSR1, &sa, NULL) == -1)
		err(1, "sigaction");

	while (poll(&input, 1, -1) == -1) {
		if (errno != EINTR)
			err(1, "poll");
		if (write(STDOUT_FILENO, told, sizeof(told) - 1) == -1)
			err(1, "write");
	}
	/* There is a line, or the end of input: this read() does not block. */
	if (read(STDIN_FILENO, line, sizeof(line)) == -1)
		err(1, "read");
	return 0;
}
