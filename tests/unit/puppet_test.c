/* puppet_test - the words that are typed to a puppet, and the C line of each */
#include "box/puppet.h"
#include "check.h"

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>

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

/* One descriptor of each kind. */
static const struct puppet_state full = {
	.open = {
		{ 3, PUPPET_LISTENER }, { 4, PUPPET_CONNECTED },
		{ 6, PUPPET_PIPE_READ }, { 7, PUPPET_PIPE_WRITE },
		{ 8, PUPPET_FILE }, { 9, PUPPET_EPOLL }, { 5, PUPPET_SOCKET },
	},
	.count = 7,
};

static const struct { const char *line, *c; } c_lines[] = {
	{ "socket|tcp", "socket(AF_INET, SOCK_STREAM, 0)" },
	{ "SOCKET|UDP|nonblock|cloexec",
	  "socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)" },
	{ "socket|raw", "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)" },
	{ "socket|unix", "socket(AF_UNIX, SOCK_STREAM, 0)" },
	{ "socket|AF_INET6|SOCK_DGRAM|udp",
	  "socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP)" },
	{ "socket|99|1", "socket(99, 1, 0)" },
	{ "socketpair", "socketpair(AF_UNIX, SOCK_STREAM, 0, sv)" },
	{ "socketpair|dgram", "socketpair(AF_UNIX, SOCK_DGRAM, 0, sv)" },
	{ "bind|7000", "bind(5, &(struct sockaddr_in){ .sin_family = AF_INET, "
	  ".sin_port = htons(7000) }, 16)" },
	{ "bind|3|10.0.0.1|80", "bind(3, &(struct sockaddr_in){ .sin_family = "
	  "AF_INET, .sin_port = htons(80), .sin_addr.s_addr = "
	  "inet_addr(\"10.0.0.1\") }, 16)" },
	{ "bind|any|80|len=2", "bind(5, &(struct sockaddr_in){ .sin_family = "
	  "AF_INET, .sin_port = htons(80) }, 2)" },
	{ "bind|/tmp/s", "bind(5, &(struct sockaddr_un){ .sun_family = "
	  "AF_UNIX, .sun_path = \"/tmp/s\" }, 9)" },
	{ "bind|@s", "bind(5, &(struct sockaddr_un){ .sun_family = AF_UNIX, "
	  ".sun_path = \"\\000s\" }, 4)" },
	{ "bind|::1|80", "bind(5, &(struct sockaddr_in6){ .sin6_family = "
	  "AF_INET6, .sin6_port = htons(80), .sin6_addr = "
	  "IN6ADDR_LOOPBACK_INIT }, 28)" },
	{ "bind|fe80::1|80", "bind(5, &(struct sockaddr_in6){ .sin6_family = "
	  "AF_INET6, .sin6_port = htons(80), .sin6_addr.s6_addr = { 254, 128,"
	  " 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } }, 28)" },
	{ "listen|1", "listen(5, 1)" },
	{ "listen|3|1", "listen(3, 1)" },
	{ "listen|1|fd=3", "listen(3, 1)" },
	{ "accept", "accept(3, &addr, &len)" },
	{ "accept4|nonblock", "accept4(3, &addr, &len, SOCK_NONBLOCK)" },
	{ "connect|10.0.0.2:7000", "connect(5, &(struct sockaddr_in){ "
	  ".sin_family = AF_INET, .sin_port = htons(7000), .sin_addr.s_addr ="
	  " inet_addr(\"10.0.0.2\") }, 16)" },
	{ "connect|4|unspec", "connect(4, &(struct sockaddr){ .sa_family = "
	  "AF_UNSPEC }, 16)" },
	{ "send|hello|oob", "send(4, \"hello\", 5, MSG_OOB)" },
	{ "send|5|hello", "send(5, \"hello\", 5, 0)" },
	{ "send|7", "send(4, \"7\", 1, 0)" },
	{ "send|fd=7|oob", "send(7, \"oob\", 3, 0)" },
	{ "send|a b\\n\\0\\x41\\\\|MSG_NOSIGNAL|more",
	  "send(4, \"a b\\n\\000A\\\\\", 7, MSG_NOSIGNAL | MSG_MORE)" },
	{ "send|x*1000", "memset(buf, 'x', 1000); send(4, buf, 1000, 0)" },
	{ "send|ab*3", "send(4, \"ababab\", 6, 0)" },
	{ "send|ab*300", "for (i = 0; i < 300; i++) memcpy(buf + i * 2, "
	  "\"ab\", 2); send(4, buf, 600, 0)" },
	{ "send|2\\*3", "send(4, \"2*3\", 3, 0)" },
	{ "send|안녕", "send(4, \"안녕\", 6, 0)" },
	{ "send|\\xff\"", "send(4, \"\\377\\\"\", 2, 0)" },
	{ "send|x*65536", "memset(buf, 'x', 65536); send(4, buf, 65536, 0)" },
	{ "sendto|hi|127.0.0.1|9", "sendto(4, \"hi\", 2, 0, "
	  "&(struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(9)"
	  ", .sin_addr.s_addr = inet_addr(\"127.0.0.1\") }, 16)" },
	{ "sendto|hi|dontwait", "sendto(4, \"hi\", 2, MSG_DONTWAIT, NULL, 0)" },
	{ "sendmsg|a|bc|oob", "sendmsg(4, &(struct msghdr){ .msg_iov = "
	  "(struct iovec[]){ { \"a\", 1 }, { \"bc\", 2 } }, .msg_iovlen = 2 },"
	  " MSG_OOB)" },
	{ "sendmsg|a|rights=8", "sendmsg(4, &(struct msghdr){ .msg_iov = "
	  "(struct iovec[]){ { \"a\", 1 } }, .msg_iovlen = 1, .msg_control = "
	  "&(struct { struct cmsghdr head; int fd; }){ { 20, SOL_SOCKET, "
	  "SCM_RIGHTS }, 8 }, .msg_controllen = 24 }, 0)" },
	{ "recv|10|peek", "recv(4, buf, 10, MSG_PEEK)" },
	{ "recv|3|10|PEEK|0x40", "recv(3, buf, 10, MSG_PEEK | 0x40)" },
	{ "recvfrom|10", "recvfrom(4, buf, 10, 0, &addr, &len)" },
	{ "recvmsg|2|3|waitall", "recvmsg(2, &(struct msghdr){ .msg_iov = "
	  "(struct iovec[]){ { buf + 0, 3 } }, .msg_iovlen = 1, .msg_control "
	  "= control, .msg_controllen = sizeof(control) }, MSG_WAITALL)" },
	{ "shutdown|wr", "shutdown(4, SHUT_WR)" },
	{ "shutdown|3|9", "shutdown(3, 9)" },
	{ "getsockname|4", "getsockname(4, &addr, &len)" },
	{ "getpeername", "getpeername(4, &addr, &len)" },
	{ "setsockopt|reuseaddr|1", "setsockopt(5, SOL_SOCKET, SO_REUSEADDR, "
	  "&(int){ 1 }, 4)" },
	{ "setsockopt|3|TCP_USER_TIMEOUT|1500", "setsockopt(3, IPPROTO_TCP, "
	  "TCP_USER_TIMEOUT, &(int){ 1500 }, 4)" },
	{ "setsockopt|linger|on|0", "setsockopt(5, SOL_SOCKET, SO_LINGER, "
	  "&(struct linger){ .l_onoff = 1, .l_linger = 0 }, 8)" },
	{ "setsockopt|linger|off", "setsockopt(5, SOL_SOCKET, SO_LINGER, "
	  "&(struct linger){ .l_onoff = 0, .l_linger = 0 }, 8)" },
	{ "setsockopt|rcvtimeo|1.5", "setsockopt(5, SOL_SOCKET, SO_RCVTIMEO, "
	  "&(struct timeval){ 1, 500000 }, 16)" },
	{ "setsockopt|attach_filter|0", "setsockopt(5, SOL_SOCKET, "
	  "SO_ATTACH_FILTER, &(struct sock_fprog){ 1, &(struct sock_filter){ "
	  "BPF_RET, 0, 0, 0 } }, 16)" },
	{ "setsockopt|v6only|1|len=1", "setsockopt(5, IPPROTO_IPV6, "
	  "IPV6_V6ONLY, &(int){ 1 }, 1)" },
	{ "getsockopt|acceptconn|fd=3", "getsockopt(3, SOL_SOCKET, "
	  "SO_ACCEPTCONN, &value, &len)" },
	{ "open|f|rdwr|creat|0644", "open(\"f\", O_RDWR | O_CREAT, 0644)" },
	{ "open|f", "open(\"f\", O_RDONLY)" },
	{ "close", "close(5)" },
	{ "close|3", "close(3)" },
	{ "close|-1", "close(-1)" },
	{ "read|10", "read(8, buf, 10)" },
	{ "readv|6|1|2", "readv(6, (struct iovec[]){ { buf + 0, 1 }, "
	  "{ buf + 1, 2 } }, 2)" },
	{ "pread|4|0", "pread(8, buf, 4, 0)" },
	{ "write|hi", "write(8, \"hi\", 2)" },
	{ "writev|a|b*100", "memset(buf + 2, 'b', 100); writev(8, "
	  "(struct iovec[]){ { \"a\", 1 }, { buf + 2, 100 } }, 2)" },
	{ "pwrite|hi|4", "pwrite(8, \"hi\", 2, 4)" },
	{ "dup", "dup(5)" },
	{ "dup2|3|1", "dup2(3, 1)" },
	{ "dup3|3|4|cloexec", "dup3(3, 4, O_CLOEXEC)" },
	{ "fcntl|getfl", "fcntl(5, F_GETFL)" },
	{ "fcntl|3|setfl|nonblock|append",
	  "fcntl(3, F_SETFL, O_NONBLOCK | O_APPEND)" },
	{ "fcntl|setfd|0", "fcntl(5, F_SETFD, 0)" },
	{ "fcntl|setown|self", "fcntl(5, F_SETOWN, getpid())" },
	{ "ioctl|siocoutq", "ioctl(5, SIOCOUTQ, &n)" },
	{ "ioctl|fionbio|1", "ioctl(5, FIONBIO, &(int){ 1 })" },
	{ "lseek|0|end", "lseek(8, 0, SEEK_END)" },
	{ "lseek|3|4", "lseek(3, 4, SEEK_SET)" },
	{ "ftruncate|4", "ftruncate(8, 4)" },
	{ "fstat|0", "fstat(0, &st)" },
	{ "unlink|f", "unlink(\"f\")" },
	{ "pipe", "pipe(fds)" },
	{ "pipe2|nonblock", "pipe2(fds, O_NONBLOCK)" },
	{ "chdir|/", "chdir(\"/\")" },
	{ "umask|022", "umask(022)" },
	{ "select|3|w:4|timeout=2.5", "FD_ZERO(&rfds); FD_SET(3, &rfds); "
	  "FD_ZERO(&wfds); FD_SET(4, &wfds); select(5, &rfds, &wfds, NULL, "
	  "&(struct timeval){ 2, 500000 })" },
	{ "select|3|e:3|nfds=3", "FD_ZERO(&rfds); FD_SET(3, &rfds); "
	  "FD_ZERO(&efds); FD_SET(3, &efds); select(3, &rfds, NULL, &efds, "
	  "NULL)" },
	{ "poll|3|w:4|timeout=0.5", "poll((struct pollfd[]){ { 3, POLLIN, 0 }"
	  ", { 4, POLLOUT, 0 } }, 2, 500)" },
	{ "epoll_create", "epoll_create(1)" },
	{ "epoll_create1|cloexec", "epoll_create1(EPOLL_CLOEXEC)" },
	{ "epoll_ctl|add|4|in|et", "epoll_ctl(9, EPOLL_CTL_ADD, 4, "
	  "&(struct epoll_event){ .events = EPOLLIN | EPOLLET, "
	  ".data.fd = 4 })" },
	{ "epoll_ctl|3|del|4", "epoll_ctl(3, EPOLL_CTL_DEL, 4, NULL)" },
	{ "epoll_wait|timeout=0", "epoll_wait(9, events, 8, 0)" },
	{ "fork", "fork()" },
	{ "fork|kid", "fork()" },
	{ "exit|7", "exit(7)" },
	{ "_exit", "_exit(0)" },
	{ "abort", "abort()" },
	{ "wait", "wait(&status)" },
	{ "waitpid", "waitpid(-1, &status, 0)" },
	{ "waitpid|7|nohang|WUNTRACED",
	  "waitpid(7, &status, WNOHANG | WUNTRACED)" },
	{ "waitid|all|exited|nowait",
	  "waitid(P_ALL, 0, &info, WEXITED | WNOWAIT)" },
	{ "waitid|7|exited", "waitid(P_PID, 7, &info, WEXITED)" },
	{ "waitid|pgid|7|stopped", "waitid(P_PGID, 7, &info, WSTOPPED)" },
	{ "waitid|-1|nohang", "waitid(P_ALL, 0, &info, WNOHANG)" },
	{ "getpid", "getpid()" }, { "getppid", "getppid()" },
	{ "getpgrp", "getpgrp()" }, { "setsid", "setsid()" },
	{ "getuid", "getuid()" },
	{ "setpgid", "setpgid(0, 0)" }, { "setpgid|7|7", "setpgid(7, 7)" },
	{ "getsid|self", "getsid(getpid())" },
	{ "prctl|child_subreaper", "prctl(PR_SET_CHILD_SUBREAPER, 1)" },
	{ "prctl|pdeathsig|TERM", "prctl(PR_SET_PDEATHSIG, SIGTERM)" },
	{ "execve|/bin/echo|a b", "execve(\"/bin/echo\", (char *[]){ "
	  "\"/bin/echo\", \"a b\", NULL }, environ)" },
	{ "setrlimit|nofile|10",
	  "setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 10, 10 })" },
	{ "setrlimit|core|0|unlimited",
	  "setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, RLIM_INFINITY })" },
	{ "getrlimit|NPROC", "getrlimit(RLIMIT_NPROC, &limit)" },
	{ "kcmp|self|7|3|4",
	  "syscall(SYS_kcmp, getpid(), 7, KCMP_FILE, 3, 4)" },
	{ "kill|7|usr1", "kill(7, SIGUSR1)" },
	{ "kill|self|RTMIN+2", "kill(getpid(), SIGRTMIN + 2)" },
	{ "kill|-7|0", "kill(-7, 0)" },
	{ "raise|SIGSTOP", "raise(SIGSTOP)" },
	{ "sigaction|USR1|restart|nodefer", "sigaction(SIGUSR1, "
	  "&(struct sigaction){ .sa_handler = handler, .sa_flags = SA_RESTART "
	  "| SA_NODEFER }, NULL)" },
	{ "sigaction|CHLD|ignore", "sigaction(SIGCHLD, &(struct sigaction){ "
	  ".sa_handler = SIG_IGN, .sa_flags = 0 }, NULL)" },
	{ "sigaction|10|siginfo|mask=INT,USR2", "sigemptyset(&set); "
	  "sigaddset(&set, SIGINT); sigaddset(&set, SIGUSR2); sigaction("
	  "SIGUSR1, &(struct sigaction){ .sa_sigaction = handler_info, "
	  ".sa_flags = SA_SIGINFO, .sa_mask = set }, NULL)" },
	{ "signal|INT|SIG_DFL", "signal(SIGINT, SIG_DFL)" },
	{ "sigprocmask|block|USR1|2", "sigemptyset(&set); sigaddset(&set, "
	  "SIGUSR1); sigaddset(&set, SIGINT); sigprocmask(SIG_BLOCK, &set, "
	  "NULL)" },
	{ "sigprocmask|setmask|all",
	  "sigfillset(&set); sigprocmask(SIG_SETMASK, &set, NULL)" },
	{ "sigpending", "sigpending(&set)" },
	{ "sigsuspend|none", "sigemptyset(&set); sigsuspend(&set)" },
	{ "alarm|1", "alarm(1)" },
	{ "setitimer|real|0.25|1", "setitimer(ITIMER_REAL, &(struct itimerval)"
	  "{ .it_value = { 0, 250000 }, .it_interval = { 1, 0 } }, NULL)" },
	{ "pause", "pause()" },
	{ "sleep|3", "sleep(3)" },
	{ "nanosleep|0.5",
	  "nanosleep(&(struct timespec){ 0, 500000000 }, &left)" },
};

