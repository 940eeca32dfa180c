/*
 * puppet_call_test - the calls themselves
 *
 * A puppet is forked and typed to, as an ordinary user: each call once with
 * success and once refused by the kernel, where it can be either.
 */
#include "box/puppet.h"
#include "check.h"

#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 80
#define CALLS 128

static struct puppet_request req;

/* Words in `line` are separated by bars, so that a text may have blanks. */
static int parse(const struct puppet_state *st, const char *line,
		 struct errmsg *err)
{
	char *copy = xstrdup(line), *at = copy;
	const char *words[WORDS];
	int count = 0, rc;

	while (at && count < WORDS)
		words[count++] = strsep(&at, "|");
	rc = puppet_parse(st, words, count, &req, err);
	free(copy);
	return rc;
}

/* Someone who types to a puppet. */
struct side {
	int channel;
	struct puppet_state st;
	struct puppet_answer ans;
	int child;			/* channel that came with a fork */
	bool stuck;			/* no answer came: do not wait again */
};

static bool succeeded[CALLS], refused[CALLS];
static bool unlimited;			/* RLIMIT_NPROC binds root to nothing */

static bool type_line(struct side *s, const char *line)
{
	struct errmsg err;

	if (parse(&s->st, line, &err) != PUPPET_OK ||
	    puppet_send(s->channel, &req, &err) == -1) {
		printf("# %s: %s\n", line, err.text);
		return false;
	}
	return true;
}

/* 1: an answer. 0: the channel is closed. -1: nothing within the time. */
static int hear(struct side *s, int ms)
{
	struct pollfd pfd = { s->channel, POLLIN, 0 };
	struct errmsg err;
	int rc;

	if (poll(&pfd, 1, ms) != 1)
		return -1;
	rc = puppet_receive(s->channel, &s->ans, &s->child, &err);
	if (rc == -1)
		printf("# %s\n", err.text);
	if (rc != 1)
		return rc;
	puppet_learn(&s->st, &s->ans);
	*(s->ans.ret == -1 ? &refused[s->ans.call]
			   : &succeeded[s->ans.call]) = true;
	return 1;
}

static void answers(struct side *s, const char *line, const char *pattern)
{
	struct buf text = { 0 };
	bool ok;

	ok = !s->stuck && type_line(s, line);
	s->stuck = s->stuck || (ok && hear(s, 5000) != 1);
	ok = ok && !s->stuck;
	if (ok)
		puppet_answer_text(&s->ans, &text);
	ok = ok && fnmatch(pattern, text.text, FNM_NOESCAPE) == 0;
	CHECK(ok, "%s %s", line, pattern);
	if (!ok)
		printf("#  got: %s\n", text.text ? text.text : "nothing");
	buf_release(&text);
}

static void __attribute__((format(printf, 3, 4)))
typed(struct side *s, const char *pattern, const char *fmt, ...)
{
	char line[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	answers(s, line, pattern);
}

/* The number after the last colon of an address. */
static long port_of(const struct side *s)
{
	const char *colon = strrchr(s->ans.text, ':');

	return colon ? atol(colon + 1) : 0;
}

/* An ordinary user, where there is one, and no descriptor but 0, 1, 2. */
static pid_t start(struct side *s)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		exit(1);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		if (chdir("/tmp") == -1)
			_exit(1);
		for (int fd = 3; fd < 64; fd++)
			if (fd != sv[1])
				close(fd);
		if (setgid(65534) == -1 || setuid(65534) == -1)
			errno = 0;	/* we are one already */
		_exit(puppet_main(sv[1]));
	}
	close(sv[1]);
	*s = (struct side){ .channel = sv[0] };
	return pid;
}

