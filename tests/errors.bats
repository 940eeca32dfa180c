#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
# shellcheck disable=SC2016	# $ and ` as they are in handouts
#
# What is wrong is said with its place, once, on standard error; what runs away
# is stopped, and nothing of it stays.

setup() {
	load helper
}

teardown() {
	terminal_end
	end_leftovers
}

# refused NAME LINE TEXT: the handout is not played, and the only thing said is
# "NAME.md:LINE: ", what is wrong and (somewhere in it) TEXT.
refused() {
	handouts "$1" endless
	run_apart underglass run "$HOME/$1.md"
	assert_failure 2
	assert_output ''
	assert_equal "$(wc -l <<<"$stderr")" 1
	[[ $stderr == "underglass: $HOME/$1.md:$2: "*"$3"* ]] || fail "$stderr"
}

@test "a handout with an unknown command" {
	refused unknown-command 9 "'strat'"
	[[ $stderr == *"'start'"* ]]
}

@test "a handout with a fence that is never closed" {
	refused unterminated 7 'never closed'
	[[ $stderr == *'```'* ]]
}

@test "a handout with a step before any scene" {
	refused before-scene 5 'before the first scene'
	[[ $stderr == *'## '* ]]
}

@test "a handout with a pattern that nothing can be" {
	refused nothing 9 'nothing can be'
	[[ $stderr == *'! who pattern'* ]]
}

@test "a handout with a program that does not exist" {
	refused no-program 8 nowhere
}

@test "a handout with a program that is not compiled yet" {
	cp "$TOP"/tests/fixtures/handouts-run/endless.{md,c} "$HOME"
	run underglass run "$HOME/endless.md"
	assert_failure 2
	assert_output --partial 'endless.md:10: '
	assert_output --partial 'cc -o'
}

@test "a handout with a program that may not be executed" {
	handouts endless
	chmod 644 "$HOME/endless"
	run underglass run "$HOME/endless.md"
	assert_failure 2
	assert_output --partial 'endless.md:10: '
}

@test "a handout with a knob that is used and never set" {
	refused no-knob 8 '$times'
	[[ $stderr == *'> set times'* ]]
}

@test "a handout with a line of somebody who is never there" {
	refused nobody 9 "'b'"
	[[ $stderr == *'> start b'* ]]
}

# step: a handout of one step, whose lines are standard input, as $HOME/step.md.
step() {
	{
		printf '# T\n\nWhat it is.\n\n## S\n\n```lab\n'
		cat
		printf '```\n'
	} >"$HOME/step.md"
}

# wrong_step NUMBER TEXT: its line of that number is refused, before anything is
# played, with TEXT.
wrong_step() {
	step
	run_apart underglass run "$HOME/step.md"
	assert_failure 2
	assert_output ''
	assert_equal "$(wc -l <<<"$stderr")" 1
	[[ $stderr == "underglass: $HOME/step.md:$((7 + $1)): "*"$2"* ]] ||
		fail "$stderr"
}

@test "a handout with a folder for a program" {
	mkdir -p "$HOME/sub/true"
	wrong_step 1 'folder' <<<'> start a ./sub'
	wrong_step 1 'folder' <<<'> start a /usr'
	step <<<'> start a true'
	PATH=$HOME/sub run_apart "$UNDERGLASS" run "$HOME/step.md"
	assert_failure 2
	[[ $stderr == *'step.md:8: true: no such program'* ]] || fail "$stderr"
}

@test "a handout with a name that nobody can have" {
	wrong_step 1 "'wire'" <<<'> start wire true'
	wrong_step 1 "'a/b'" <<<'> start a/b true'
	wrong_step 1 "'a*'" <<<'> start a*@b true'
	wrong_step 2 "'b.1'" <<-'E'
		> start a puppet
		> a fork b.1
	E
	wrong_step 1 'a letter first' <<<'> set 2n 1'
	wrong_step 1 'a letter first' <<<'> set n-1 1'
}

@test "a handout with a command for somebody who is not there" {
	wrong_step 1 "'b'" <<<'> kill -TERM b'
	wrong_step 2 "'child'" <<-'E'
		> start a puppet
		> wait child
	E
	wrong_step 3 "'port'" <<-'E'
		> start a puppet
		a bind(*htons($port)*) = 0
		> type port x
	E
}