static void test_c_lines(void)
{
	struct errmsg err;

	for (size_t i = 0; i < sizeof(c_lines) / sizeof(c_lines[0]); i++) {
		int rc = parse(&full, c_lines[i].line, &err);

		if (CHECK(rc == PUPPET_OK, "%s is understood",
			  c_lines[i].line))
			check_str(req.c_line, c_lines[i].c, c_lines[i].line);
		else
			printf("# %s\n", err.text);
	}
	for (size_t i = 0; puppet_call_name(i); i++) {
		const char *name = puppet_call_name(i);
		size_t n = 0, len = strlen(name);

		while (n < sizeof(c_lines) / sizeof(c_lines[0]) &&
		       !(strncasecmp(c_lines[n].line, name, len) == 0 &&
			 strchr("|", c_lines[n].line[len])))
			n++;
		CHECK(n < sizeof(c_lines) / sizeof(c_lines[0]),
		      "%s has its C line tested", name);
	}
}

static const char c_head[] =
	"#include <arpa/inet.h>\n#include <fcntl.h>\n"
	"#include <linux/filter.h>\n#include <linux/kcmp.h>\n"
	"#include <linux/sockios.h>\n"
	"#include <netinet/in.h>\n#include <netinet/tcp.h>\n#include <poll.h>\n"
	"#include <signal.h>\n#include <stdlib.h>\n#include <string.h>\n"
	"#include <sys/epoll.h>\n#include <sys/ioctl.h>\n"
	"#include <sys/prctl.h>\n#include <sys/resource.h>\n"
	"#include <sys/select.h>\n#include <sys/socket.h>\n"
	"#include <sys/stat.h>\n#include <sys/syscall.h>\n"
	"#include <sys/time.h>\n#include <sys/uio.h>\n#include <sys/un.h>\n"
	"#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>\n"
	"char buf[65536], control[64];\nstruct sockaddr_in addr;\n"
	"socklen_t len;\nint i, n, value, status, sv[2], fds[2];\n"
	"sigset_t set;\nstruct stat st;\nfd_set rfds, wfds, efds;\n"
	"struct epoll_event events[8];\nsiginfo_t info;\n"
	"struct rlimit limit;\nstruct timespec left;\n"
	"void handler(int sig);\n"
	"void handler_info(int sig, siginfo_t *info, void *context);\n";

