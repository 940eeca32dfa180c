#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# What people and programs get to see: in a pipe, on terminals narrow and wide,
# as JSON Lines.

setup() {
	load helper
}

teardown() {
	terminal_end
	end_leftovers
}

escape=$'\033'

@test "in a pipe: whole lines, aligned, no escape sequence" {
	need_box
	run_lab eintr 1
	assert_success
	refute_output --partial "$escape"
	refute_output --partial …
	assert_line --regexp '--- SIGUSR1 \{si_signo=SIGUSR1, .*si_uid=[0-9]+\} ---'
	# Times end, and what happened begins, in the same columns.
	run sed -nE 's/^( ✓ |   )( *[0-9]+\.[0-9]{3})  ([a-z]+ +).*/\2 \3/p' \
		<<<"$output"
	run awk '{ match($0, / [a-z]+ +$/); print RSTART, length }' \
		<<<"$output"
	assert_equal "$(sort -u <<<"$output" | wc -l)" 1
}

@test "what was expected is marked, and only that" {
	need_box
	handouts expects endless
	run underglass --limit 1 run "$HOME/expects.md"
	assert_line --regexp '^ ✓ .*sleeper +pause\(\) blocks$'
	assert_line --regexp '^   .*sleeper +write\(1, "asleep'
	refute_line --regexp '^ ✓ .*write'
}

@test "each event is shown once" {
	need_box
	run_lab zombie 1
	assert_equal "$(grep -c 'parent *+++ exited with 0 +++' \
		<<<"$output")" 1
	assert_equal "$(grep -c 'child *+++ exited with 7 +++' \
		<<<"$output")" 1
}

@test "a reader that goes early is no error" {
	local status

	need_box
	for words in labs 'show zombie' 'run zombie' '--json run zombie'; do
		# shellcheck disable=SC2086	# several words
		bash -o pipefail -c '"$@" 2>"$HOME/err" | head -n 1' - \
			"$UNDERGLASS" $words >"$HOME/out"
		assert_equal "$(wc -l <"$HOME/out")" 1
		run cat "$HOME/err"
		assert_output ''
	done
	no_leftovers
}

@test "a reader that is gone from the start is no error, and ends no lab" {
	need_box
	# shellcheck disable=SC2016	# for the inner shell
	run bash -c '("$0" run zombie; echo "$?" >"$HOME/status") | true' \
		"$UNDERGLASS"
	assert_output ''
	assert_equal "$(<"$HOME/status")" 0
}

@test "in the C locale everything is ASCII" {
	need_box
	for words in labs 'run zombie' 'help'; do
		# shellcheck disable=SC2086	# several words
		LC_ALL=C run underglass $words
		assert_success
		refute_output ''
		run env LC_ALL=C grep -n '[^ -~]' <<<"$output"
		assert_output ''
	done
}

@test "the loader is folded away, and --all shows it" {
	need_box
	run_lab zombie 1
	refute_output --partial ld.so.cache
	refute_output --partial 'mmap('
	assert_line --regexp '[0-9]  parent +pipe2\('
	run underglass --all run zombie 1
	assert_success
	assert_output --partial ld.so.cache
	assert_line --regexp '[0-9]  parent +pipe2\('
}

@test "control characters of a program do not reach the reader" {
	need_box
	handouts nasty
	for mode in '' --json '--all --wide'; do
		# shellcheck disable=SC2086	# none or several
		underglass $mode run "$HOME/nasty.md" >"$HOME/out"
		assert [ -s "$HOME/out" ]
		run env LC_ALL=C grep -c $'[\001-\010\013-\037\177\200-\237]' \
			<(sed 's/✓//g' "$HOME/out")
		assert_output 0
	done
}

# harmless: nothing in standard input is a control character or no UTF-8.
harmless() {
	LC_ALL=C.UTF-8 grep -qvaP '^[^\x00-\x1f\x7f-\x9f]*$' && return 1
	return 0
}

