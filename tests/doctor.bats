#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# doctor: what works is told, and what does not, with the kernel's reason and
# what would help. The refusals here are real ones: a seccomp filter, a limit of
# zero, a covered folder; only where no machine at hand would refuse is an
# answer of the C library's replaced (broken, below).

setup() {
	load helper
	timeout=$(command -v timeout)	# some tests have a PATH of their own
}

teardown() {
	terminal_end
	end_leftovers
}

# doctor COMMAND...: `COMMAND underglass --json doctor`.
doctor()
{
	run "$@" "$timeout" --foreground -k 5 30 "$UNDERGLASS" --json doctor
}

# no_leak_check: the leak checker needs ptrace and /proc itself, and says so
# where it has not: not to the reports of this test run.
no_leak_check()
{
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	ASAN_OPTIONS+=:log_path=$BATS_TEST_TMPDIR/sanitizer
}

# line_of NAME: the check's line of $output.
line_of()
{
	grep -F "{\"type\":\"check\",\"name\":\"$1\"," <<<"$output" ||
		fail "no check is called $1"
}

works()
{
	local name

	for name; do
		[[ $(line_of "$name") == *'"works":true,"tested":true'* ]] ||
			fail "$name does not work: $(line_of "$name")" || return
	done
}

fails()
{
	local name

	for name; do
		[[ $(line_of "$name") == *'"works":false,"tested":true'* ]] ||
			fail "$name does not fail: $(line_of "$name")" || return
	done
}

untested()
{
	local name

	for name; do
		[[ $(line_of "$name") == *'"works":false,"tested":false'* ]] ||
			fail "$name was tested: $(line_of "$name")" || return
	done
}

# value NAME KEY: of the check's line, as text.
value()
{
	line_of "$1" | python3 -c 'import json, sys
print(json.load(sys.stdin)[sys.argv[1]] or "")' "$2"
}

# has NAME KEY TEXT: that text is in the value.
has()
{
	[[ $(value "$1" "$2") == *"$3"* ]] ||
		fail "$1: $2 is '$(value "$1" "$2")', without '$3'"
}

# summary KEY: of the last line.
summary()
{
	tail -n 1 <<<"$output" | python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)[sys.argv[1]]))' "$1"
}

box_checks=(box tracing numbers folder hosts wire states counters sysctl
	packets)
plain_checks=("plain mode" "plain tracing" "plain hosts" "plain states"
	"plain counters")

# need_mounts: a mount namespace in which we may mount.
need_mounts()
{
	need "mounts of one's own" unshare -Urm true
}

# own_mounts SCRIPT ARG...: sh -c SCRIPT in a mount namespace of its own, as
# root of a user namespace where we are not root.
own_mounts()
{
	if [ "$(id -u)" = 0 ]; then
		unshare -m sh -ec "$@"
	else
		unshare -Urm sh -ec "$@"
	fi
}

no_capabilities=(setpriv --bounding-set -all --inh-caps -all
	--ambient-caps -all)

# refuse WHAT COMMAND...: under a seccomp filter, as containers have them.
refuse()
{
	make_refuse && "$BATS_TEST_TMPDIR/refuse" "$@"
}

