#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# ^C ends the lab and not the prompt; whatever ends underglass, even SIGKILL,
# leaves a sane terminal, no process, no namespace and no file.

setup() {
	load helper
}

teardown() {
	terminal_end
	end_leftovers
}

# begin ARG...: underglass in a terminal whose settings are known. By a shell
# that does not put them right again after it, as an interactive one does.
begin() {
	terminal 100 40
	echo "trap : INT; stty -a >before; $UNDERGLASS --limit 60 $*" \
		'; echo left $?; stty -a >after' >"$HOME/begin"
	type_line 'cd; clear; sh ./begin'
}

begin_prompt() {
	begin "$@"
	screen_shows '^underglass> *$'
}

# sane: the terminal is as it was before.
sane() {
	wait_until 10 test -s "$HOME/after"
	run diff "$HOME/before" "$HOME/after"
	assert_success
}

# at_prompt: the last line of the screen that is not empty.
at_prompt() {
	# shellcheck disable=SC2053	# a pattern
	[[ $(screen | sed '/^$/d' | tail -n 1) == ${1-underglass*>} ]]
}

@test "^C during a lab ends the lab, and the prompt goes on" {
	need_box
	handouts expects endless
	begin_prompt
	type_line 'run ./expects.md'
	screen_shows 'pause\(\) blocks'
	press C-c
	screen_shows 'ended by \^C'
	screen_shows '^not held: '
	wait_until 10 at_prompt
	type_line 'version'
	screen_shows '^underglass [0-9]'
	type_line 'run ./expects.md'
	wait_until 10 two_blocks
	press C-c
	wait_until 10 at_prompt
	type_line quit
	screen_shows '^left 0'
	sane
	terminal_end
	no_leftovers
}

two_blocks() {
	[ "$(screen | grep -c 'pause() blocks')" = 2 ]
}

@test "^C during a question and during a wait, in plain mode too" {
	handouts endless
	begin_prompt --no-box
	type_line 'run zombie 1'
	screen_shows 'your guess'
	press C-c
	wait_until 10 at_prompt
	type_line "run $HOME/endless.md"
	screen_shows '^> wait sleeper'
	press C-c
	wait_until 10 at_prompt
	type_line version
	screen_shows '^underglass [0-9]'
	type_line quit
	screen_shows '^left 0'
	sane
	terminal_end
	no_leftovers
}

@test "^C at the prompt: a fresh line, and whoever runs in the box runs on" {
	need_box
	handouts endless
	begin_prompt
	type_line 'start sleeper ./endless'
	screen_shows 'pause\(\) blocks'
	tmux -L test send-keys -l 'half a wo'
	press C-c
	wait_until 10 at_prompt
	type_line 'kill -TERM sleeper'
	screen_shows 'killed by SIGTERM'
	type_line quit
	screen_shows '^left 0'
	sane
}

@test "^C ends a lab that was started from the shell" {
	need_box
	handouts expects endless
	begin run ./expects.md
	screen_shows 'pause\(\) blocks'
	press C-c
	screen_shows '^not held: '
	screen_shows '^left 130'
	sane
	terminal_end
	no_leftovers
}

@test "^C ends all of several labs" {
	need_box
	handouts expects endless pair
	begin run ./expects.md ./pair.md
	screen_shows 'pause\(\) blocks'
	press C-c
	screen_shows '^left 130'
	refute on_screen 'wait4\('
	terminal_end
	no_leftovers
}

@test "^C ends a script" {
	need_box
	handouts expects endless pair
	printf 'run ./expects.md\nrun ./pair.md\n' >"$HOME/script"
	begin '<script'
	screen_shows 'pause\(\) blocks'
	press C-c
	screen_shows '^left 130'
	refute on_screen 'wait4\('
	terminal_end
	no_leftovers
}

# ended_by SIGNAL: at the prompt, during a lab.
ended_by() {
	need_box
	handouts expects endless
	begin_prompt
	type_line 'run ./expects.md'
	screen_shows 'pause\(\) blocks'
	kill "-$1" "$(the_prompt)"
	screen_shows "^left $2"
	sane
	terminal_end
	no_leftovers
}

# the_prompt: the pid of the underglass in the terminal.
the_prompt() {
	pgrep -x -s "$(tmux -L test list-panes -F '#{pane_pid}')" underglass
}

@test "SIGTERM during a lab leaves a sane terminal and nothing else" {
	ended_by TERM 143
}

@test "SIGHUP during a lab leaves a sane terminal and nothing else" {
	ended_by HUP 129
}

@test "an end by SIGTERM is not called ^C" {
	local pid

	need_box
	handouts expects endless
	"$UNDERGLASS" run "$HOME/expects.md" >"$HOME/out" 3>&- &
	pid=$!
	wait_until 10 grep -qs 'pause() blocks' "$HOME/out"
	kill -TERM "$pid"
	wait "$pid" || true
	run cat "$HOME/out"
	assert_line --regexp '^not held: '
	refute_output --partial '^C'
}

@test "SIGTERM at the prompt leaves a sane terminal" {
	begin_prompt
	kill -TERM "$(the_prompt)"
	screen_shows '^left 143'
	sane
}

@test "a window that is closed takes the lab and the box with it" {
	need_box
	without_leak_check
	handouts expects endless
	begin_prompt
	type_line 'run ./expects.md'
	screen_shows 'pause\(\) blocks'
	tmux -L test kill-window
	terminal_end
	no_leftovers
}

