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

# need_bats_library NAME: from where the distributions put it.
need_bats_library()
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
	echo "helper: $1 is not installed; scripts/setup --test does it" >&2
	return 1
}

need_bats_library bats-support
need_bats_library bats-assert

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
UNDERGLASS=${UNDERGLASS:-$TOP/build/underglass}

# An old bats has no directory for a test; scripts/test removes this one.
: "${BATS_TEST_TMPDIR:=$(mktemp -d)}"
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