static int finish(struct side *s, pid_t pid)
{
	int status = -1;

	close(s->channel);
	if (s->stuck)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

struct line {
	const char *typed, *answer;	/* the answer is a pattern */
};

static void play(struct side *s, const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		answers(s, lines[i].typed, lines[i].answer);
}
#define PLAY(s, lines) play(s, lines, sizeof(lines) / sizeof((lines)[0]))

static const struct line tcp_begin[] = {
	{ "socket|tcp", "= 3" },
	{ "socket|99|1", "= -1 EAFNOSUPPORT (*)" },
	{ "accept", "= -1 EINVAL (*)" },
	{ "accept4|nonblock", "= -1 EINVAL (*)" },
	{ "setsockopt|reuseaddr|1", "= 0" },
	{ "setsockopt|reuseaddr|1|len=1", "= -1 EINVAL (*)" },
	{ "getsockopt|reuseaddr", "= 0, 1" },
	{ "getsockopt|9|9|fd=99", "= -1 EBADF (*)" },
	{ "getsockopt|type", "= 0, SOCK_STREAM" },
	{ "bind|127.0.0.1|0", "= 0" },
	{ "listen|1", "= 0" },
	{ "getsockopt|tcp_info", "= 0, LISTEN, 0 in the queue, "
	  "backlog 1" },
	{ "getsockname", "= 0, 127.0.0.1:*" },
	{ "getsockname|99", "= -1 EBADF (*)" },
};

static const struct line tcp_talk[] = {
	{ "getpeername|3", "= -1 ENOTCONN (*)" },
	{ "send|4|hello", "= 5" },
	{ "send|fd=4|!|oob", "= 1" },
	{ "recv|5|10|peek", "= 5, received \"hello\"" },
	{ "ioctl|5|siocinq", "= 0, 5" },
	{ "recvfrom|5|10", "= 5, received \"hello\"" },
	{ "ioctl|5|siocatmark", "= 0, 1" },
	{ "recv|5|1|oob", "= 1, received \"!\"" },
	{ "recv|5|1|dontwait", "= -1 EAGAIN (*)" },
	{ "recvfrom|5|1|dontwait", "= -1 EAGAIN (*)" },
	{ "recvmsg|5|1|dontwait", "= -1 EAGAIN (*)" },
	{ "sendmsg|5|ab|cde\\n", "= 6" },
	{ "recvmsg|4|2|8", "= 6, received \"abcde\\n\"" },
	{ "sendto|5|x*70", "= 70" },
	{ "recv|4|100", "= 70, received \"xxx*xxx\"" },
	{ "write|5|\\x00\\xffz", "= 3" },
	{ "read|4|9", "= 3, received \"\\000\\377z\"" },
	{ "shutdown|4|wr", "= 0" },
	{ "shutdown|4|9", "= -1 EINVAL (*)" },
	{ "recv|5|9", "= 0, received \"\"" },
	{ "send|4|x|nosignal", "= -1 EPIPE (*)" },
	{ "sendto|4|x|nosignal", "= -1 EPIPE (*)" },
	{ "sendmsg|4|x|nosignal", "= -1 EPIPE (*)" },
	{ "setsockopt|5|linger|0", "= 0" },
	{ "getsockopt|5|linger", "= 0, on, 0 s" },
	{ "close|5", "= 0" },
	{ "getsockopt|4|error", "= 0, ECONNRESET (*)" },
	{ "close|5", "= -1 EBADF (*)" },
	{ "connect|4|unspec", "= 0" },
	{ "close", "= 0" },
};

static void test_tcp(void)
{
	struct side s;
	pid_t pid = start(&s);
	long port;

	PLAY(&s, tcp_begin);
	answers(&s, "getsockname", "= 0, *");
	port = port_of(&s);
	answers(&s, "socket|tcp", "= 4");
	typed(&s, "= -1 EADDRINUSE (*)", "bind|127.0.0.1|%ld", port);
	typed(&s, "= 0", "connect|127.0.0.1|%ld", port);
	typed(&s, "= -1 EISCONN (*)", "connect|127.0.0.1|%ld", port);
	answers(&s, "accept", "= 5, from 127.0.0.1:*");
	answers(&s, "getpeername|4", "= 0, 127.0.0.1:*");
	CHECK(port_of(&s) == port, "the peer's port is the listener's");
	PLAY(&s, tcp_talk);
	answers(&s, "socket|tcp|nonblock", "= 4");
	typed(&s, "= -1 EINPROGRESS (*)", "connect|127.0.0.1|%ld", port);
	answers(&s, "accept4|cloexec", "= 5, *");
	answers(&s, "fcntl|getfd", "= 1, FD_CLOEXEC");
	CHECK(finish(&s, pid) == 0, "the puppet ends with its channel");
}

static const struct line udp_unix_lines[] = {
	{ "socket|udp", "= 3" },
	{ "listen|1", "= -1 EOPNOTSUPP (*)" },
	{ "bind|127.0.0.1|0", "= 0" },
	{ "send|x", "= -1 EDESTADDRREQ (*)" },
	{ "socketpair|dgram", "= 0, 4 and 5" },
	{ "socketpair|tcp", "= -1 EOPNOTSUPP (*)" },
	{ "open|/dev/null|wronly", "= 6" },
	{ "sendmsg|5|hi|rights=6", "= 2" },
	{ "recvmsg|4|9", "= 2, received \"hi\", and descriptor 7" },
	{ "kcmp|self|self|6|7", "= 0, the same open file description" },
	{ "kcmp|self|self|4|99", "= -1 EBADF (*)" },
	{ "send|4|hello", "= 5" },
	{ "recvmsg|5|2", "= 2, received \"he\", MSG_TRUNC" },
	{ "send|4|hello", "= 5" },
	{ "recv|5|2|trunc", "= 5, received \"he\"" },
	{ "setsockopt|4|rcvtimeo|0.01", "= 0" },
	{ "getsockopt|4|rcvtimeo", "= 0, 0.01???? s" },
	{ "recv|4|2", "= -1 EAGAIN (*)" },
	{ "socket|unix", "= 8" },
	{ "bind|@underglass-puppet-test", "= 0" },
	{ "getsockname", "= 0, \"\\000underglass-puppet-test\"" },
	{ "connect|/nowhere", "= -1 ENOENT (*)" },
};

static void test_udp_unix(void)
{
	struct side s;
	pid_t pid = start(&s);
	long port;

	PLAY(&s, udp_unix_lines);
	answers(&s, "getsockname|3", "= 0, *");
	port = port_of(&s);
	typed(&s, "= 2", "sendto|3|hi|127.0.0.1|%ld", port);
	answers(&s, "recvfrom|3|9", "= 2, received \"hi\" from 127.0.0.1:*");
	finish(&s, pid);
}

static const struct line file_lines[] = {
	{ "umask|027", "= *, 0*" },
	{ "umask|022", "= 23, 0027" },
	{ "chdir|/nowhere", "= -1 ENOENT (*)" },
	{ "write|hello\\n", "= 6" },
	{ "pwrite|J|0", "= 1" },
	{ "pread|9|0", "= 6, received \"Jello\\n\"" },
	{ "lseek|0|end", "= 6" },
	{ "lseek|-1", "= -1 EINVAL (*)" },
	{ "writev|a|b|c", "= 3" },
	{ "lseek|0", "= 0" },
	{ "readv|3|2|3", "= 5, received \"Jello\"" },
	{ "read|99", "= 4, received \"\\nabc\"" },
	{ "ftruncate|4", "= 0" },
	{ "fstat", "= 0, file, mode 0640, 4 bytes, 1 links, inode *" },
	{ "dup", "= 4" },
	{ "dup|99", "= -1 EBADF (*)" },
	{ "dup2|3|10", "= 10" },
	{ "dup2|99|10", "= -1 EBADF (*)" },
	{ "dup3|3|10|cloexec", "= 10" },
	{ "dup3|3|3", "= -1 EINVAL (*)" },
	{ "fcntl|10|getfd", "= 1, FD_CLOEXEC" },
	{ "fcntl|10|setfd|0", "= 0" },
	{ "fcntl|3|setfl|append", "= 0" },
	{ "fcntl|4|getfl", "= *, O_RDWR | O_APPEND" },
	{ "fcntl|99|getfl", "= -1 EBADF (*)" },
	{ "fcntl|3|dupfd|20", "= 20" },
	{ "ioctl|3|siocatmark", "= -1 ENOTTY (*)" },
	{ "pipe", "= 0, read from 5, write to 6" },
	{ "pipe2|nonblock", "= 0, read from 7, write to 8" },
	{ "pipe2|0x1", "= -1 EINVAL (*)" },
	{ "read|7|1", "= -1 EAGAIN (*)" },
	{ "readv|7|1", "= -1 EAGAIN (*)" },
	{ "write|7|x", "= -1 EBADF (*)" },
	{ "writev|7|x", "= -1 EBADF (*)" },
	{ "pread|7|1|0", "= -1 ESPIPE (*)" },
	{ "pwrite|8|x|0", "= -1 ESPIPE (*)" },
	{ "fcntl|8|getpipe_sz", "= [1-9]*" },
	{ "ftruncate|7|0", "= -1 EINVAL (*)" },
	{ "fstat|99", "= -1 EBADF (*)" },
	{ "write|6|x*5000", "= 5000" },
	{ "read|5|65536", "= 5000, received \"xxx*x\"..." },
	{ "setrlimit|nofile|9", "= 0" },
	{ "getrlimit|nofile", "= 0, soft 9, hard 9" },
	{ "setrlimit|nofile|99", "= -1 EPERM (*)" },
	{ "getrlimit|99", "= -1 EINVAL (*)" },
	{ "pipe", "= -1 EMFILE (*)" },
	{ "chdir|/", "= 0" },
};

static void test_files(void)
{
	char dir[] = "/tmp/puppet-test-XXXXXX";
	struct side s;
	pid_t pid = start(&s);

	if (!mkdtemp(dir) || chmod(dir, 0777) == -1)
		exit(1);
	answers(&s, "umask|027", "= *");
	typed(&s, "= 3", "open|%s/f|rdwr|creat|excl|0666", dir);
	typed(&s, "= -1 EEXIST (*)", "open|%s/f|rdwr|creat|excl|0666", dir);
	PLAY(&s, file_lines);
	typed(&s, "= 0", "unlink|%s/f", dir);
	typed(&s, "= -1 ENOENT (*)", "unlink|%s/f", dir);
	finish(&s, pid);
	CHECK(rmdir(dir) == 0, "the file is gone");
}

static const struct line ready_lines[] = {
	{ "pipe", "= 0, read from 3, write to 4" },
	{ "select|3|w:4", "= 1, writable 4" },
	{ "select|3|timeout=0", "= 0, none ready, 0.000000 s left" },
	{ "select|9", "= -1 EBADF (*)" },
	{ "poll|3|w:4", "= 1, 4 POLLOUT" },
	{ "poll|9|timeout=1", "= 1, 9 POLLNVAL" },
	{ "poll|3|timeout=0.01", "= 0, none ready" },
	{ "epoll_create", "= 5" },
	{ "epoll_create|0", "= -1 EINVAL (*)" },
	{ "epoll_create1|cloexec", "= 6" },
	{ "epoll_create1|0x7", "= -1 EINVAL (*)" },
	{ "epoll_ctl|5|add|3|in|et", "= 0" },
	{ "epoll_ctl|5|add|3", "= -1 EEXIST (*)" },
	{ "epoll_wait|5|timeout=0", "= 0, none ready" },
	{ "epoll_wait|3|timeout=0", "= -1 EINVAL (*)" },
	{ "write|4|ab", "= 2" },
	{ "select|3|w:4|timeout=5", "= 2, readable 3, writable 4, *" },
	{ "poll|3|w:4", "= 2, 3 POLLIN, 4 POLLOUT" },
	{ "epoll_wait|5|timeout=1", "= 1, 3 EPOLLIN" },
	{ "read|3|1", "= 1, received \"a\"" },
	{ "epoll_wait|5|timeout=0", "= 0, none ready" },
	{ "epoll_ctl|5|mod|3|in|oneshot", "= 0" },
	{ "epoll_wait|5|timeout=1", "= 1, 3 EPOLLIN" },
	{ "epoll_wait|5|timeout=0", "= 0, none ready" },
	{ "epoll_ctl|5|del|3", "= 0" },
};

static void test_ready(void)
{
	struct side s;
	pid_t pid = start(&s);

	PLAY(&s, ready_lines);
	finish(&s, pid);
}

static const struct line signal_lines[] = {
	{ "sigaction|USR1|nodefer", "= 0" },
	{ "sigaction|USR2|siginfo|mask=INT,TERM", "= 0" },
	{ "sigaction|ALRM", "= 0" },
	{ "sigaction|KILL", "= -1 EINVAL (*)" },
	{ "signal|INT|ignore", "= 0, before: SIG_DFL" },
	{ "signal|INT", "= 0, before: SIG_IGN" },
	{ "signal|KILL|ignore", "= -1 EINVAL (*)" },
	{ "raise|INT", "= 0" },
	{ "raise|99", "= -1 EINVAL (*)" },
	{ "kill|self|USR2", "= 0" },
	{ "kill|99999999|0", "= -1 ESRCH (*)" },
	{ "sigprocmask|block|USR1|RTMIN+1", "= 0" },
	{ "sigprocmask|9|USR1", "= -1 EINVAL (*)" },
	{ "sigpending", "= 0, none" },
	{ "raise|USR1", "= 0" },
	{ "sigpending", "= 0, SIGUSR1" },
	{ "sigprocmask|setmask|none", "= 0" },
	{ "sigpending", "= 0, none" },
	{ "alarm|100", "= 0" },
	{ "alarm|0", "= [19]*, * s were left of the alarm before" },
	{ "setitimer|9|1", "= -1 EINVAL (*)" },
	{ "setitimer|real|0.02", "= 0" },
	{ "pause", "= -1 EINTR (*)" },
	{ "sigprocmask|block|ALRM", "= 0" },
	{ "setitimer|real|0.02", "= 0" },
	{ "sigsuspend|none", "= -1 EINTR (*)" },
	{ "sigprocmask|unblock|ALRM", "= 0" },
	{ "sleep|0", "= 0" },
	{ "setitimer|real|0.02", "= 0" },
	{ "sleep|5", "= [45], [45] s were left" },
	{ "nanosleep|0.001", "= 0" },
	{ "setitimer|real|0.02", "= 0" },
	{ "nanosleep|5", "= -1 EINTR (*), 4.9* s were left" },
	{ "setitimer|real|0.02", "= 0" },
	{ "poll|timeout=5", "= -1 EINTR (*)" },
	{ "pipe", "= 0, read from 3, write to 4" },
	{ "sigaction|USR1|restart", "= 0" },
};

static void test_signals(void)
{
	struct side s;
	pid_t pid = start(&s);
	int status;

	PLAY(&s, signal_lines);
	CHECK(type_line(&s, "read|3|1") && hear(&s, 100) == -1,
	      "a read of an empty pipe blocks the puppet");
	kill(pid, SIGUSR1);
	CHECK(hear(&s, 100) == -1, "SA_RESTART: the read goes on");
	kill(pid, SIGUSR2);
	CHECK(hear(&s, 5000) == 1 && s.ans.ret == -1 && s.ans.error == EINTR,
	      "without it the read ends with EINTR");
	kill(pid, SIGUSR2);
	answers(&s, "close|3", "= 0");
	CHECK(type_line(&s, "write|4|x") && hear(&s, 5000) == 0,
	      "SIGPIPE closes the channel");
	status = finish(&s, pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
	      "the puppet died of SIGPIPE");
}

static void test_fork(void)
{
	struct side s, kid, third;
	pid_t pid = start(&s);
	char pattern[100];
	long kid_pid;

	snprintf(pattern, sizeof(pattern), "= %d", pid);
	answers(&s, "getpid", pattern);
	answers(&s, "wait", "= -1 ECHILD (*)");
	answers(&s, "waitpid", "= -1 ECHILD (*)");
	answers(&s, "waitid|all|exited", "= -1 ECHILD (*)");
	answers(&s, "pipe", "= 0, read from 3, write to 4");
	answers(&s, "fork|kid", "= [1-9]*");
	kid_pid = s.ans.ret;
	check_str(s.ans.name, "kid", "the child's name comes back");
	CHECK(s.st.forks == 1 && s.child != -1, "with a channel to it");
	kid = (struct side){ .channel = s.child, .st = s.st };
	answers(&kid, "getppid", pattern);
	answers(&kid, "write|from the child", "= 14");
	answers(&kid, "setpgid", "= 0");
	answers(&kid, "socket|udp", "= 5");
	answers(&s, "read|99", "= 14, received \"from the child\"");
	answers(&s, "pipe", "= 0, read from 5, write to 6");
	answers(&s, "waitpid|nohang", "= 0, no child has changed yet");
	answers(&kid, "fork", "= [1-9]*");
	third = (struct side){ .channel = kid.child, .st = kid.st };
	answers(&third, "getppid", "= *");
	CHECK(third.ans.ret == kid_pid, "a child of the child");
	CHECK(type_line(&third, "exit|300") && hear(&third, 5000) == 0,
	      "exit closes its channel");
	answers(&kid, "wait", "= *, exited with 44 (status 0x2c00)");

	typed(&s, "= 0", "kill|%ld|STOP", kid_pid);
	typed(&s, "= *, stopped by SIGSTOP (status 0x137f)",
	      "waitpid|%ld|untraced", kid_pid);
	typed(&s, "= 0", "kill|%ld|CONT", kid_pid);
	answers(&s, "waitpid|continued", "= *, continued (status 0xffff)");
	typed(&s, "= 0", "kill|%ld|KILL", kid_pid);
	snprintf(pattern, sizeof(pattern), "= 0, si_pid %ld, si_code "
		 "CLD_KILLED, si_status 9", kid_pid);
	answers(&s, "waitid|all|exited|nowait", pattern);
	answers(&s, "wait", "= *, killed by SIGKILL (status 0x0009)");
	CHECK(s.ans.ret == kid_pid && hear(&kid, 5000) == 0,
	      "and its channel is closed");
	CHECK(finish(&s, pid) == 0, "the puppet ends with its channel");
	close(kid.channel);
	close(third.channel);
}

static const struct line process_lines[] = {
			{ "getpgrp", "= [1-9]*" },
	{ "getsid", "= [0-9]*" },
	{ "getsid|99999999", "= -1 ESRCH (*)" },
	{ "setpgid|99999999", "= -1 ESRCH (*)" },
	{ "setsid", "= [1-9]*" },
	{ "setsid", "= -1 EPERM (*)" },
	{ "prctl|child_subreaper", "= 0" },
	{ "prctl|9999|1", "= -1 EINVAL (*)" },
	{ "prctl|pdeathsig|TERM", "= 0" },
	{ "execve|/nowhere|x", "= -1 ENOENT (*)" },
	{ "setrlimit|core|0", "= 0" },
	{ "setrlimit|nproc|0", "= 0" },
};

static void test_process(void)
{
	struct side s;
	pid_t pid = start(&s);
	int status;

	PLAY(&s, process_lines);
	answers(&s, "getuid", "= [0-9]*");
	unlimited = s.ans.ret == 0;
	if (unlimited)
		CHECK(true, "fork is refused # SKIP no user but root");
	else
		answers(&s, "fork", "= -1 EAGAIN (*)");
	CHECK(type_line(&s, "abort") && hear(&s, 5000) == 0, "abort");
	status = finish(&s, pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	      "the puppet died of SIGABRT");

	pid = start(&s);
	CHECK(type_line(&s, "_exit|7") && hear(&s, 5000) == 0, "_exit");
	CHECK(finish(&s, pid) == 7 << 8, "with that status");

	pid = start(&s);
	CHECK(type_line(&s, "execve|/bin/sh|-c|exit 3") &&
	      hear(&s, 5000) == 0, "execve closes the channel");
	CHECK(finish(&s, pid) == 3 << 8, "and the other program runs");
}

/* What is not a puppet's answer is not taken for one. */
static void test_channel(void)
{
	struct side s = { 0 };
	struct puppet_answer bad = { .magic = 0 };
	struct errmsg err;
	int sv[2], count = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv) == -1)
		exit(1);
	CHECK(puppet_receive(sv[0], &s.ans, &s.child, &err) == -1 &&
	      errno == EAGAIN, "nothing there yet");
	send(sv[1], &bad, sizeof(bad), 0);
	CHECK(puppet_receive(sv[0], &s.ans, &s.child, &err) == -1 &&
	      errno == EPROTO, "no answer at all");
	send(sv[1], &bad, 3, 0);
	CHECK(puppet_receive(sv[0], &s.ans, &s.child, &err) == -1,
	      "a short one");
	parse(&s.st, "write|1|x*60000", &err);
	while (puppet_send(sv[0], &req, &err) == 0 && count < 1000)
		count++;
	CHECK(count > 0 && count < 1000, "a full channel is an error: %s",
	      err.text);
	close(sv[1]);
	CHECK(puppet_receive(sv[0], &s.ans, &s.child, &err) == 0, "closed");
	CHECK(puppet_send(sv[0], &req, &err) == -1, "%s", err.text);
	close(sv[0]);
}

/* Each call was seen both ways, but for those that know one way only. */
static void test_all_were_called(void)
{
	static const char no_success[] =
		" exit _exit abort execve pause sigsuspend ";
	static const char no_refusal[] =
		" exit _exit abort wait getpid getppid getpgrp getuid umask "
		"alarm sleep sigpending ";

	for (size_t i = 0; puppet_call_name(i); i++) {
		char *name = xasprintf(" %s ", puppet_call_name(i));

		if (!strstr(no_success, name))
			CHECK(succeeded[i], "%s was seen to succeed",
			      puppet_call_name(i));
		if (!strstr(no_refusal, name) &&
		    !(unlimited && strcmp(name, " fork ") == 0))
			CHECK(refused[i], "%s was seen to be refused",
			      puppet_call_name(i));
		free(name);
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	test_tcp();
	test_udp_unix();
	test_files();
	test_ready();
	test_signals();
	test_fork();
	test_process();
	test_channel();
	test_all_were_called();
	return check_done();
}