@test "a window that is closed, in plain mode" {
	without_leak_check
	handouts expects endless
	terminal 100 40
	type_line "cd; $UNDERGLASS --no-box --limit 60 run ./expects.md"
	screen_shows 'pause\(\) blocks'
	tmux -L test kill-window
	terminal_end
	no_leftovers
}

@test "SIGTERM ends what runs in a pipe, in plain mode too" {
	local pid mode

	handouts expects endless
	for mode in --all --no-box; do
		"$UNDERGLASS" $mode run "$HOME/expects.md" >"$HOME/out$mode" 3>&- &
		pid=$!
		wait_until 10 grep -qs 'pause() blocks' "$HOME/out$mode"
		kill -TERM "$pid"
		wait "$pid" || true
		no_leftovers
	done
}

# Everything below runs in namespaces of its own, where nobody else is: what is
# there afterwards and was not before is a leftover.

# look: all processes, namespaces, sockets of ours, and files.
look() {
	local dir pid name

	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		if [ "$pid" != 1 ] && [ "$pid" != "$BASHPID" ] &&
			read -r name <"$dir/comm"; then
			echo "process: $name"
		fi
	done 2>/dev/null
	readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u
	grep -o '@underglass.*' /proc/net/unix
	find /tmp /var/tmp /dev/shm /mnt/home -xdev
}

# look_alike: as it was, in a while.
look_alike() {
	for _ in {1..100}; do
		[ "$(look)" != "$before" ] || return 0
		sleep 0.05
	done
	echo "left after $1:"
	diff <(echo "$before") <(look) | grep '^[<>]'
	return 1
}

# killed MODE HANDOUT DELAY: run it, and SIGKILL after so many seconds.
killed() {
	/mnt/build/underglass --limit 60 "$1" run "/mnt/lab/$2.md" \
		>/dev/null 2>&1 </dev/null &
	sleep "$3"
	kill -KILL $!
	wait $! 2>/dev/null
	look_alike "$*"
}

# all_kills MODE: what is run in there.
all_kills() {
	local before handout delay

	before=$(look)
	for delay in 0 .002 .005 .01 .02 .04 .08 .15 .3; do
		killed "$1" expects "$delay" || return
	done
	for delay in .03 .1; do
		for handout in forks flood pair; do
			killed "$1" "$handout" "$delay" || return
		done
	done
	echo nothing left
}

# alone COMMAND...: in a fresh user, pid, mount and network namespace: the
# build in /mnt/build, the handouts in /mnt/lab, all other places empty, except
# where a sanitiser may have to report.
alone() {
	# shellcheck disable=SC2016	# for the inner shell
	unshare -Urmnpf --mount-proc --kill-child=KILL bash -c '
		build=$1 lab=$2 log=${ASAN_OPTIONS#*log_path=}
		shift 2
		log=${log%%:*}
		[ "$log" != "${ASAN_OPTIONS-}" ] || log=
		log=${log%/*}
		mount -t tmpfs none /mnt &&
		mkdir /mnt/build /mnt/lab /mnt/home /mnt/log &&
		mount --bind "$build" /mnt/build &&
		mount --bind "$lab" /mnt/lab &&
		{ [ -z "$log" ] || mount --bind "$log" /mnt/log; } &&
		for dir in /tmp /var/tmp /dev/shm; do
			mount -t tmpfs none "$dir" || exit
		done &&
		{ [ -z "$log" ] || { mkdir -p "$log" &&
			mount --bind /mnt/log "$log"; }; } &&
		cd /mnt/home &&
		export HOME=/mnt/home TMPDIR=/tmp && '"
		$(declare -f look look_alike killed all_kills)"'
		"$@"' - "$(dirname "$UNDERGLASS")" "$HOME" "$@" 3>&- 4>&-
}

@test "kill -9 at any moment leaves no process, namespace or file" {
	need_box
	handouts expects endless forks flood pair
	run timeout 60 bash -c "$(declare -f alone look look_alike killed \
		all_kills); alone all_kills --all"
	assert_success
	assert_line 'nothing left'
}

@test "kill -9 at any moment, in plain mode" {
	need_box	# for a place of one's own
	handouts expects endless forks flood pair
	run timeout 60 bash -c "$(declare -f alone look look_alike killed \
		all_kills); alone all_kills --no-box"
	assert_success
	assert_line 'nothing left'
}

@test "kill -9 of a held box leaves nothing" {
	local pid mode

	need_box
	handouts pair
	for mode in --all --no-box; do
		"$UNDERGLASS" $mode --hold run "$HOME/pair.md" \
			>"$HOME/out$mode" 3>&- &
		pid=$!
		wait_until 10 grep -qs '	parent	' "$HOME/out$mode"
		refute nothing_left
		kill -KILL "$pid"
		wait "$pid" || true
		no_leftovers
	done
}

@test "a lab that is over leaves nothing either" {
	need_box
	handouts expects endless pair
	cat >"$HOME/over" <<-'E'
		before=$(look)
		/mnt/build/underglass --limit 1 run /mnt/lab/expects.md
		/mnt/build/underglass run /mnt/lab/pair.md
		/mnt/build/underglass --no-box run /mnt/lab/pair.md
		look_alike 'the end'
	E
	run timeout 60 bash -c "$(declare -f alone look look_alike killed \
		all_kills); alone source /mnt/lab/over"
	assert_success
	assert_line --regexp '^held: 3 of 3'
}
