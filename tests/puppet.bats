#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# A puppet makes each call that it knows, and what the kernel makes of it is in
# the trace: at least once it succeeds, and once the kernel refuses, where the
# kernel ever does.

setup_file() {
	load helper
	load net
	can_box || return 0
	for name in tcp address message option file descriptor ready process \
		signal sleep; do
		begin "$name" as_script "$name"
	done
	wait_for_begun
}

# as_script NAME: the script of that name, and what came of it as events.
as_script() {
	script "$1" | underglass --json >"$HOME/$1.jsonl" || return
	underglass view "$HOME/$1.jsonl" events
}

setup() {
	load helper
	load net
	load underglass
	need_box
}

teardown_file() {
	HOME=$BATS_FILE_TMPDIR end_leftovers
}

# told NAME: saw, later and never are about that script.
told() {
	ended "$1"
	assert_success
	# shellcheck disable=SC2034	# for underglass.bash
	mapfile -t UG_EVENTS < <(tr -s ' ' <<<"$output")
	# shellcheck disable=SC2034
	UG_FOUND=-1
}

# The scripts: what is typed, and why where it is not plain.
script() {
	case $1 in
	tcp)	cat <<-'E'
		hosts client server
		start s@server puppet
		start c@client puppet
		s socket tcp
		s socket 77 stream
		s socket udp
		s listen 4 1
		s accept 4
		s accept4 4 nonblock
		s bind 3 10.9.9.9 7000
		s bind 3 7000
		s getsockname 3
		s getpeername 3
		s listen 3 2
		s accept 3
		c socket tcp cloexec
		c shutdown wr
		c connect $server 7001
		c connect $server 7000
		c connect $server 7000
		c getpeername
		c send hello
		s recv 5 3
		s send 5 x oob
		c recv 10 oob
		c recv 10 dontwait
		c shutdown wr
		c send more nosignal
		s recv 5 10
		c socket tcp
		c connect $server 7000
		s accept4 3 nonblock
		s close 6
		s close 6
		s getsockname 6
		s exit 0
		c exit 0
		wait s
		wait c
	E
		;;
	address) cat <<-'E'
		start a puppet
		a socket unix
		a bind /tmp/here
		a socket unix
		a bind /tmp/here
		a connect /tmp/nowhere
		a listen 3 1
		a connect 4 /tmp/here
		a socket tcp6
		a bind ::1 7000
		a listen 5 1
		a socket tcp6
		a connect ::1 7000
		a socket tcp
		a bind 127.0.0.1 80
		a socket unix
		a bind @abstract
		a getsockname
		a connect 8 /tmp/here len=1
		a exit 0
		wait a
	E
		;;
	message) cat <<-'E'
		start a puppet
		a socketpair
		a socketpair inet stream
		a sendmsg 4 one two rights=0
		a recvmsg 3 2 10
		a sendmsg 4 x rights=99
		a recvmsg 3 10 dontwait
		a socketpair unix dgram
		a send 7 ab
		a recv 6 1 trunc
		a recv 6 10 dontwait
		a socket udp
		a bind 127.0.0.1 7000
		a sendto 8 hello 127.0.0.1 7000
		a recvfrom 8 10 peek
		a recvfrom 8 10
		a recvfrom 8 10 dontwait
		a sendto 8 hello 127.0.0.1 0
		a sendto 8 hello
		a socket tcp
		a send 9 x nosignal
		a sendmsg 9 x nosignal
		a recv 9 10
		a exit 0
		wait a
	E
		;;
	option)	cat <<-'E'
		start a puppet
		a socket tcp
		a setsockopt reuseaddr 1
		a getsockopt reuseaddr
		a setsockopt linger 5
		a getsockopt linger
		a setsockopt rcvbufforce 1000000
		a setsockopt nodelay 1
		a getsockopt nodelay
		a getsockopt error
		a setsockopt 99 reuseaddr 1
		a getsockopt 99 reuseaddr
		a exit 0
		wait a
	E
		;;
	file)	cat <<-'E'
		start a puppet
		a open /tmp/x rdwr creat 0644
		a open /tmp/x rdwr creat excl 0644
		a open /tmp/x rdonly
		a open /tmp/x wronly
		a write 3 hello
		a writev 3 one two
		a pwrite 3 HE 0
		a lseek 3 0 set
		a read 3 2
		a readv 3 3 20
		a pread 3 3 8
		a lseek 3 -1 set
		a fstat 3
		a ftruncate 3 4
		a write 4 no
		a writev 4 no no
		a pwrite 4 no 0
		a ftruncate 4 0
		a read 5 1
		a readv 5 1 1
		a pread 5 1 0
		a fstat 99
		a unlink /tmp/x
		a unlink /tmp/x
		a chdir /tmp
		a chdir /nowhere
		a umask 077
		a open y rdwr creat 0666
		a fstat
		a exit 0
		wait a
	E
		;;
	descriptor) cat <<-'E'
		start a puppet
		a pipe
		a pipe2 nonblock cloexec
		a dup 3
		a dup 99
		a dup2 3 20
		a dup2 99 20
		a dup3 3 21 cloexec
		a dup3 3 3
		a close 20
		a close 20
		a fcntl 5 getfl
		a fcntl 3 setfl nonblock
		a fcntl 21 getfd
		a fcntl 99 getfd
		a write 4 abc
		a ioctl 3 fionread
		a ioctl 99 fionread
		a close 3
		a close 7
		a close 21
		a sigaction PIPE ignore
		a write 4 x
		a setrlimit nofile 6
		a pipe
		a pipe2
		a socketpair
		a exit 0
		wait a
	E
		;;
	ready)	cat <<-'E'
		start a puppet
		a pipe
		a select 3 timeout=0
		a write 4 x
		a select 3 w:4
		a select 99 timeout=0
		a poll 3 w:4 timeout=0.5
		a poll 99 timeout=0
		a epoll_create
		a epoll_create 0
		a epoll_create1 cloexec
		a epoll_ctl 5 add 3
		a epoll_ctl 5 add 3
		a epoll_wait 5
		a epoll_ctl 5 mod 3 in et
		a epoll_ctl 5 del 3
		a epoll_ctl 5 del 3
		a epoll_wait 5 timeout=0
		a epoll_wait 3 timeout=0
		a setrlimit nofile 3
		a poll 3 4 5 6 timeout=0
		a epoll_create1
		a exit 0
		wait a
	E
		;;
	process) cat <<-'E'
		start a puppet
		a getpid
		a getppid
		a getpgrp
		a getsid
		a getsid 999
		a setsid
		a fork b
		b setsid
		b setsid
		b getppid
		a setpgid 999 0
		a kcmp self 3 0 0
		a kcmp self 999 0 0
		a waitpid 999
		a waitpid nohang
		b exit 7
		a waitid all exited nowait
		a waitpid
		a waitpid
		a fork c
		c setpgid
		c getpgrp
		c _exit 3
		a wait
		a wait
		a waitid all exited
		a fork d
		d abort
		a wait
		a prctl child_subreaper 1
		a prctl pdeathsig 99
		a getrlimit nofile
		a setrlimit nofile 100 50
		a setrlimit core 0
		a execve /no/such/program
		a execve /bin/true with words
		wait a
	E
		;;
	signal)	cat <<-'E'
		start a puppet
		a kill self 0
		a kill 999 TERM
		a sigaction USR1 handler restart
		a sigaction KILL handler
		a raise USR1
		a raise 99
		a signal USR2 handler
		a signal KILL handler
		a sigprocmask block USR1 USR2
		a raise USR1
		a sigpending
		a sigprocmask unblock all
		a sigaction INT ignore
		a kill self INT
		a sigsuspend none
		kill -USR2 a
		start moment true
		wait moment
		a sigaction TERM default
		a kill self TERM
		wait a
	E
		;;
	sleep)	cat <<-'E'
		start a puppet
		a alarm 100
		a alarm 0
		a sleep 0
		a sigaction ALRM handler
		a setitimer real 100
		a setitimer real 0
		a setitimer 9 1
		a pause
		kill -ALRM a
		start moment true
		wait moment
		a nanosleep 100
		kill -ALRM a
		start moment true
		wait moment
		a sleep 100
		kill -ALRM a
		start moment true
		wait moment
		a pipe
		a read 3 10
		kill -ALRM a
		start moment true
		wait moment
		a sigaction ALRM handler restart
		a read 3 10
		kill -ALRM a
		start moment true
		wait moment
		kill -KILL a
		wait a
	E
		;;
	esac
}