@test "a dollar in a command: two of them, or as for a shell" {
	local way

	need_box
	# shellcheck disable=SC2016	# as in a handout
	for way in '"exit $$((3 + 1))"' '"exit \$((3 + 1))"' \
		"'exit \$((3 + 1))'"; do
		step <<-E
			> start a sh -c $way
			a execve(*"exit \$\$((3 + 1))"*
			a +++ exited with 4 +++
		E
		run_lab "$HOME/step.md"
		assert_success
		assert_line 'held: 2 of 2 seen'
	done
	# shellcheck disable=SC2016	# as in a handout
	wrong_step 1 '$HOME' <<<'> start a sh -c "echo $HOME"'
}

@test "a handout that expects nothing has held" {
	need_box
	step <<<'> start a true'
	run_apart underglass run "$HOME/step.md"
	assert_success
	assert_line 'held: 0 of 0 seen'
	assert_equal "$stderr" ''
}

@test "a value that doubles itself is stopped" {
	{
		echo '> set n 12345678'
		# shellcheck disable=SC2016	# as in a handout
		printf '> set n $n$n\n%.0s' {1..40}
	} | step
	run_apart underglass run "$HOME/step.md"
	assert_failure 2
	[[ $stderr == *step.md:18:*4096* ]] || fail "$stderr"
}

@test "one wrong line is found before anything of the handout is played" {
	need_box
	handouts endless unknown-command
	{
		cat "$HOME/endless.md"
		printf '\n## Second\n\n```lab\n> strat\n```\n'
	} >"$HOME/both.md"
	run_apart underglass run "$HOME/both.md"
	assert_failure 2
	assert_output ''
	[[ $stderr == *both.md:* ]]
}

@test "files that are no handouts" {
	local file

	: >"$HOME/empty.md"
	printf '# T\n\xff\n' >"$HOME/latin.md"
	printf '# T\n\033[31m\n' >"$HOME/control.md"
	head -c 5000000 /dev/zero | tr '\0' x >"$HOME/long.md"
	for file in "$HOME"/{empty,latin,control,long,nowhere}.md \
		/dev/null /dev/zero "$UNDERGLASS"; do
		LIMIT=10 run_apart underglass run "$file"
		assert_failure 2
		assert_output ''
		assert_equal "$(wc -l <<<"$stderr")" 1
		[[ $stderr == "underglass: $file:"* ]] || fail "$stderr"
		refute [ "${stderr/$'\033'/}" != "$stderr" ]
	done
	run underglass run "$HOME"
	assert_failure 2
	assert_output --partial README.md
}

@test "wrong words: a command, a lab, an option, too few, too many" {
	run_apart underglass frobnicate
	assert_failure 2
	assert_output ''
	[[ $stderr == *frobnicate* ]]
	run underglass rnu zombie
	assert_failure 2
	assert_output --partial "did you mean 'run'"
	run underglass run zombi
	assert_failure 2
	assert_output --partial "did you mean 'zombie'"
	run underglass run
	assert_failure 2
	assert_output --partial 'usage: run LAB'
	run underglass version 1.0
	assert_failure 2
	assert_output --partial 'usage: version'
	run underglass --nonsense
	assert_failure 2
	assert_output --partial nonsense
	for limit in 0 -1 many '' 99999999999999999999; do
		run underglass --limit "$limit" labs
		assert_failure 2
		assert_output --partial '--limit'
	done
	run underglass ''
	assert_failure 2
	run underglass run ''
	assert_failure 2
}

@test "cannot run here: status 3, and why" {
	need_box
	mkdir "$HOME/bin"
	PATH=$HOME/bin run_apart "$UNDERGLASS" run eintr
	assert_failure 3
	[[ $stderr == *strace* ]]
	run_apart underglass --no-strace run eintr 1
	assert_failure 3
	[[ $stderr == *doctor* ]]
}

@test "standard output that is full is noticed" {
	need_box
	run_apart sh -c '"$0" labs >/dev/full' "$UNDERGLASS"
	assert_failure
	[[ $stderr == *'No space left'* ]]
	run_apart sh -c '"$0" run zombie 4 >/dev/full' "$UNDERGLASS"
	assert_failure
	[[ $stderr == *'No space left'* ]]
	no_leftovers
}

@test "standard streams that are closed are noticed, and not mixed up" {
	need_box
	for words in labs 'run zombie 1' '--json run zombie 1'; do
		# shellcheck disable=SC2016	# for the inner shell
		run_apart sh -c '"$0" '"$words"' >&-' "$UNDERGLASS"
		assert_failure 1
		[[ $stderr == *'standard output'* ]] || fail "$stderr"
	done
	# shellcheck disable=SC2016	# for the inner shell
	run sh -c '"$0" run zombie 1 <&- >&- 2>&-' "$UNDERGLASS"
	assert_failure 1
	# shellcheck disable=SC2016	# for the inner shell
	run_apart sh -c '"$0" run zombie 1 <&-' "$UNDERGLASS"
	assert_success
	assert_equal "$stderr" ''
	no_leftovers
}

@test "a line that never comes is named beside the nearest that did" {
	need_box
	handouts expects endless
	run underglass --limit 2 run "$HOME/expects.md"
	assert_failure 1
	in_order '*pause(*) blocks' \
		'waiting for: sleeper *+++ exited with 0 +++*' \
		'*did not come: *sleeper *+++ exited with 0 +++' \
		'*expects.md:10; *limit of 2 s' \
		'sleeper*pause(*) blocks' \
		'not held: 1 of 2 seen'
	refute_output --partial 'explains what never came'
	no_leftovers
}

@test "a program that never ends is stopped at a limit, which is named" {
	need_box
	handouts endless
	for mode in '' --no-box; do
		# shellcheck disable=SC2086	# none or one
		run underglass $mode --limit 2 run "$HOME/endless.md"
		assert_failure 1
		assert_output --partial 'explains what was seen'
		assert_output --partial '2 s'
		refute_output --partial 'explains what never came'
		no_leftovers
	done
}

@test "a scene that is stopped while it waits gets its verdict, too" {
	need_box
	handouts endless
	underglass --json --limit 1 run "$HOME/endless.md" >"$HOME/out" || true
	run jq -c 'select(.type == "verdict") | [.held, .missing[].line]' \
		"$HOME/out"
	assert_output '[false,19]'
}

@test "a wait for a program says so, after a second" {
	need_box
	handouts endless
	run underglass --limit 2 run "$HOME/endless.md"
	in_order '> wait sleeper' 'waiting for: *'
}

@test "a program that floods its output is stopped at a limit" {
	need_box
	handouts flood
	run underglass --limit 50 run "$HOME/flood.md"
	assert_failure 1
	assert_output --partial 'more than 50000 events'
	assert_line --regexp '^not held: '
	assert [ "$(wc -l <<<"$output")" -lt 500 ]
	no_leftovers
}

@test "a program that floods is stopped in plain mode" {
	handouts flood
	run underglass --no-box --limit 3 run "$HOME/flood.md"
	assert_failure 1
	assert_output --regexp 'more than 50000 events|limit of 3 s'
	assert [ "$(wc -l <<<"$output")" -lt 500 ]
	no_leftovers
}

@test "a program that forks without end is stopped at a limit" {
	need_box
	handouts forks
	run underglass run "$HOME/forks.md"
	assert_failure 1
	assert_output --partial 'more than 200 processes'
	assert_line --regexp '^not held: '
	no_leftovers
}

@test "a program that forks without end is stopped in plain mode" {
	handouts forks
	run in_pid_namespace bash -c '
		"$@"
		status=$?
		for _ in {1..100}; do
			dirs=(/proc/[0-9]*)
			[ ${#dirs[@]} != 1 ] || echo nobody else is left
			[ ${#dirs[@]} != 1 ] || exit $status
			sleep 0.1
		done
		ps -ef' - "$UNDERGLASS" --no-box run "$HOME/forks.md"
	assert_failure 1
	assert_output --partial 'more than 200 processes'
	assert_line 'nobody else is left'
}

@test "the prompt is usable after a flood and after too many forks" {
	need_box
	handouts flood forks
	terminal 100 50
	type_line "$UNDERGLASS --limit 50"
	screen_shows '^underglass> *$'
	for lab in flood forks; do
		type_line "run $HOME/$lab.md"
		LIMIT=50 screen_shows 'more than [0-9]+ (events|processes)'
		screen_shows '^underglass> *$'
		tmux -L test clear-history
		press C-l
	done
	type_line version
	screen_shows '^underglass [0-9]'
	type_line quit
	screen_shows '^sh\$ *$'
	terminal_end
	no_leftovers
}
