#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# underglass and a student's own strace, ps and ls, in each direction.

setup() {
	load helper
}

teardown() {
	terminal_end
	end_leftovers
}

# can_trace: not so where ptrace is refused, or somebody traces us already.
can_trace() {
	need strace strace -o /dev/null true
}

@test "the commands of a lab, one a line, and each a program that exists" {
	local lab line

	for lab in zombie eintr endian; do
		run underglass command "$lab"
		assert_success
		assert [ ${#lines[@]} -ge 1 ]
		for line in "${lines[@]}"; do
			assert [ -x "${line%% *}" ]
		done
		assert_equal "$(sort <<<"$output" | uniq -d)" ''
	done
}

@test "the commands of a lab can be given to a shell as they are" {
	run underglass command endian
	refute_output --partial '$'
}

@test "arguments are quoted for xargs and for a shell" {
	cat >"$HOME/args.md" <<-'E'
		# T

		What it is.

		## S

		```lab
		> start a printf '<%s>\n' "two words" "it's" '"' a\\b $$x ''
		```
	E
	run underglass command "$HOME/args.md"
	assert_success
	for how in "xargs ${lines[0]%% *}" sh; do
		# shellcheck disable=SC2086	# two words
		if [ "$how" = sh ]; then
			run sh <<<"${lines[0]}"
		else
			run $how <<<"${lines[0]#* }"
		fi
		assert_output $'<two words>\n<it\'s>\n<">\n<a\\b>\n<$x>\n<>'
		run underglass command "$HOME/args.md"
	done
}

@test "underglass command zombie | xargs strace -f" {
	can_trace
	# shellcheck disable=SC2016	# for the inner shell
	run bash -o pipefail -c '"$UNDERGLASS" command zombie |
		xargs timeout 20 strace -f -o "$HOME/log"'
	assert_success
	assert_output 'it exited with 7'
	run cat "$HOME/log"
	in_order '*exited with 7 +++' '*wait4*WEXITSTATUS(s) == 7*' \
		'*exited with 0 +++'
}

# alone PROGRAM ARG...: a lab program under strace -f, without underglass; its
# log is in $output.
alone() {
	# The line that it reads is its input, not its terminal.
	LIMIT=20 under_strace "$HOME/log" "$@" <<<'a line'
	run cat "$HOME/log"
}

@test "each program of eintr runs alone under strace -f" {
	local pid program

	can_trace
	for program in 'sigaction 0' 'sigaction SA_RESTART' signal signal-c11 \
		poll; do
		# shellcheck disable=SC2086	# and its argument
		alone "$(programs)"/eintr/$program
		in_order '*rt_sigaction(SIGUSR1, *' '*read(0, "a line?n"*' \
			'*exited with 0 +++'
	done
}

@test "each program of endian runs alone under strace -f" {
	local server

	can_trace
	alone "$(programs)/endian/bytes" 0x12345678 10000 host
	in_order '*write(*, "xV4?22", 4*' '*exited with 0 +++'
	mkfifo "$HOME/in"
	under_strace "$HOME/server" "$(programs)/endian/server" 9190 host \
		<"$HOME/in" 3>&- 4>&- &
	server=$!
	exec 5>"$HOME/in"
	wait_until 20 grep -q 'read(0,' "$HOME/server"
	run cat "$HOME/server"
	in_order '*listen(*)*= 0' '*getsockname(*htons(58915)*= 0'
	alone "$(programs)/endian/client" 58915 network
	in_order '*connect(*htons(58915)*= 0'
	exec 5>&-
	wait "$server"
}

# programs: where the labs' programs are.
programs() {
	local path

	path=$(underglass command zombie)
	echo "${path%/zombie/zombie}"
}

@test "strace -f underglass run zombie: the tracing is left to it" {
	local mode

	can_trace
	need_box
	for mode in --all --no-box; do
		run_apart under_strace "$HOME/log" "$UNDERGLASS" $mode \
			run zombie 1
		[[ $stderr == *tracer* ]]
		assert_success
		assert_line --partial 'proc'
		assert_line --regexp '^held: [1-9]'
		run cat "$HOME/log"
		in_order '*execve("./zombie"*' '*exit_group(7*' \
			'*exited with 7 +++' '*wait4*WEXITSTATUS(s) == 7*'
	done
}

@test "--no-strace: what /proc shows is held, the rest is not observable" {
	need_box
	run underglass --no-strace run zombie 1
	assert_success
	in_order '*not observable here*' '~ parent *clone*' \
		'proc*Z (zombie) parent *' 'proc* gone'
	assert_line --regexp '^held: ([1-9]) of \1 seen, [0-9]+ not observable'
	refute_output --partial 'did not come'
}

@test "--no-strace: a command that needs an unseen value ends no lab" {
	need_box
	run_apart underglass --no-strace run endian 3 zombie 1
	assert_failure 3
	# shellcheck disable=SC2016	# as in the handout
	assert_line --regexp '`start other [^`]*\$real [^`]*` cannot be'
	assert_line --partial '~ other  +++ exited with 0 +++'
	assert_line --regexp 'nothing to hold it to: 0 of 0 seen, [0-9]+ not'
	refute_output --partial 'did not come'
	assert_line --regexp '^held: '
	refute [ "${stderr/README.md/}" != "$stderr" ]
}

# hold OPTION...: the pair, held; its pid is in $held.
hold() {
	handouts pair
	rm -f "$HOME/out"
	"$UNDERGLASS" "$@" --hold run "$HOME/pair.md" >"$HOME/out" 3>&- 4>&- &
	held=$!
	wait_until 20 grep -qs '^[0-9]*	' "$HOME/out"
}

let_go() {
	kill -INT "$held"
	wait "$held" || true
	terminal_end
	no_leftovers
}

# pid_of NAME: as the outside sees it, by another underglass. Of this box alone,
# where there are several.
pid_of() {
	local pid name

	underglass pids >"$HOME/pids" || return
	while read -r pid name _; do
		# Somebody else's may be gone by now.
		if [ "$name" = "$1" ] && grep -qszxF "HOME=$HOME" \
			"/proc/$pid/environ"; then
			echo "$pid"
			return
		fi
	done <"$HOME/pids"
	return 1
}

@test "--hold and pids: ps and /proc show the processes from outside" {
	local held parent child mode

	need_box
	for mode in --all --no-box; do
		hold $mode
		run cat "$HOME/out"
		assert_line 'held: 3 of 3 seen'
		parent=$(pid_of parent)
		child=$(pid_of child)
		run ps -o ppid= -o stat= -o comm= -p "$child"
		assert_line --regexp "^ *$parent S.* pair\$"
		run ls -l "/proc/$parent/fd" "/proc/$child/fd"
		assert_success
		assert_equal "$(grep -c 'pipe:' <<<"$output")" 2
		assert_equal "$(grep -c '/dev/pts/\| /[0-9]*$' \
			<<<"$output")" 6
		let_go
	done
}

@test "pids are those of the same box, where there are several" {
	local held child

	need_box
	terminal 100 40
	type_line "$UNDERGLASS"
	screen_shows '^underglass> *$'
	type_line 'start shell sh'
	screen_shows 'read\(0, ...\) blocks'
	hold --all
	# Its shell is older than the other box, and the shell's child younger.
	type_line 'type shell sleep 1000'
	screen_shows 'execve\("[a-z/]*/sleep"'
	child=$(pid_of shell.1)
	run cat "/proc/$child/comm"
	assert_output sleep
	leave_prompt
	let_go
}

@test "--hold prints the pids itself, and goes on at SIGINT" {
	local held

	need_box
	hold --all
	assert_equal "$(pid_of parent)" "$(sed -n 's/	parent	.*//p' "$HOME/out")"
	kill -INT "$held"
	wait "$held"
	no_leftovers
}

@test "--hold --no-strace: strace -p can be pointed at them" {
	local held parent mode

	can_trace
	need_box
	for mode in --all --no-box; do
		hold --no-strace $mode
		parent=$(pid_of parent)
		strace -f -o "$HOME/log" -p "$parent" 2>"$HOME/attached" \
			3>&- 4>&- &
		wait_until 10 grep -q attached "$HOME/attached"
		pkill -TERM -P "$parent"
		wait $!
		run cat "$HOME/log"
		in_order '*wait4(*' '*+++ exited with 0 +++'
		let_go
	done
}

@test "pids of the others, where one is stopped" {
	local held stopped asking=()

	need_box
	hold --all
	stopped=$held
	hold --no-box
	kill -STOP "$stopped"
	# More may ask than it lets wait.
	for _ in {1..8}; do
		underglass pids >/dev/null 2>&1 3>&- 4>&- &
		asking+=($!)
	done
	wait "${asking[@]}" || true
	run_apart underglass pids
	assert_success
	assert_line --regexp '^[0-9]+	parent	'
	[[ $stderr == *'did not answer'* ]]
	kill -CONT "$stopped"
	kill -INT "$stopped"
	wait "$stopped" || true
	let_go
}

@test "pids without a box of yours: status 1, and how to have one" {
	as_alone() {
		unshare -Urn "$UNDERGLASS" pids
	}

	need_box
	run as_alone
	assert_failure 1
	assert_output --partial '--hold'
}

@test "a held prompt prints the pids, and Enter goes on" {
	need_box
	handouts pair
	terminal 100 40
	type_line "cd; $UNDERGLASS --hold"
	screen_shows '^underglass> *$'
	type_line 'run ./pair.md'
	screen_shows 'Enter goes on'
	run underglass pids
	assert_success
	assert_line --regexp '^[0-9]+	parent	'
	press Enter
	wait_until 10 prompts 2
	leave_prompt
	terminal_end
	no_leftovers
}

prompts() {
	[ "$(screen | grep -c '^underglass>')" = "$1" ]
}