@test "socket, bind, listen, connect, accept, shutdown: a connection" {
	told tcp
	saw s 'socket(AF_INET, SOCK_STREAM, *) = 3'
	later s 'socket(0x4d*) = -1 EAFNOSUPPORT*'
	later s 'listen(4, 1) = -1 EOPNOTSUPP*'
	later s 'accept(4, *) = -1 EOPNOTSUPP*'
	later s 'accept4(4, *SOCK_NONBLOCK) = -1 EOPNOTSUPP*'
	later s 'bind(3, *inet_addr("10.9.9.9")*) = -1 EADDRNOTAVAIL*'
	later s 'bind(3, *htons(7000)*) = 0'
	later s 'getsockname(3, *htons(7000)*) = 0'
	later s 'getpeername(3, *) = -1 ENOTCONN*'
	later s 'listen(3, 2) = 0'
	later s 'accept(3, ...) blocks'
	later s 'accept(3, *) = 5'
	saw c 'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, *) = 3'
	later c 'shutdown(3, SHUT_WR) = -1 ENOTCONN*'
	later c 'connect(3, *htons(7001)*) = -1 ECONNREFUSED*'
	later c 'connect(3, *htons(7000)*) = 0'
	later c 'connect(3, *) = -1 EISCONN*'
	later c 'getpeername(3, *htons(7000)*) = 0'
	later c 'sendto(3, "hello", 5, 0, *) = 5'
	later c 'recvfrom(3, "x", 10, MSG_OOB, *) = 1'
	later c 'recvfrom(3, *MSG_DONTWAIT*) = -1 EAGAIN*'
	later c 'shutdown(3, SHUT_WR) = 0'
	later c 'sendto(3, "more", 4, MSG_NOSIGNAL, *) = -1 EPIPE*'
	saw s 'recvfrom(5, "hel", 3, 0, *) = 3'
	later s 'sendto(5, "x", 1, MSG_OOB, *) = 1'
	later s 'recvfrom(5, "lo", 10, 0, *) = 2'
	later s 'accept4(3, *SOCK_NONBLOCK) = 6'
	later s 'close(6) = 0'
	later s 'close(6) = -1 EBADF*'
	later s 'getsockname(6, *) = -1 EBADF*'
	later s '+++ exited with 0 +++'
	never s '*SOCK_SEQPACKET*'	# how it is told is not shown
}