@test "control characters of arguments and of files' names neither" {
	local bad=$'\033[31m\233\377\302\233' name

	need_box
	handouts expects endless
	name=$HOME/x$bad.md
	mv "$HOME/expects.md" "$name"
	sed -i 's/^> start sleeper .*/> set n 1\n&/' "$name"
	for words in "run|$name|n=$bad" "--limit|1|--json|run|$name|n=$bad" \
		"run|$bad|$name" "$bad" "run|zombie|1|$bad=1" "help|$bad"; do
		IFS='|' read -ra words <<<"--limit|1|$words"
		underglass "${words[@]}" &>"$HOME/out" || true
		assert [ -s "$HOME/out" ]
		harmless <"$HOME/out" || fail "$(cat -v "$HOME/out")"
	done
	underglass --limit 1 --json run "$name" "n=$bad" >"$HOME/out" || true
	run jq -r 'select(.type == "scene") | .knobs' "$HOME/out"
	assert_output $'n=\033[31m\ufffd\ufffd\u009b'
	run jq -r 'select(.type == "verdict") | .missing[0].file' "$HOME/out"
	assert_output --regexp $'x\033\\[31m\ufffd\ufffd\u009b\\.md$'
}

@test "control characters of a file that a program has open neither" {
	need_box
	cat >"$HOME/opens" <<-'E'
		#!/bin/sh
		exec 7>"$(printf 'x\033[31m\233')"
		exec cat
	E
	chmod +x "$HOME/opens"
	cd "$HOME"
	printf 'start o ./opens\nfds o\n' | underglass >"$HOME/out"
	run cat "$HOME/out"
	assert_line --regexp '^ *7 .*/x\?\[31m\?$'
	harmless <"$HOME/out" || fail "$(cat -v "$HOME/out")"
}

@test "events appear while the program still runs" {
	local pid line seen=

	need_box
	handouts expects endless
	mkfifo "$HOME/fifo"
	"$UNDERGLASS" --limit 60 run "$HOME/expects.md" >"$HOME/fifo" 3>&- &
	pid=$!
	while IFS= read -r -t 20 line; do
		[[ $line == *'pause() blocks' ]] && seen+='blocks '
		[[ $line != *'waiting for: sleeper'* ]] || {
			seen+=waits
			break
		}
	done <"$HOME/fifo"
	assert_equal "$seen" 'blocks waits'
	kill -TERM "$pid"
	wait "$pid" || true
	no_leftovers
}

@test "80 columns: lines are cut with a mark, and explained below" {
	need_box
	terminal 80 24
	type_line "cd $TOP; $UNDERGLASS run zombie 1; echo end \$?"
	screen_shows '^end 0'
	run screen
	assert_line --regexp '^ ✓ .*parent +clone\(.*…\) = [0-9]+$'
	assert_line --regexp '^    Two processes, and both sleep\.'
	# A line that did not fit would be one long line here, as the command is
	# where the path is long.
	run sed -nE '/^sh\$/d; /^.{81}/p' <<<"$output"
	assert_output ''
}

@test "80 columns: --wide shows whole lines" {
	need_box
	terminal 80 24
	type_line "cd $TOP; $UNDERGLASS --wide run zombie 1; echo end \$?"
	screen_shows '^end 0'
	run screen
	refute_output --partial …
	assert_line --regexp 'parent +clone\(.*child_tidptr=0x[0-9a-f]+\) = '
}

@test "140 columns: the explanation stands beside its evidence" {
	need_box
	terminal 140 60
	type_line "cd $TOP; $UNDERGLASS run zombie 1; echo end \$?"
	screen_shows '^end 0'
	run screen
	assert_line --regexp '^(>| [ ✓] +[0-9.]+) .*  Two processes, and both'
	refute_line --regexp '^    Two processes'
	run sed -nE '/^.{141}/p' <<<"$output"
	assert_output ''
	# Nothing of the trace is written over.
	run screen
	in_order 'parent*pipe2(*' 'parent*clone(*' 'child*read(0, ...) blocks*'
	assert_line --regexp 'held: ([0-9]+) of \1 seen'
}

@test "140 columns: also below the screen's end, nothing is written over" {
	need_box
	terminal 140 20
	type_line "cd $TOP; $UNDERGLASS run zombie; echo end \$?"
	screen_shows '^end 0'
	run screen
	in_order 'child*exit_group(7)*' 'child*+++ exited with 7 +++*' \
		'parent*--- SIGCHLD*' 'parent*wait4(*' 'held: *' \
		'child*+++ killed by SIGKILL +++*' 'held: *' \
		'parent*+++ killed by SIGKILL +++*' 'held: *'
	# Whose pipe is closed may be told before the closing one has ended.
	in_order 'child*exit_group(7)*' 'parent*read(*, "", 1) = 0*' \
		'parent*--- SIGCHLD*'
	assert_equal "$(grep -c '^held: ' <<<"$output")" 5
}

