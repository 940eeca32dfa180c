# shellcheck shell=bash
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# helper - what every bats file of ours loads
#
#	setup() {
#		load helper
#		need_box
#	}
#
# $UNDERGLASS is the program under test (build/underglass, where nobody says
# otherwise), $TOP the source tree. $BATS_TEST_TMPDIR is this test's own
# directory, gone afterwards; HOME lies in it, so that no test reads or writes
# a person's settings. Every wait has a limit.

# bats_library NAME: from where the distributions put it, if they have it.
bats_library()
{
	local dir

	for dir in /usr/lib/bats /usr/share/bats /usr/lib /usr/share \
		/usr/local/lib/bats /usr/local/lib; do
		if [ -e "$dir/$1/load.bash" ]; then
			# shellcheck source=/dev/null
			source "$dir/$1/load.bash"
			return
		fi
	done
	return 1
}

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if ! bats_library bats-support || ! bats_library bats-assert; then
	# shellcheck source=tests/assert.bash
	source "$TOP/tests/assert.bash"
fi
export UNDERGLASS=${UNDERGLASS:-$TOP/build/underglass}

# Before 1.4 bats had no such directories. scripts/test removes ours.
if [ -z "${BATS_FILE_TMPDIR-}" ]; then
	BATS_FILE_TMPDIR=$(mktemp -d) || return
	export BATS_FILE_TMPDIR
fi
if [ -z "${BATS_TEST_TMPDIR-}" ]; then
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR	# setup_file belongs to no test
	[ -z "${BATS_TEST_NAME-}" ] ||
		BATS_TEST_TMPDIR=$(mktemp -d "$BATS_FILE_TMPDIR/test.XXXXXX") ||
		return
fi
export HOME=$BATS_TEST_TMPDIR
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
unset NO_COLOR COLUMNS LINES LC_ALL
export LANG=C.UTF-8 TERM=xterm TMUX_TMPDIR=$BATS_TEST_TMPDIR
unset TMUX

# underglass ARG...: the program, with a limit ($LIMIT seconds, 60). In the
# foreground, so that a terminal's ^C reaches it.
underglass()
{
	timeout --foreground -k 5 "${LIMIT:-60}" "$UNDERGLASS" "$@"
}

# run_lab LAB ARG...: play it; what it printed is in $output.
run_lab()
{
	run underglass run "$@"
}

# run_apart COMMAND...: as run, but what goes to standard error is in $stderr,
# and not in $output.
run_apart()
{
	run without_stderr "$@"
	# shellcheck disable=SC2034	# for the test
	stderr=$(<"$HOME/.stderr")
}

without_stderr()
{
	"$@" 2>"$HOME/.stderr"
}

# need REASON COMMAND...: skip where COMMAND fails, but fail there in CI, where
# nothing may be missing.
need()
{
	local reason=$1

	shift
	"$@" >/dev/null 2>&1 && return
	if [ "${CI-}" = true ]; then
		fail "needs $reason, and in CI it must be there"
	else
		skip "needs $reason"
	fi
}

# need_box: namespaces of one's own.
need_box()
{
	need "user namespaces" unshare -Urnmpf true
}

# without_box COMMAND...: COMMAND where namespaces are refused, as the same
# user without any capability: what a locked-down host or container gives.
without_box()
{
	need "user namespaces, to take them away" unshare -Ur true
	# shellcheck disable=SC2016	# for the inner shell
	unshare --user --map-current-user --keep-caps sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --bounding-set -all --inh-caps -all \
			--ambient-caps -all "$@"' sh "$@"
}

# under_strace LOG COMMAND...: COMMAND under a student's own strace. Leaks are
# not looked for: the leak checker cannot trace what is traced already.
under_strace()
{
	local log=$1

	shift
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		timeout --foreground -k 5 "${LIMIT:-60}" strace -f -o "$log" "$@"
}