@test "addresses: a path, abstract, IPv6, a port that is refused" {
	told address
	saw a 'bind(3, {sa_family=AF_UNIX, sun_path="/tmp/here"}, *) = 0'
	later a 'bind(4, *"/tmp/here"*) = -1 EADDRINUSE*'
	later a 'connect(4, *"/tmp/nowhere"*) = -1 ENOENT*'
	later a 'connect(4, *"/tmp/here"*) = 0'
	later a 'bind(5, {sa_family=AF_INET6, *"::1"*) = 0'
	later a 'connect(6, {sa_family=AF_INET6, *) = 0'
	later a 'bind(7, *htons(80)*) = -1 EACCES*'
	later a 'bind(8, {sa_family=AF_UNIX, sun_path=@"abstract"}, *) = 0'
	later a 'getsockname(8, *@"abstract"*) = 0'
	later a 'connect(8, *, 1) = -1 EINVAL*'
}

@test "send, recv and their kin: with flags, addresses, descriptors" {
	told message
	saw a 'socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0'
	later a 'socketpair(AF_INET, *) = -1 EOPNOTSUPP*'
	later a 'sendmsg(4, *"one"*"two"*SCM_RIGHTS, cmsg_data=[0]*) = 6'
	later a 'recvmsg(3, *"on"*"etwo"*SCM_RIGHTS, cmsg_data=[5]*) = 6'
	later a 'sendmsg(4, *cmsg_data=[99]*) = -1 EBADF*'
	later a 'recvmsg(3, *) = -1 EAGAIN*'
	later a 'socketpair(AF_UNIX, SOCK_DGRAM, 0, [6, 7]) = 0'
	later a 'recvfrom(6, "a", 1, MSG_TRUNC, *) = 2'
	later a 'recvfrom(6, *MSG_DONTWAIT*) = -1 EAGAIN*'
	later a 'sendto(8, "hello", 5, 0, *htons(7000)*) = 5'
	later a 'recvfrom(8, "hello", 10, MSG_PEEK, *htons(7000)*) = 5'
	later a 'recvfrom(8, "hello", 10, 0, *htons(7000)*) = 5'
	later a 'recvfrom(8, *MSG_DONTWAIT*) = -1 EAGAIN*'
	later a 'sendto(8, *htons(0)*) = -1 EINVAL*'
	later a 'sendto(8, "hello", 5, 0, NULL, 0) = -1 EDESTADDRREQ*'
	later a 'sendto(9, *MSG_NOSIGNAL*) = -1 EPIPE*'
	later a 'sendmsg(9, *MSG_NOSIGNAL) = -1 EPIPE*'
	later a 'recvfrom(9, *) = -1 ENOTCONN*'
}