make_refuse()
{
	[ -x "$BATS_TEST_TMPDIR/refuse" ] ||
		${CC:-cc} -o "$BATS_TEST_TMPDIR/refuse" -x c - <<'END'
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(what, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what, yes, no)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter call[] = {
	LOAD(nr), IS(0, 0, 1), REFUSE, ALLOW,
}, namespaces[] = {
	LOAD(nr), IS(SYS_unshare, 1, 0), IS(SYS_clone, 0, 3), LOAD(args[0]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10000000, 0, 1), REFUSE, ALLOW,
}, diag[] = {
	LOAD(nr), IS(SYS_socket, 0, 5), LOAD(args[0]), IS(16, 0, 3),
	LOAD(args[2]), IS(4, 0, 1), REFUSE, ALLOW,
}, packet[] = {
	LOAD(nr), IS(SYS_socket, 0, 3), LOAD(args[0]), IS(17, 0, 1), REFUSE,
	ALLOW,
};

static const struct {
	const char *name;
	struct sock_filter *code;
	size_t size;
	int call;
} filters[] = {
	{ "namespaces", namespaces, sizeof(namespaces), 0 },
	{ "diag", diag, sizeof(diag), 0 },
	{ "packet", packet, sizeof(packet), 0 },
	{ "ptrace", call, sizeof(call), SYS_ptrace },
	{ "listen", call, sizeof(call), SYS_listen },
	{ "mount", call, sizeof(call), SYS_mount },
	{ "setns", call, sizeof(call), SYS_setns },
};

int main(int argc, char **argv)
{
	struct sock_fprog prog;
	size_t i = 0;

	while (argc > 2 && strcmp(filters[i].name, argv[1]) != 0)
		i++;
	call[1].k = filters[i].call;
	prog.filter = filters[i].code;
	prog.len = filters[i].size / sizeof(struct sock_filter);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == -1)
		err(1, "seccomp");
	execvp(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}
END
}

# broken PATH ERRNO COMMAND...: open() of what has PATH in it, and mount() of
# that type, fail with ERRNO; 0: they never return; -1: what is written is lost.
broken()
{
	make_broken || return
	BROKEN=$1 BROKEN_ERRNO=$2 LD_PRELOAD=$BATS_TEST_TMPDIR/broken.so \
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
		"${@:3}"
}