# in_order PATTERN...: lines of $output that match, one after the other. A
# pattern begins at a word and goes to the end of the line; * is any text, ?
# any character.
in_order()
{
	local line want=("$@") first

	while IFS= read -r line; do
		[ ${#want[@]} != 0 ] || break
		line=${line%"${line##*[![:space:]]}"}
		first=${want[0]}
		# shellcheck disable=SC2053	# a pattern, on purpose
		if [[ $line == $first || $line == *[[:space:]]$first ]]; then
			want=("${want[@]:1}")
		fi
	done <<<"$output"
	[ ${#want[@]} = 0 ] && return
	batslib_decorate "not seen, in this order" <<<"$(
		echo "missing: ${want[0]}"
		printf 'then:    %s\n' "${want[@]:1}"
		echo "output:"
		echo "$output")" | fail
}

# wait_until SECONDS COMMAND...: until it succeeds, or fail.
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited in vain for: $*" || return
		sleep 0.05
	done
}

# handouts NAME...: tests/fixtures/handouts-run/NAME.md, and NAME.c compiled,
# into $BATS_TEST_TMPDIR.
handouts()
{
	local from=$TOP/tests/fixtures/handouts-run name

	for name; do
		cp "$from/$name.md" "$BATS_TEST_TMPDIR"
		[ ! -e "$from/$name.c" ] || ${CC:-cc} -O1 \
			-o "$BATS_TEST_TMPDIR/$name" "$from/$name.c"
	done
}

# copy_lab LAB: its handout and its programs, into $BATS_TEST_TMPDIR/LAB. What
# cc is given is what the Makefile would give it.
copy_lab()
{
	local from=$TOP/labs/$1 to=$BATS_TEST_TMPDIR/$1 source name how

	mkdir "$to" && cp "$from/README.md" "$to" || return
	for source in "$from"/*.c; do
		name=${source##*/}
		${CC:-cc} -O1 -g -o "$to/${name%.c}" "$source" || return
	done
	[ -e "$from/build" ] || return 0
	while IFS=: read -r name how; do
		# shellcheck disable=SC2086	# several words
		(cd "$from" && ${CC:-cc} -O1 -g -o "$to/$name" $how) || return
	done < <(grep '^[a-z0-9_-]*:' "$from/build")
}

# break_lab LAB PROGRAM: put the broken one in its copy, in the right one's
# place.
break_lab()
{
	${CC:-cc} -O1 -g -o "$BATS_TEST_TMPDIR/$1/$2" "$TOP/tests/broken/$1/$2.c"
}

# left_over: the pids of processes that this test began, and whatever these
# began. Each test has a HOME of its own, so that tells them apart from all
# others on the machine; a zombie has none, and is not found.
left_over()
{
	local file

	env -i PATH="$PATH" grep -lszxF "HOME=$HOME" /proc/[0-9]*/environ |
		while IFS=/ read -r _ _ file _; do
			echo "$file"
		done
}

nothing_left()
{
	[ -z "$(left_over)" ]
}

# no_leftovers: in a moment, if not at once.
no_leftovers()
{
	wait_until 10 nothing_left && return
	for pid in $(left_over); do
		tr '\0' ' ' <"/proc/$pid/cmdline"
		echo "($pid)"
	done >&2
	return 1
}

# end_leftovers: for teardown, so that one failure does not become more.
end_leftovers()
{
	local pid

	for pid in $(left_over); do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# terminal COLUMNS ROWS [NAME=VALUE...]: a shell in a real terminal (tmux).
# screen_... act on it; terminal_end is for teardown.
terminal()
{
	local columns=$1 rows=$2

	shift 2
	need tmux tmux -V
	tmux -u -f /dev/null -L test new-session -d -x "$columns" -y "$rows" \
		env "$@" PS1='sh$ ' bash --norc --noprofile 3>&- 4>&-
	wait_until 10 on_screen '^sh\$'
}

terminal_end()
{
	tmux -L test kill-server 2>/dev/null || true
}

# leave_prompt: quit, and be back at the shell.
leave_prompt()
{
	type_line quit
	wait_until 10 at_shell
}

at_shell()
{
	[ "$(screen | sed '/^$/d' | tail -n 1)" = 'sh$' ]
}

# without_leak_check: where a terminal goes away under a program. What looks for
# leaks at its end can then hang.
without_leak_check()
{
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# type_line TEXT: and Enter. press KEY...: in tmux's names, C-c, Up, Tab.
type_line()
{
	tmux -L test send-keys -l "$1"
	tmux -L test send-keys Enter
}

press()
{
	tmux -L test send-keys "$@"
}

# screen: what has been on it, from the first line; a line that did not fit is
# one line, longer than the screen is wide.
screen()
{
	tmux -L test capture-pane -p -J -S - | sed 's/ *$//'
}

on_screen()
{
	screen | grep -qE -- "$1"
}

# screen_shows PATTERN: an extended regular expression, in a while.
screen_shows()
{
	wait_until "${LIMIT:-20}" on_screen "$1" && return
	screen >&2
	return 1
}

# as_user COMMAND...: as somebody who is not root and may do nothing special.
as_user()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups \
			--inh-caps=-all --no-new-privs "$@"
	else
		"$@"
	fi
}

# in_pid_namespace COMMAND...: so that whatever it leaves behind ends with it,
# where a test may go badly wrong.
in_pid_namespace()
{
	need "user namespaces" unshare -Urmpf --mount-proc true
	timeout --foreground -k 5 "${LIMIT:-60}" unshare -Urmpf --mount-proc \
		--kill-child=KILL "$@"
}