@test "colour on a terminal only, and not where NO_COLOR is set" {
	need_box
	handouts pair
	terminal 100 50
	type_line "$UNDERGLASS run $HOME/pair.md; echo end \$?"
	screen_shows '^end 0'
	run tmux -L test capture-pane -p -e -S -
	assert_output --partial "$escape"
	# A bright one could not be read on white.
	refute_output --regexp "$escape\\[[0-9;]*[;[]?9[0-7]m"
	terminal_end
	terminal 100 50 NO_COLOR=1
	type_line "$UNDERGLASS run $HOME/pair.md; echo end \$?"
	screen_shows '^end 0'
	run tmux -L test capture-pane -p -e -S -
	refute_output --partial "$escape"
	assert_line --partial 'pipe2('
}

# json FILTER: what jq makes of $HOME/out, in $output.
json() {
	run jq -c "$1" "$HOME/out"
}

# each TYPE CONDITION: there are lines of that type, and all fulfil it.
each() {
	run jq -sc "map(select(.type == \"$1\")) |
		length > 0 and all($2), map(select($2 | not))[0]" "$HOME/out"
	assert_line --index 0 true
	assert_line --index 1 null
}

@test "JSON: every line is an object with a type" {
	need_box
	for lab in zombie eintr endian; do
		underglass --json run $lab >"$HOME/out"
		run jq -s 'length > 50 and
			all(type == "object" and (.type | type) == "string")' \
			"$HOME/out"
		assert_output true
		assert_equal "$(wc -l <"$HOME/out")" \
			"$(jq -s length "$HOME/out")"
	done
}

@test "JSON: scene, event, explain and verdict as they are documented" {
	need_box
	underglass --json run zombie >"$HOME/out"
	each scene '.lab == "zombie" and (.scene | type) == "string"'
	json 'select(.type == "scene") | .scene'
	assert_line --index 0 '"A child exits and nobody asks"'
	each event '(.t | type) == "number" and .t >= 0 and .t < 60'
	each event '.probe == "strace" or .probe == "proc"'
	each event '(.who | type) == "string" and (.text | type) == "string"'
	each event '(.pid | type) == "number"'
	each event 'has("expected") and
		(.expected | type | . == "string" or . == "null")'
	each explain '(.step | type) == "number" and
		(.text | type) == "string"'
	each verdict '.held == true and .seen == .expected and .seen > 0 and
		.missing == [] and .unobservable == []'
	run jq -s '[.[].type | select(. == "scene" or . == "verdict")] as $l |
		first(.[].of) as $n |
		$n > 1 and $l == [range($n) | "scene", "verdict"]' "$HOME/out"
	assert_output true
}

# Of each line of JSON that is not as README.md describes it: the line.
# shellcheck disable=SC2016	# $ and ` as jq and sed have them
schema='
def is($t): type == $t;
def maybe($t): . == null or is($t);
def place: (.who | is("string")) and (.pattern | is("string"));
{ scene: ([.lab, .scene, .title, .knobs | is("string")] +
		[.number, .of | is("number")] | all),
  step: (.step | is("number")),
  command: (.text | is("string")), note: (.text | is("string")),
  prose: (.text | is("string")),
  explain: ((.text | is("string")) and (.step | is("number"))),
  question: ((.text | is("string")) and (.options | is("array") and all(
		(.pattern | is("string")) and (.text | is("string"))))),
  graded: ((.answer | is("number")) and (.guess | is("number"))),
  waiting: ((.text | is("string")) and (.seconds | is("number"))),
  summary: (.held | is("object") and all(is("boolean"))),
  verdict: ((.held | is("boolean")) and (.seen | is("number")) and
	(.expected | is("number")) and (.missing | is("array") and
		all(place and (.line | is("number")) and
		(.file | is("string")))) and (.unobservable | is("array") and
		all(place and (.reason | is("string")))) and
	(.what_if | maybe("boolean")) and (.stopped | maybe("string"))),
  event: (([.who, .text | is("string")] + [.t, .step | is("number")] +
	[.pid, .ret, .blocked, .span, .exit | maybe("number")] +
	[.expected, .error, .call, .args, .signal, .host, .from, .to, .fate,
	 .state, .old_state | maybe("string")] +
	[.blocks, .folded, .startup | maybe("boolean")] | all) and
	(has("pid") and has("expected")) and
	(has("call") | not) or ([has("ret", "error", "blocked", "args")] |
	all) and (.probe | IN("strace", "proc", "packet", "tcp", "count")))
}[.type] as $ok | if $ok then empty else . end'