/* What is shown as C has to be C. */
static void test_compiles(void)
{
	FILE *cc;
	int rc;

	if (system("cc --version >/dev/null 2>&1") != 0) {
		CHECK(true, "the C lines compile # SKIP no compiler");
		return;
	}
	signal(SIGPIPE, SIG_IGN);
	cc = popen("cc -x c -std=gnu11 -D_GNU_SOURCE -Wall -Wno-unused "
		   "-Werror -fsyntax-only - 2>&1", "w");
	if (!cc) {
		CHECK(false, "popen: %s", strerror(errno));
		return;
	}
	fprintf(cc, "%s", c_head);
	for (size_t i = 0; i < sizeof(c_lines) / sizeof(c_lines[0]); i++)
		fprintf(cc, "void f%zu(void);\nvoid f%zu(void) { %s; }\n", i,
			i, c_lines[i].c);
	rc = pclose(cc);
	CHECK(rc == 0, "the C lines compile");
}

static const struct {
	const char *line;
	int rc;
	const char *err;		/* a pattern */
	const char *missing;
} refusals[] = {
	{ "recv", PUPPET_MISSING, "recv takes \\[FD] LEN \\[FLAG...]: LEN is "
	  "missing", "LEN" },
	{ "recv|4", PUPPET_MISSING, "recv takes *: FD is missing", "FD" },
	{ "recv|4|10|peke", PUPPET_BAD, "recv takes *'peke' is no FLAG; did "
	  "you mean peek?", NULL },
	{ "recv|peek", PUPPET_BAD, "*'peek' is no number (LEN)", NULL },
	{ "recv|4|65537", PUPPET_BAD, "*LEN is 0 to 65536", NULL },
	{ "recv|fd=x|1", PUPPET_BAD, "*'x' is no descriptor", NULL },
	{ "close|1000", PUPPET_BAD, "*the puppet's own channel", NULL },
	{ "dup2|3|1000", PUPPET_BAD, "*the puppet's own channel", NULL },
	{ "close|x", PUPPET_BAD, "close takes *'x' is too much", NULL },
	{ "bind|3", PUPPET_MISSING, "*FD is missing", "FD" },
	{ "bind", PUPPET_MISSING, "*PORT is missing", "PORT" },
	{ "bind|3|99999", PUPPET_BAD, "*16 bits", NULL },
	{ "bind|3|nowhere|1", PUPPET_BAD, "*'nowhere' is no address*", NULL },
	{ "connect|3", PUPPET_MISSING, "*ADDR is missing", "ADDR" },
	{ "connect|3|10.0.0.1", PUPPET_MISSING, "*PORT is missing", "PORT" },
	{ "connect|10.0.0.1", PUPPET_MISSING, "*PORT is missing", "PORT" },
	{ "socket", PUPPET_MISSING, "*FAMILY is missing", "FAMILY" },
	{ "socket|inet", PUPPET_MISSING, "*TYPE is missing", "TYPE" },
	{ "socket|tpc", PUPPET_BAD, "*'tpc' is no FAMILY*", NULL },
	{ "send|3|\\q", PUPPET_BAD, "*no such escape*", NULL },
	{ "send|3|x*65537", PUPPET_BAD, "*65536 bytes", NULL },
	{ "send|3|x*99999999999999999999", PUPPET_BAD, "*65536 bytes", NULL },
	{ "send|3|ab*40000", PUPPET_BAD, "*65536 bytes", NULL },
	{ "setsockopt|3|reuseadr|1", PUPPET_BAD, "*did you mean reuseaddr?",
	  NULL },
	{ "setsockopt|3|TCP_NODELAI|1", PUPPET_BAD, "*did you mean nodelay?",
	  NULL },
	{ "setsockopt|3|reuseaddr", PUPPET_MISSING, "*VALUE is missing",
	  "VALUE" },
	{ "open|f|creat", PUPPET_MISSING, "*MODE is missing", "MODE" },
	{ "open|f|creat|999", PUPPET_BAD, "*'999' is no mode*", NULL },
	{ "kill|1", PUPPET_MISSING, "*SIG is missing", "SIG" },
	{ "kill|1|FOO", PUPPET_BAD, "*'FOO' is no signal", NULL },
	{ "kill|-1|KILL", PUPPET_BAD, "*every process*", NULL },
	{ "sigprocmask|block", PUPPET_MISSING, "*SIG is missing", "SIG" },
	{ "sigaction|USR1|restrat", PUPPET_BAD, "*did you mean restart?",
	  NULL },
	{ "waitid|all", PUPPET_MISSING, "*FLAG is missing", "FLAG" },
	{ "select", PUPPET_MISSING, "*FD is missing", "FD" },
	{ "select|2000", PUPPET_BAD, "*0 to 1023*", NULL },
	{ "poll|3|timeout=x", PUPPET_BAD, "*no time*", NULL },
	{ "shutdown|3", PUPPET_MISSING, "*HOW is missing", "HOW" },
	{ "fcntl|3", PUPPET_MISSING, "*COMMAND is missing", "COMMAND" },
	{ "recv|4|peke", PUPPET_BAD, "*did you mean peek?", NULL },
	{ "epoll_ctl|3|ad|4", PUPPET_BAD, "*did you mean add?", NULL },
	{ "nanosleep|1.2.3", PUPPET_BAD, "*no time*", NULL },
	{ "fork|a b", PUPPET_BAD, "*'a b' is no name", NULL },
	{ "getpid|1", PUPPET_BAD, "getpid takes nothing: '1' is too much",
	  NULL },
	{ "lisen|1", PUPPET_BAD, "no call 'lisen'; did you mean listen? "
	  "listen takes \\[FD] BACKLOG", NULL },
	{ "epoll", PUPPET_BAD, "no call 'epoll'; there is epoll_create, *",
	  NULL },
	{ "xyzzyplugh", PUPPET_BAD, "no call 'xyzzyplugh'; *help puppet*",
	  NULL },
	{ "", PUPPET_BAD, "no call ''; *help puppet*", NULL },
};

