# shellcheck shell=bash
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# assert - what our tests use of bats-assert, where that is not to be had
#
# Ubuntu 22.04 has no package of it. Same names, same arguments, same verdicts
# (tests/assert.bats holds the two to each other); shorter reports.

batslib_decorate()
{
	echo "-- $1 --"
	cat
	echo "--"
}

fail()
{
	if [ $# != 0 ]; then
		echo "$*"
	else
		cat
	fi >&2
	return 1
}

assert()
{
	"$@" || fail "assertion failed: $*"
}

refute()
{
	! "$@" || fail "succeeded, and must not: $*"
}

assert_success()
{
	[ "$status" = 0 ] || ug_report "exit status $status"
}

# assert_failure [STATUS]
assert_failure()
{
	if [ "$status" = 0 ]; then
		ug_report "succeeded, and must not"
	elif [ $# != 0 ] && [ "$status" != "$1" ]; then
		ug_report "exit status $status, and not $1"
	fi
}

assert_equal()
{
	[ "$1" = "$2" ] || fail "is:        $1"$'\n'"should be: $2"
}

assert_not_equal()
{
	[ "$1" != "$2" ] || fail "should not be: $1"
}

# ..._output [--partial | --regexp] TEXT
assert_output()
{
	ug_takes "$output" "$@" || ug_report "the output is not: $*"
}

refute_output()
{
	if [ $# = 0 ]; then
		[ -z "$output" ]
	else
		! ug_takes "$output" "$@"
	fi || ug_report "the output must not be: $*"
}

# ..._line [--index N] [--partial | --regexp] TEXT
assert_line()
{
	ug_takes_line "$@" || ug_report "no such line: $*"
}

refute_line()
{
	! ug_takes_line "$@" || ug_report "there must be no such line: $*"
}

# ug_takes TEXT [--partial | --regexp] WANTED
ug_takes()
{
	case $2 in
	--partial)	[[ $1 == *"$3"* ]] ;;
	--regexp)	[[ $1 =~ $3 ]] ;;
	--*)		fail "option $2 is not known here"; exit 1 ;;
	*)		[ "$1" = "$2" ] ;;
	esac
}

ug_takes_line()
{
	local line

	if [ "$1" = --index ]; then
		ug_takes "${lines[$2]-}" "${@:3}"
		return
	fi
	for line in "${lines[@]}"; do
		ug_takes "$line" "$@" && return
	done
	return 1
}

ug_report()
{
	batslib_decorate "$1" <<<"$output" | fail
}
