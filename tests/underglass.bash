# shellcheck shell=bash
#
# underglass - hold labs and programs to their evidence, in bats
#
#	setup() {
#		load /usr/local/share/underglass/bats/underglass.bash
#		need_box
#	}
#
#	@test "who closes first keeps the connection in TIME-WAIT" {
#		play timewait 1
#		saw server 'close(*) = 0'
#		later tcp 'server:* TIME-WAIT*'
#		never tcp 'client:* TIME-WAIT*'
#	}
#
# play LAB|FILE.md [SCENE] [KNOB=VALUE...]
#	Play it on the kernel; fails, and shows the run, unless it held. What
#	follows is about the run that was played last.
# saw WHO PATTERN
#	There was such an event; the first such one is meant.
# later WHO PATTERN
#	There was one after that which saw, or the last later, found. (It would
#	be called `then`, but that word is bash's own.)
# never WHO PATTERN
#	There was none in the whole run. Fails also if nothing at all came of
#	WHO, who may be misspelt or not observable; `never WHO '*'` says that
#	nothing came.
# need_box
#	Skip, or fail under CI=true, where namespaces are refused.
#
# WHO is as in the trace: an actor, wire, tcp, proc, count. A PATTERN is a
# handout's and has to account for the whole text: * is any run of characters,
# \* a star, spaces are any white space; but a $name is anything at all, each
# time. In '...', so that bash leaves them alone.
#
# $UNDERGLASS is the program to use: without it, the one that this file came
# with, or the one in $PATH. With UNDERGLASS_SHOW=1 the run itself stands among
# bats' lines, for a class to read (with `bats --tap`: the usual output draws
# over long runs).

play()
{
	local dir=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:-/tmp}}}
	local status=0

	UG_RUN=$dir/run.$$.jsonl UG_EVENTS=() UG_FOUND=-1
	ug_program run "$@" --json >"$UG_RUN" </dev/null || status=$?
	[ -s "$UG_RUN" ] || return "$status"	# it has said why
	mapfile -t UG_EVENTS < <(ug_program view "$UG_RUN" events | tr -s ' ')
	if [ -n "${UNDERGLASS_SHOW-}" ]; then
		ug_program view "$UG_RUN" | sed 's/^/# /' >&3
	fi
	[ "$status" != 0 ] || return 0
	ug_program view "$UG_RUN"
	echo "play $*: exit status $status"
	return "$status"
}

saw()
{
	ug_two_words saw "$@" || return
	ug_find 0 "$1" "$2" || ug_missing "did not come" "$1" "$2"
}

later()
{
	local before

	ug_two_words later "$@" || return
	if [ "$UG_FOUND" = -1 ]; then
		echo "later than what? First comes a \`saw\`"
		return 2
	fi
	before=${UG_EVENTS[UG_FOUND]/$'\t'/  }
	ug_find $((UG_FOUND + 1)) "$1" "$2" ||
		ug_missing "did not come after $before" "$1" "$2"
}

never()
{
	local UG_FOUND

	ug_two_words never "$@" || return
	if ug_find 0 "$1" "$2"; then
		ug_missing "came, and must not" "$1" "$2"
	elif [ "$2" != '*' ] && ! ug_find 0 "$1" '*'; then
		ug_missing "could not have come" "$1" "$2"
	fi
}

need_box()
{
	unshare -Urnmpf true 2>/dev/null && return
	[ "${CI-}" = true ] || skip "needs user namespaces"
	echo "needs user namespaces, and in CI they must be there"
	return 1
}

ug_program()
{
	local here=${BASH_SOURCE[0]%/*} program=${UNDERGLASS-} it

	for it in "$here/../build/underglass" "$here/../../../bin/underglass"; do
		[ -n "$program" ] || [ ! -x "$it" ] || program=$it
	done
	"${program:-underglass}" "$@"
}

# A handout's pattern as one of bash's: everything but * stands for itself.
ug_glob()
{
	local p=$1 out='' c name

	while [ -n "$p" ]; do
		c=${p:0:1} p=${p:1}
		case $c in
		'*')	out+='*' ;;
		' ' | $'\t')
			out+=' ' p=${p#"${p%%[! $'\t']*}"} ;;
		\\)	case $p in
			[*$\\]*) c=${p:0:1} p=${p:1} ;;
			esac
			out+=\\$c ;;
		\$)	name=${p%%[!a-zA-Z0-9_]*}
			[ -n "$name" ] && out+='*' || out+='\$'
			p=${p#"$name"} ;;
		*)	out+=\\$c ;;
		esac
	done
	printf '%s' "$out"
}

# ug_find FROM WHO PATTERN: the first event from number FROM on that is one:
# its number in UG_FOUND.
ug_find()
{
	local glob text i

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

ug_missing()
{
	echo "$1: $2  $3"
	echo "what came of $2:"
	printf '%s\n' "${UG_EVENTS[@]}" | awk -F '\t' -v who="$2" '
		$1 == who { print "  " $2; some = 1 }
		$1 != "" && !seen[$1]++ { others = others " " $1 }
		END { if (!some) print "  nothing; there were:" others }'
	return 1
}

ug_two_words()
{
	[ $# != 3 ] || return 0
	echo "$1 takes WHO and one 'PATTERN', in quotes"
	return 2
}
