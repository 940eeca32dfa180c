# shellcheck shell=bash
# underglass - hold labs and programs to their evidence, in bats
#
#	setup() {
#		load /usr/local/share/underglass/bats/underglass
#	}
#
#	@test "who closes first keeps the connection in TIME-WAIT" {
#		play timewait 1
#		saw server 'close(*) = 0' \
#			then tcp 'server:* TIME-WAIT*'
#		never tcp 'client:* TIME-WAIT*'
#	}
#
# play LAB|FILE.md [SCENE] [KNOB=VALUE...]
#	Play it on the kernel; fails, and shows the run, unless it held. What
#	follows is about the last run that was played.
# saw WHO PATTERN [then WHO PATTERN]...
#	There was such an event; after the first such one, the second; and so
#	on. `then` is a word among saw's, for bash takes it for its own where a
#	command could begin. Events stand in the order in which they were seen:
#	the moment at which a state was looked at is later than its beginning.
# never WHO PATTERN
#	There was none in the whole run.
#
# WHO is as in the trace: an actor, wire, tcp, proc, count. A PATTERN is a
# handout's and has to account for the whole text: * is any run of characters,
# \* a star, spaces are any white space. A $name stands for anything at all;
# so write patterns in '...', lest bash puts in values of its own.
#
# $UNDERGLASS is the program to use, where it is not `underglass`. With
# UNDERGLASS_SHOW=1 the run itself is shown among bats' lines.

play()
{
	local program=${UNDERGLASS:-underglass} status=0
	local dir=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:-/tmp}}}

	UG_RUN=$dir/run.$$.jsonl
	UG_EVENTS=()
	"$program" run "$@" --json >"$UG_RUN" </dev/null || status=$?
	[ -s "$UG_RUN" ] || return $((status ? status : 1))
	mapfile -t UG_EVENTS < <("$program" view "$UG_RUN" events)
	if [ -n "${UNDERGLASS_SHOW-}" ]; then
		"$program" view "$UG_RUN" | sed 's/^/# /' >&3
	fi
	[ "$status" = 0 ] && return
	"$program" view "$UG_RUN"
	echo "play $*: exit status $status"
	return "$status"
}

saw()
{
	local from=0

	ug_find 0 "$1" "$2" || ug_missing "did not come" "$1" "$2" || return
	while from=$((UG_FOUND + 1)); shift 2; [ $# != 0 ]; do
		if [ "$1" != then ] || [ $# -lt 3 ]; then
			echo "saw: \`then WHO PATTERN\` goes on, not '$*'"
			return 2
		fi
		shift
		ug_find "$from" "$1" "$2" || ug_missing \
			"did not come after '${UG_EVENTS[from - 1]/$'\t'/  }'" \
			"$1" "$2" || return
	done
}

never()
{
	! ug_find 0 "$1" "$2" || ! ug_missing \
		"came, as '${UG_EVENTS[UG_FOUND]/$'\t'/  }', and must not" \
		"$1" "$2"
}

# ug_find FROM WHO PATTERN: the first event from number FROM on that is one,
# its number into UG_FOUND.
ug_find()
{
	local glob text i

	[ ${#UG_EVENTS[@]} != 0 ] || {
		echo "nothing has been played"
		return 2
	}
	glob=$(ug_glob "$3")
	for ((i = $1; i < ${#UG_EVENTS[@]}; i++)); do
		[ "${UG_EVENTS[i]%%$'\t'*}" = "$2" ] || continue
		text=${UG_EVENTS[i]#*$'\t'}
		# shellcheck disable=SC2053	# a pattern, on purpose
		[[ $text == $glob ]] || continue
		UG_FOUND=$i
		return 0
	done
	return 1
}