# told TYPE: what README.md says of lines of that type, or of an event.
# shellcheck disable=SC2016	# as above
told() {
	if [ "$1" = event ]; then
		sed -n '/^An `event` has/,/^What does not apply/p' \
			"$TOP/README.md"
	else
		grep "^| \`$1\` | " "$TOP/README.md"
	fi
}

@test "JSON: every line is as README.md says, and says no more" {
	local type key

	need_box
	handouts expects endless
	{
		underglass --json run zombie 2 endian
		underglass --json run handshake 1
		underglass --json run endian 1 word=0x1234567
		underglass --json --limit 2 run "$HOME/expects.md" || true
		underglass --json --no-strace run zombie 1
	} >"$HOME/out"
	run jq -c "$schema" "$HOME/out"
	assert_success
	assert_output ''
	run jq -r '.type as $type | keys[] | "\($type) \(.)"' "$HOME/out"
	output=$(sort -u <<<"$output")
	for type in scene step command event prose explain question graded \
		waiting note verdict summary; do
		assert_line "$type type"
	done
	while read -r type key; do
		[ "$key" = type ] || told "$type" | grep -q "\`$key\`" ||
			fail "README.md does not tell of $key in $type"
	done <<<"$output"
}

@test "JSON: every event tells its step" {
	need_box
	underglass --json run zombie >"$HOME/out"
	each event '(.step | type) == "number" and .step >= 1'
	# and it is the one that was begun last
	run jq -sc 'reduce .[] as $l ({ now: 0, wrong: [] };
		if $l.type == "step" then .now = $l.step
		elif $l.type == "event" and $l.step != .now then
			.wrong += [$l.text]
		else . end) | .wrong' "$HOME/out"
	assert_output '[]'
}

@test "JSON: system calls, signals and ends" {
	need_box
	underglass --json run endian 3 >"$HOME/out"
	underglass --json run zombie 1 >>"$HOME/out"
	json 'select(.call == "connect" and .who == "client") |
		[.probe, .ret, .error, (.args | type), (.blocked | type)]'
	assert_output '["strace",-1,"ECONNREFUSED","string","number"]'
	json 'select(.call == "connect" and .who == "other") |
		[.ret, .error]'
	assert_output '[0,null]'
	json 'select(.call == "exit_group" and .who == "child") |
		[.ret, .error, .args]'
	assert_output '[null,null,"7"]'
	json 'select(.type == "event" and .call and .ret != null and
		((.blocked | type) != "number" or .blocked < 0 or
		 .blocked > 60)) | .text'
	assert_output ''
	json 'select(.signal and .who == "parent") | .signal'
	assert_output '"SIGCHLD"'
	json 'select(.probe == "proc" and .expected) | [.text, .expected]'
	assert_line '["child gone","child gone"]'
	json 'select(.call == "wait4") | .expected'
	assert_output --partial 'wait4($''child, '
}

@test "JSON: what did not come is in the verdict" {
	need_box
	handouts expects endless
	underglass --json --limit 1 run "$HOME/expects.md" >"$HOME/out" || true
	json 'select(.type == "verdict") | [.held, .seen, .expected]'
	assert_output '[false,1,2]'
	json 'select(.type == "verdict") | .missing[] | [.who, .pattern, .line]'
	assert_output '["sleeper","+++ exited with 0 +++",10]'
	json 'select(.type == "explain")'
	assert_output ''
}

@test "JSON: what cannot be seen here is in the verdict, with the reason" {
	need_box
	underglass --json --no-strace run eintr 1 >"$HOME/out" || true
	each verdict '.seen == 0 and .expected == 0 and
		(.unobservable | length) > 0 and
		(.unobservable | all((.who | type) == "string" and
			(.pattern | type) == "string" and
			(.reason | contains("strace"))))'
}

@test "nothing is explained where nothing was seen" {
	need_box
	underglass --json --no-strace run eintr 1 >"$HOME/out" || true
	json 'select(.type == "question") | .options | length'
	assert_output 2
	json 'select(.type == "explain") | .text'
	assert_output ''
	json 'select(.type == "graded") | .answer'
	assert_output ''
}

@test "times count from the opening of the box, without a scene too" {
	need_box
	handouts actor
	cd "$HOME"
	run underglass <<-'E'
		start actor ./actor
		wait actor
	E
	assert_success
	assert_line --regexp '^ +[0-9]{1,2}\.[0-9]{3}  actor +write\(1'
}