@test "setsockopt and getsockopt" {
	told option
	saw a 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'
	later a 'getsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], [4]) = 0'
	later a 'setsockopt(3, *SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0'
	later a 'getsockopt(3, *SO_LINGER, {l_onoff=1, l_linger=5}*) = 0'
	later a 'setsockopt(3, *SO_RCVBUFFORCE, *) = -1 EPERM*'
	later a 'setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0'
	later a 'getsockopt(3, SOL_TCP, TCP_NODELAY, [1], *) = 0'
	later a 'getsockopt(3, SOL_SOCKET, SO_ERROR, [0], *) = 0'
	later a 'setsockopt(99, *) = -1 EBADF*'
	later a 'getsockopt(99, *) = -1 EBADF*'
}

@test "files: open, read, write and their kin" {
	told file
	saw a 'open*"/tmp/x", O_RDWR|O_CREAT, 0644) = 3'
	later a 'open*(*O_EXCL*) = -1 EEXIST*'
	later a 'open*(*O_RDONLY) = 4'
	later a 'open*(*O_WRONLY) = 5'
	later a 'write(3, "hello", 5) = 5'
	later a 'writev(3, *"one"*"two"*) = 6'
	later a 'pwrite64(3, "HE", 2, 0) = 2'
	later a 'lseek(3, 0, SEEK_SET) = 0'
	later a 'read(3, "HE", 2) = 2'
	later a 'readv(3, *"llo"*"onetwo"*) = 9'
	later a 'pread64(3, "two", 3, 8) = 3'
	later a 'lseek(3, -1, SEEK_SET) = -1 EINVAL*'
	later a '*stat*(3, *st_size=11*) = 0'
	later a 'ftruncate(3, 4) = 0'
	later a 'write(4, *) = -1 EBADF*'
	later a 'writev(4, *) = -1 EBADF*'
	later a 'pwrite64(4, *) = -1 EBADF*'
	later a 'ftruncate(4, 0) = -1 EINVAL*'
	later a 'read(5, *) = -1 EBADF*'
	later a 'readv(5, *) = -1 EBADF*'
	later a 'pread64(5, *) = -1 EBADF*'
	later a '*stat*(99, *) = -1 EBADF*'
	later a 'unlink*"/tmp/x"*) = 0'
	later a 'unlink*"/tmp/x"*) = -1 ENOENT*'
	later a 'chdir("/tmp") = 0'
	later a 'chdir("/nowhere") = -1 ENOENT*'
	later a 'umask(077) = *'
	later a 'open*"y", O_RDWR|O_CREAT, 0666) = 6'
	later a '*stat*(6, *S_IFREG|0600*) = 0'
}

@test "descriptors: pipe, dup, fcntl, ioctl, close" {
	told descriptor
	saw a 'pipe2([3, 4], 0) = 0'
	later a 'pipe2([5, 6], O_NONBLOCK|O_CLOEXEC) = 0'
	later a 'dup(3) = 7'
	later a 'dup(99) = -1 EBADF*'
	later a 'dup2(3, 20) = 20'
	later a 'dup2(99, 20) = -1 EBADF*'
	later a 'dup3(3, 21, O_CLOEXEC) = 21'
	later a 'dup3(3, 3, 0) = -1 EINVAL*'
	later a 'close(20) = 0'
	later a 'close(20) = -1 EBADF*'
	later a 'fcntl(5, F_GETFL) = *O_NONBLOCK*'
	later a 'fcntl(3, F_SETFL, *O_NONBLOCK*) = 0'
	later a 'fcntl(21, F_GETFD) = 0x1 *'
	later a 'fcntl(99, F_GETFD) = -1 EBADF*'
	later a 'ioctl(3, FIONREAD, [3]) = 0'
	later a 'ioctl(99, FIONREAD, *) = -1 EBADF*'
	later a 'write(4, "x", 1) = -1 EPIPE*'
	later a 'pipe2(*, 0) = -1 EMFILE*'
	later a 'pipe2(*, 0) = -1 EMFILE*'
	later a 'socketpair(*) = -1 EMFILE*'
}