make_broken()
{
	[ -e "$BATS_TEST_TMPDIR/broken.so" ] || ${CC:-cc} -shared -fPIC \
		-o "$BATS_TEST_TMPDIR/broken.so" -x c - <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(const char *text)
{
	if (!text || !strstr(text, getenv("BROKEN")))
		return 0;
	errno = atoi(getenv("BROKEN_ERRNO"));
	while (!errno)
		sleep(1000);
	return errno > 0;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (strstr(path, getenv("BROKEN")) && (flags & O_WRONLY) &&
	    atoi(getenv("BROKEN_ERRNO")) == -1)
		path = "/dev/null";
	return fails(path) ? -1 : syscall(SYS_openat, dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}

int mount(const char *from, const char *to, const char *type,
	  unsigned long flags, const void *data)
{
	return fails(type) ? -1 : syscall(SYS_mount, from, to, type, flags,
					  data);
}
END
}

# fake_strace TEXT: a folder to put first in PATH.
fake_strace()
{
	mkdir -p "$BATS_TEST_TMPDIR/fake"
	printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/fake/strace"
	chmod +x "$BATS_TEST_TMPDIR/fake/strace"
}

@test "doctor: everything that labs need works here" {
	need_box
	doctor env
	assert_success
	works proc terminals children strace pids
	works "user namespaces" "${box_checks[@]}" "${plain_checks[@]}"
	[ "$(summary mode)" = '"box"' ]
	[ "$(summary works)" = true ]
	[ "$(summary missing)" = '[]' ]
	[ "$(value strace detail)" = "$(strace -V |
		sed -n '1s/.*version \([0-9]*\.[0-9]*\).*/\1/p')" ]
	no_leftovers
}

@test "doctor: an ordinary user has the box too, and no packets without it" {
	need_box
	cd /
	doctor as_user env
	assert_success
	works "user namespaces" "${box_checks[@]}" "${plain_checks[@]}"
	fails "plain packets"
	has "plain packets" why "Operation not permitted"
	has "plain packets" why "no CAP_NET_RAW"
	has "plain packets" fix "sudo $UNDERGLASS --no-box run LAB"
	no_leftovers
}

@test "doctor: text, aligned, in 80 columns, one line a check that works" {
	need_box
	run underglass doctor
	assert_success
	assert_line --regexp '^ ✓ strace [0-9.]+ +system calls and signals$'
	assert_line --regexp '^ ✓ wire  +frames between hosts'
	assert_line 'Labs run in the glass box, with all that they need.'
	run awk 'length($0) > 80' <<<"$output"
	assert_output ''
}

@test "doctor: no user namespaces, by their limit, and its remedy works" {
	doctor without_box
	assert_failure 3
	fails "user namespaces"
	has "user namespaces" why 'No space left on device'
	has "user namespaces" why 'user.max_user_namespaces is 0'
	untested "${box_checks[@]}"
	works "${plain_checks[@]}"
	[ "$(summary mode)" = '"plain"' ]
	[ "$(summary missing)" = '["user namespaces"]' ]
	value "user namespaces" fix | grep -x \
		'\(sudo \)\?sysctl -w user.max_user_namespaces=[0-9]*'

	value "user namespaces" fix | sed 's/^sudo //' >"$HOME/fix"
	need sysctl command -v sysctl
	# shellcheck disable=SC2016	# for the inner shell
	doctor unshare --user --map-current-user --keep-caps sh -ec '
		echo 0 >/proc/sys/user/max_user_namespaces
		sh "$HOME/fix" >/dev/null
		exec "$@"' sh
	works "user namespaces" box wire
}

# in_chroot HOW: underglass, in a chroot to a folder of its own.
in_chroot()
{
	local root=$BATS_TEST_TMPDIR/root

	mkdir -p "$root"/{usr,proc,dev,etc,tmp,mnt}
	ln -sfn -t "$root" usr/bin usr/lib usr/lib64 usr/sbin
	# A mounted root is known by the root of pid 1: the second shell is that
	# of the /proc that it mounts, and stays out.
	# shellcheck disable=SC2016	# for the inner shells
	own_mounts 'how=$1 && shift
		[ $how = plain ] || set -- unshare --pid --fork --mount-proc "$@"
		exec "$@"' sh "$1" sh -ec 'cd "$1"
		if [ "$3" = mounted ]; then
			mount --bind . . && cd "$1"
		fi
		for dir in usr proc dev etc tmp; do
			mount --rbind /$dir $dir
		done
		mkdir -p ".${2%/*}" && mount --rbind "${2%/*}" ".${2%/*}"
		chroot . "$2" --json doctor' sh "$root" "$UNDERGLASS" "$1"
}

@test "doctor: in a chroot there are no user namespaces" {
	local how

	need_mounts
	for how in plain mounted; do
		run in_chroot $how
		assert_failure 3
		fails "user namespaces"
		has "user namespaces" why 'Operation not permitted'
		has "user namespaces" why 'this is a chroot'
		has "user namespaces" fix 'pivot_root'
		[ "$(summary chroot)" = true ]
		works "${plain_checks[@]}"
	done
}

@test "doctor: no strace in PATH, though it is installed" {
	need "strace in /usr/bin" test -x /usr/bin/strace
	mkdir "$HOME/bin"
	for name in env timeout; do
		ln -s "$(command -v $name)" "$HOME/bin/$name"
	done
	PATH=$HOME/bin doctor env
	assert_failure 3
	fails strace
	has strace why "no \`strace\` in PATH ($HOME/bin)"
	[ "$(value strace fix)" = "export PATH=\"\$PATH:/usr/bin\"" ]
	untested tracing "plain tracing"
	works "user namespaces" box hosts wire
	[ "$(summary mode)" = null ]
	eval "$(value strace fix | sed "s|\$PATH|$HOME/bin|")"
	doctor env
	works strace tracing
}

@test "doctor: no strace at all: the distribution's own command" {
	local id want

	need_mounts
	echo >"$HOME/nothing"
	for id in ubuntu:apt-get fedora:dnf arch:pacman alpine:apk; do
		want=${id#*:}
		printf 'ID=%s\nPRETTY_NAME="Some %s"\n' "${id%:*}" "${id%:*}" \
			>"$HOME/os-release"
		# shellcheck disable=SC2016	# for the inner shell
		run own_mounts '
			for file in /usr/bin/strace /usr/local/bin/strace; do
				[ ! -e $file ] || mount --bind "$1" $file
			done
			mount --bind "$2" "$(readlink -f /etc/os-release)"
			exec "$3" --json doctor' sh "$HOME/nothing" \
			"$HOME/os-release" "$UNDERGLASS"
		assert_failure 3
		[[ $(value strace fix) =~ ^(sudo )?$want.*\ strace$ ]]
		[ "$(summary distribution)" = "\"Some ${id%:*}\"" ]
	done
}

@test "doctor: an old strace first in PATH" {
	need "strace in /usr/bin" test -x /usr/bin/strace
	fake_strace 'echo "strace -- version 4.26"'
	PATH=$BATS_TEST_TMPDIR/fake:$PATH doctor env
	assert_failure 3
	fails strace
	has strace why "$BATS_TEST_TMPDIR/fake/strace is version 4.26"
	has strace why '5.10 or later'
	has strace fix 'export PATH="'
	[ "$(summary missing)" != '[]' ]
	fake_strace 'echo "strace -- version 5.10"'
	PATH=$BATS_TEST_TMPDIR/fake:$PATH doctor env
	works strace
	fake_strace 'echo hello'
	PATH=$BATS_TEST_TMPDIR/fake:$PATH doctor env
	fails strace
	has strace why "says 'hello'"
}

@test "doctor: a strace that hangs costs no more than the limit" {
	local start=$SECONDS

	fake_strace 'sleep 1000'
	PATH=$BATS_TEST_TMPDIR/fake:$PATH doctor env
	assert_failure 3
	[ $((SECONDS - start)) -lt 15 ]
	fails strace "plain tracing"
	has strace why 'within 1500 ms'
	no_leftovers
}

@test "doctor: a test that hangs is ended at the limit of 2 s" {
	local start=$SECONDS

	need_box
	doctor broken tcp_abort_on_overflow 0
	assert_failure 3
	[ $((SECONDS - start)) -lt 10 ]
	works wire states counters packets
	fails sysctl
	has sysctl why 'within the limit of 2 s'
	no_leftovers
}

@test "doctor: ptrace refused by a filter" {
	no_leak_check
	doctor refuse ptrace
	assert_failure 3
	works "user namespaces" box strace
	fails tracing "plain tracing"
	has tracing why 'ptrace'
	has tracing why 'Operation not permitted'
	has tracing why 'seccomp filter'
	[ "$(summary mode)" = null ]
	[ "$(summary missing)" = '["tracing"]' ]
}

@test "doctor: under somebody's own strace" {
	need_box
	run under_strace "$HOME/log" "$UNDERGLASS" --json doctor
	assert_failure 3
	fails tracing
	has tracing why 'strace (process '
	has tracing fix "without \`strace\` around it"
	works box hosts wire
	[ "$(summary mode)" = '"box"' ]
	[[ $(summary summary) == *'System calls are left to strace'* ]]
}

@test "doctor: the settings that refuse, and the commands that change them" {
	need_mounts
	make_refuse
	no_leak_check
	# What a Debian and an Ubuntu of today may have, as the files say it.
	# shellcheck disable=SC2016	# for the inner shell
	run own_mounts '
		mount -t tmpfs none /proc/sys/kernel
		cd /proc/sys/kernel && mkdir yama
		echo 2 >yama/ptrace_scope
		echo 0 >unprivileged_userns_clone
		echo 1 >apparmor_restrict_unprivileged_userns
		cd / && exec "$@"' sh "${no_capabilities[@]}" \
		"$BATS_TEST_TMPDIR/refuse" namespaces "$UNDERGLASS" --json doctor
	assert_failure 3
	has "user namespaces" why 'Operation not permitted'
	has "user namespaces" why 'kernel.unprivileged_userns_clone is 0'
	has "user namespaces" why \
		'kernel.apparmor_restrict_unprivileged_userns is 1'
	has "user namespaces" fix \
		'sysctl -w kernel.unprivileged_userns_clone=1'
	has "user namespaces" fix \
		'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
	has "user namespaces" fix 'apparmor_parser -r'
	has "user namespaces" fix "profile underglass $UNDERGLASS"

	# shellcheck disable=SC2016	# for the inner shell
	run own_mounts '
		mount -t tmpfs none /proc/sys/kernel
		mkdir /proc/sys/kernel/yama
		echo 2 >/proc/sys/kernel/yama/ptrace_scope
		exec "$@"' sh "$BATS_TEST_TMPDIR/refuse" ptrace \
		"$UNDERGLASS" --json doctor
	fails "plain tracing"
	has "plain tracing" why 'kernel.yama.ptrace_scope is 2'
	has "plain tracing" fix 'sysctl -w kernel.yama.ptrace_scope=1'
}

@test "doctor: a covered part of /proc, and its remedy works" {
	need_mounts
	# One that is whole anywhere, as in somebody's chroot, would be enough
	# for the kernel: cover them all.
	# shellcheck disable=SC2016	# for the inner shell
	run own_mounts 'sed -n "s/^[^/]*[^ ]* \([^ ]*\) .* - proc .*/\1/p" \
			/proc/self/mountinfo | sort -u >"$HOME/procs"
		while read -r proc; do
			mount -t tmpfs none "$proc/sys/vm"
		done <"$HOME/procs"
		"$1" --json doctor >"$HOME/first" && exit 1
		cat "$HOME/first"
		umount /proc/sys/vm
		"$1" --json doctor >"$HOME/second"' sh "$UNDERGLASS"
	assert_success
	works "user namespaces"
	fails box
	has box why 'mount a private /proc: Operation not permitted'
	has box why '/proc/sys/vm is covered here'
	[[ $(value box fix) =~ ^(sudo )?umount\ /proc/sys/vm$ ]]
	untested tracing wire
	output=$(cat "$HOME/second")
	works box tracing wire
}

@test "doctor: in a container, what to give it" {
	need_mounts
	make_refuse
	# shellcheck disable=SC2016	# for the inner shell
	LIMIT=30 run own_mounts '
		exec unshare --pid --uts --fork --mount-proc sh -ec "
			mount -t tmpfs none /proc/sys/vm
			mount -t tmpfs none /run
			echo >/run/.containerenv
			exec \"\$@\"" "$@"' sh sh \
		"$BATS_TEST_TMPDIR/refuse" namespaces "$UNDERGLASS" --json doctor
	assert_failure 3
	[ "$(summary container)" = '"podman"' ]
	has "user namespaces" why 'a container (podman)'
	has "user namespaces" fix 'podman run'
	has "user namespaces" fix '--security-opt seccomp=unconfined'
	has "user namespaces" fix '--security-opt unmask=ALL'
}

@test "doctor: each other thing that may be refused" {
	need_box
	doctor refuse mount
	fails box
	has box why 'make mounts private: Operation not permitted'
	doctor refuse setns
	works box
	fails hosts
	untested wire states counters sysctl
	doctor refuse listen
	fails pids wire "plain states"
	doctor refuse diag
	fails states "plain states"
	has states why 'sock_diag socket: Operation not permitted'
	doctor refuse packet
	fails hosts packets "plain packets"
	has hosts why 'packets on client: socket: Operation not permitted'
	no_leftovers
}

@test "doctor: each other thing that may be missing" {
	need_box
	doctor broken /children 2
	fails children
	has children fix CONFIG_PROC_CHILDREN
	doctor broken ns_last_pid 2
	fails numbers
	has numbers fix CONFIG_CHECKPOINT_RESTORE
	[ "$(summary works)" = true ]
	doctor broken overlay 19
	fails folder
	has folder why 'No such device'
	[ "$(summary missing)" = '["folder"]' ]
	doctor broken net/snmp 13
	fails counters "plain counters"
	has counters why 'Permission denied'
	doctor broken tcp_abort_on_overflow 30
	fails sysctl
	has sysctl why 'Read-only file system'
	doctor broken tcp_abort_on_overflow -1
	fails sysctl
	has sysctl why 'it is 0 there'
	no_leftovers
}

@test "doctor: no /proc, no terminals, no loopback" {
	need_mounts
	# shellcheck disable=SC2016	# for the inner shell
	run own_mounts 'mount -t tmpfs none /proc; exec "$1" --json doctor' \
		sh "$UNDERGLASS"
	# A sanitiser finds its options in /proc: it ends as it likes.
	[ -n "${ASAN_OPTIONS-}" ] || assert_failure 3
	fails proc
	has proc fix 'mount -t proc proc /proc'
	untested "user namespaces" box
	# shellcheck disable=SC2016	# for the inner shell
	run own_mounts 'mount -t tmpfs none /dev/pts; exec "$1" --json doctor' \
		sh "$UNDERGLASS"
	assert_failure 3
	fails terminals
	has terminals why 'posix_openpt: '
	has terminals why '/dev/pts is no devpts'
	has terminals fix 'mount -t devpts'
	[ "$(summary mode)" = null ]
	doctor unshare -Urn
	fails "plain hosts"
	has "plain hosts" why 'lo is down'
	has "plain hosts" fix 'ip link set lo up'
	works hosts wire
}

@test "doctor: what --no-box and --no-strace ask for is not missed" {
	run without_box "$UNDERGLASS" --no-box --json doctor
	assert_success
	[ "$(summary mode)" = '"plain"' ]
	[[ $(summary summary) == *'as --no-box asks'* ]]
	mkdir "$HOME/bin"
	PATH=$HOME/bin run "$UNDERGLASS" --no-strace --no-box --json doctor
	assert_success
	fails strace
	[[ $(summary summary) == *'as --no-strace asks'* ]]
}

@test "doctor: what the screen can show" {
	need_box
	terminal 90 60
	type_line "clear; TERM=dumb LC_ALL=C $UNDERGLASS doctor; echo status \$?"
	screen_shows '^status 0'
	screen >"$HOME/screen"
	grep -E '^ x characters' "$HOME/screen"
	grep -F 'LC_ALL is C' "$HOME/screen"
	grep -F 'export LC_ALL=C.UTF-8' "$HOME/screen"
	grep -E '^ x colours' "$HOME/screen"
	grep -F 'TERM is dumb' "$HOME/screen"
	grep -E '^ \+ columns 90' "$HOME/screen"

	type_line "clear; NO_COLOR=1 LC_ALL=xx_YY.UTF-8 $UNDERGLASS --columns \
70 doctor; echo status \$?"
	screen_shows '^status 0'
	screen >"$HOME/screen"
	grep -F 'this machine has no' "$HOME/screen"
	grep -F 'unset NO_COLOR' "$HOME/screen"
	grep -E '^ x columns' "$HOME/screen"
	grep -F -e '--columns says 70' "$HOME/screen"
}

@test "doctor: ^C ends it and nothing else; at the prompt" {
	need_box
	fake_strace 'sleep 1000'
	terminal 100 80
	type_line "PATH=$BATS_TEST_TMPDIR/fake:\$PATH $UNDERGLASS doctor"
	screen_shows '✓ children'
	press C-c
	screen_shows '^sh\$ *$'
	run on_screen '^Labs'
	assert_failure
	# The terminal itself has our HOME too.
	wait_until 10 none_sleeps

	type_line "$UNDERGLASS"
	type_line 'doctor'
	screen_shows '^Labs run in the glass box'
	type_line 'quit'
}

none_sleeps()
{
	! left_over | xargs -I PID cat /proc/PID/cmdline 2>/dev/null |
		tr '\0' ' ' | grep -q 'sleep 1000'
}