static void test_refusals(void)
{
	static const struct puppet_state none;
	struct errmsg err;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		int rc;

		err.text[0] = '\0';
		rc = parse(&none, refusals[i].line, &err);
		CHECK(rc == refusals[i].rc, "'%s' is refused",
		      refusals[i].line);
		if (!CHECK(fnmatch(refusals[i].err, err.text, 0) == 0,
			   "'%s': %s", refusals[i].line, refusals[i].err))
			printf("#  got: %s\n", err.text);
		check_str(req.missing, refusals[i].missing, "what is missing");
	}
}

static void test_table(void)
{
	struct buf help = { 0 };
	struct errmsg err;
	bool all = true;
	size_t i;

	for (i = 0; puppet_call_name(i); i++) {
		const char *name = puppet_call_name(i);

		all = all && puppet_call_usage(name) &&
		      *puppet_call_summary(name) &&
		      puppet_call_help(name, &help, &err) == 0;
	}
	CHECK(all && i > 70 && i < CALLS, "each of %zu calls has its help", i);
	buf_clear(&help);
	puppet_call_help("shutdown", &help, &err);
	check_str(help.text, "shutdown [FD] rd|wr|rdwr\n"
		  "  end one direction, or both\n  HOW: rd wr rdwr\n",
		  "help");
	CHECK(!puppet_call_usage("x") && !puppet_call_summary("x") &&
	      puppet_call_help("x", &help, &err) == -1, "no help for no call");
	check_str(puppet_call_word("recv", 1), "MSG_PEEK", "a word of recv");
	check_str(puppet_call_word("recv", 99), NULL, "recv has no more");
	CHECK(puppet_words_help()[0], "the words are explained");
	buf_release(&help);
}

int main(void)
{
	test_c_lines();
	test_compiles();
	test_refusals();
	test_table();
	return check_done();
}