@test "select, poll, epoll" {
	told ready
	saw a 'pselect6(4, [3], *) = 0 (Timeout)'
	later a 'pselect6(5, [3], [4], *) = 2 (in [3], out [4])'
	later a 'pselect6(100, [99], *) = -1 EBADF*'
	later a '*poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, *) = 2 (*'
	later a '*poll([{fd=99, *) = 1 (*POLLNVAL*'
	later a 'epoll_create*(1) = 5'
	later a 'epoll_create*(0) = -1 EINVAL*'
	later a 'epoll_create1(EPOLL_CLOEXEC) = 6'
	later a 'epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, *) = 0'
	later a 'epoll_ctl(5, EPOLL_CTL_ADD, 3, *) = -1 EEXIST*'
	later a 'epoll_*wait(5, *EPOLLIN*) = 1'
	later a 'epoll_ctl(5, EPOLL_CTL_MOD, 3, {events=EPOLLIN|EPOLLET, *) = 0'
	later a 'epoll_ctl(5, EPOLL_CTL_DEL, 3, *) = 0'
	later a 'epoll_ctl(5, EPOLL_CTL_DEL, 3, *) = -1 ENOENT*'
	later a 'epoll_*wait(5, *) = 0'
	later a 'epoll_*wait(3, *) = -1 EINVAL*'
	later a 'prlimit64(0, RLIMIT_NOFILE, {rlim_cur=3, *) = 0'
	later a '*poll(*) = -1 EINVAL*'
	later a 'epoll_create1(0) = -1 EMFILE*'
}

@test "processes: fork, wait and their kin, exit, execve" {
	told process
	saw a 'getpid() = 2'
	later a 'getppid() = 1'
	later a 'getpgrp() = 2'
	later a 'getsid(0) = 2'
	later a 'getsid(999) = -1 ESRCH*'
	later a 'setsid() = -1 EPERM*'
	later a 'clone*(*) = 3'
	later a 'setpgid(999, 0) = -1 ESRCH*'
	later a 'kcmp(2, 3, KCMP_FILE, 0, 0) = 0'
	later a 'kcmp(2, 999, *) = -1 ESRCH*'
	later a 'wait4(999, *) = -1 ECHILD*'
	later a 'wait4(-1, *WNOHANG*) = 0'
	later a 'waitid(P_ALL, 0, *si_status=7*WEXITED|WNOWAIT*) = 0'
	later a 'wait4(-1, *WEXITSTATUS(s) == 7*) = 3'
	later a 'wait4(-1, *) = -1 ECHILD*'
	later a 'wait4(-1, *WEXITSTATUS(s) == 3*) = 4'
	later a 'wait4(-1, *) = -1 ECHILD*'
	later a 'waitid(*) = -1 ECHILD*'
	later a 'wait4(-1, *WTERMSIG(s) == SIGABRT*) = 5'
	later a 'prctl(PR_SET_CHILD_SUBREAPER, 1*) = 0'
	later a 'prctl(PR_SET_PDEATHSIG, 99*) = -1 EINVAL*'
	later a 'prlimit64(0, RLIMIT_NOFILE, NULL, {*) = 0'
	later a 'prlimit64(*{rlim_cur=100, rlim_max=50}*) = -1 EINVAL*'
	later a 'prlimit64(0, RLIMIT_CORE, {rlim_cur=0*) = 0'
	later a 'execve("/no/such/program", *) = -1 ENOENT*'
	later a 'execve("/bin/true", ["/bin/true", "with", "words"], *) = 0'
	later a '+++ exited with 0 +++'
	saw b 'setsid() = 3'
	later b 'setsid() = -1 EPERM*'
	later b 'getppid() = 2'
	later b '+++ exited with 7 +++'
	saw c 'setpgid(0, 0) = 0'
	later c 'getpgrp() = 4'
	later c '+++ exited with 3 +++'
	saw d '+++ killed by SIGABRT +++'
}

