# underglass.bash - hold labs and programs to their evidence, in bats
#
#	load underglass		# or: source "$PREFIX/share/underglass/bats/underglass.bash"
#
#	@test "the kernel keeps the connection" {
#		play timewait 1
#		saw server 'close(*) = 0'
#		then wire '*FIN*'
#		never wire '*RST*'
#	}
#
# play LAB|FILE.md [SCENE] [KNOB=VALUE...]
#	Play it; fails, and shows the run, unless the evidence came.
# saw WHO PATTERN
#	Somewhere in the run there was such an event.
# then WHO PATTERN
#	There was one after the last that saw or then found.
# never WHO PATTERN
#	There was none.
#
# Patterns are a handout's: * is any run of characters, \* a star; a $name is
# taken as *. UNDERGLASS is the program to use. With UNDERGLASS_SHOW=1 the run
# itself is shown among bats' lines, for a class to read.

play()
{
	local status=0

	UG_RUN=${BATS_TEST_TMPDIR:-${TMPDIR:-/tmp}}/run.$$.jsonl
	UG_AT=0
	"${UNDERGLASS:-underglass}" run "$@" --json >"$UG_RUN" || status=$?
	mapfile -t UG_EVENTS < <("${UNDERGLASS:-underglass}" view "$UG_RUN" events)
	if [ -n "${UNDERGLASS_SHOW-}" ]; then
		"${UNDERGLASS:-underglass}" view "$UG_RUN" | sed 's/^/# /' >&3
	fi
	[ "$status" -eq 0 ] && return
	echo "play $*: exit status $status"
	"${UNDERGLASS:-underglass}" view "$UG_RUN"
	return 1
}

# A handout's pattern as one of bash's: everything but * stands for itself.
ug_glob()
{
	local p=$1 out='' c

	while [ -n "$p" ]; do
		c=${p:0:1}
		p=${p:1}
		case $c in
		'*')	out+='*' ;;
		\\)	out+="\\${p:0:1}"; p=${p:1} ;;
		\$)	out+='*'; p=${p##+([a-zA-Z0-9_])} ;;
		[a-zA-Z0-9_\ ])	out+=$c ;;
		*)	out+="\\$c" ;;
		esac
	done
	printf '%s' "$out"
}

# The first event from number $1 on that is one: its number in UG_FOUND.
ug_find()
{
	local from=$1 who=$2 glob i

	shopt -s extglob
	glob=$(ug_glob "$3")
	for ((i = from; i < ${#UG_EVENTS[@]}; i++)); do
		[ "${UG_EVENTS[i]%%$'\t'*}" = "$who" ] || continue
		# shellcheck disable=SC2053 # a pattern, on purpose
		[[ ${UG_EVENTS[i]#*$'\t'} == $glob ]] || continue
		UG_FOUND=$i
		return 0
	done
	return 1
}

ug_missing()
{
	echo "$1: $2  $3"
	echo "what came of $2:"
	printf '%s\n' "${UG_EVENTS[@]}" | awk -F '\t' -v w="$2" '$1 == w'
	return 1
}

saw()
{
	ug_find 0 "$1" "$2" || ug_missing "did not come" "$1" "$2" || return
	UG_AT=$((UG_FOUND + 1))
}

then()
{
	ug_find "$UG_AT" "$1" "$2" ||
		ug_missing "did not come after the one before" "$1" "$2" ||
		return
	UG_AT=$((UG_FOUND + 1))
}

never()
{
	! ug_find 0 "$1" "$2" || ug_missing "came, and must not" "$1" "$2"
}