@test "signals: sent, caught, ignored, held back" {
	told signal
	saw a 'kill(2, 0) = 0'
	later a 'kill(999, SIGTERM) = -1 ESRCH*'
	later a 'rt_sigaction(SIGUSR1, *SA_RESTART*) = 0'
	later a 'rt_sigaction(SIGKILL, *) = -1 EINVAL*'
	later a 'tgkill(2, 2, SIGUSR1) = 0'
	later a '--- SIGUSR1 *'
	later a 'rt_sigreturn(*) = 0'
	later a 'tgkill(2, 2, 99) = -1 EINVAL*'
	later a 'rt_sigaction(SIGUSR2, *SA_RESTART*) = 0'
	later a 'rt_sigaction(SIGKILL, *) = -1 EINVAL*'
	later a 'rt_sigprocmask(SIG_BLOCK, [USR1 USR2], *) = 0'
	later a 'tgkill(2, 2, SIGUSR1) = 0'
	later a 'rt_sigpending([USR1], *) = 0'
	later a 'rt_sigprocmask(SIG_UNBLOCK, *) = 0'
	later a '--- SIGUSR1 *'
	later a 'rt_sigaction(SIGINT, {sa_handler=SIG_IGN, *) = 0'
	later a 'kill(2, SIGINT) = 0'
	later a 'rt_sigsuspend([], 8) blocks'
	later a '--- SIGUSR2 *'
	later a 'rt_sigreturn(*) = -1 EINTR*'
	later a 'rt_sigaction(SIGTERM, {sa_handler=SIG_DFL, *) = 0'
	later a 'kill(2, SIGTERM) = 0'
	later a '+++ killed by SIGTERM +++'
	never a '+++ exited *'
}

@test "time: alarm, setitimer, sleep, pause; a signal ends them" {
	told sleep
	saw a 'alarm(100) = 0'
	later a 'alarm(0) = 100'
	later a 'rt_sigaction(SIGALRM, *) = 0'
	later a 'setitimer(ITIMER_REAL, *tv_sec=100*, NULL) = 0'
	later a '*itimer(0x9*) = -1 EINVAL*'
	later a 'pause() blocks'
	later a '--- SIGALRM *'
	later a 'rt_sigreturn(*) = -1 EINTR*'
	later a '*nanosleep(*blocks'
	later a '--- SIGALRM *'
	later a 'rt_sigreturn(*) = -1 EINTR*'
	later a '*nanosleep(*blocks'
	later a 'rt_sigreturn(*) = -1 EINTR*'
	later a 'read(3, ...) blocks'
	later a 'rt_sigreturn(*) = -1 EINTR*'
	later a 'read(3, ...) blocks'
	later a 'rt_sigreturn(*) = 0'
	later a 'read(3, ...*'
	later a '+++ killed by SIGKILL +++'
}

@test "the C line stands with each call, and a missing word ends a script" {
	run underglass <<-'E'
		start a puppet
		a socket tcp
		a setsockopt linger 0
		a close
	E
	assert_success
	in_order '*socket(AF_INET, SOCK_STREAM, 0)*' \
		'*setsockopt(3, SOL_SOCKET, SO_LINGER, &(struct linger){*' \
		'*close(3)*'
	run_apart underglass <<-'E'
		start a puppet
		a socket tcp
		a connect
	E
	assert_failure 2
	[[ $stderr == 'standard input:3: '*connect*ADDR* ]]
}

@test "a number of a thousand and more is an argument like any other" {
	run underglass <<-'E'
		start a puppet
		a kill 9999 0
		a alarm 1000
		a getsid 5000
		a getpid
		a exit 0
		wait a
	E
	assert_success
	in_order 'a*kill(9999, 0) = -1 ESRCH*' 'a*alarm(1000) = 0' \
		'a*getsid(5000) = -1 ESRCH*' 'a*getpid() = 2'
}

@test "each call is traced, also one that asks for little" {
	run underglass <<-'E'
		start a puppet
		a getuid
		a umask 022
		a exit 0
		wait a
	E
	assert_success
	in_order 'a*getuid() = *' 'a*umask(022) = *'
}

@test "a call after the signal that ends the last one is not refused" {
	run underglass <<-'E'
		start a puppet
		a sigaction USR1 handler
		a pause
		kill -USR1 a
		a getpid
		a exit 0
		wait a
	E
	assert_success
	in_order 'a*rt_sigreturn(*) = -1 EINTR*' 'a*getpid() = *'
}

@test "in plain mode a puppet makes the calls on the machine itself" {
	run on_lo "$UNDERGLASS" --no-box <<-'E'
		start a puppet
		a socket tcp
		a bind 127.0.0.1 7000
		a listen 1
		a fork b
		b exit 7
		a waitpid
		a exit 0
		wait a
	E
	assert_success
	in_order 'a*bind(3, *) = 0' 'a*listen(3, 1) = 0' \
		'b*+++ exited with 7 +++' 'a*wait4(-1, *) = *'
}
