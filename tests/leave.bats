#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# A person leaves at every possible moment, in every possible way: nothing is
# left behind, in the box and in plain mode.
#
# Each mode is in namespaces of its own, where nobody else is: what is there
# afterwards and was not before is a leftover. There one terminal after the
# other is opened, brought to a moment, and left.

MOMENTS=(idle actors puppets held shell lab step frame question demo argument
	waiting)
WAYS=(quit ^D KILL TERM HUP window)

setup_file() {
	load helper
	load net
	can_box && tmux -V >/dev/null || return 0
	handouts expects endless
	copy_lab zombie
	copy_lab handshake
	begin box alone "$BATS_FILE_TMPDIR" leave_all
	begin plain alone "$BATS_FILE_TMPDIR" leave_all --no-box
	wait_for_begun
}

setup() {
	load helper
	load net
	need_box
	need tmux tmux -V
}

# alone LAB-DIR COMMAND...: a function of this file, in namespaces of its own:
# the build is in /mnt/build, the source in /mnt/top, the handouts in /mnt/lab,
# and all other places where files could be left are empty.
alone() {
	# shellcheck disable=SC2016	# for the inner shell
	timeout -k 5 300 unshare -Urmnpf --mount-proc --kill-child=KILL bash -c '
		mount -t tmpfs none /mnt &&
		mkdir /mnt/build /mnt/top /mnt/lab /mnt/home &&
		mount --rbind "$1" /mnt/build &&
		mount --rbind "$2" /mnt/top &&
		mount --rbind "$3" /mnt/lab || exit
		shift 3
		for dir in /tmp /var/tmp /dev/shm; do
			mount -t tmpfs none "$dir" || exit
		done
		cd /mnt/home && ip link set lo up || exit
		export BATS_TEST_TMPDIR=/mnt/home TMPDIR=/tmp
		export UNDERGLASS=/mnt/build/underglass
		source /mnt/top/tests/helper.bash
		# What is killed while it looks for leaks may spin for good.
		without_leak_check
		'"$(declare -p MOMENTS WAYS; declare -f)"'
		"$@"' - "$(dirname "$UNDERGLASS")" "$TOP" "$@" 3>&- 4>&-
}

# leave_all [--no-box]: a line "left MOMENT by WAY" for each of them.
leave_all() {
	local before moment way

	terminal 100 50
	open_prompt "$@"
	type_line quit
	gone && wait_until 20 no_underglass || return
	before=$(look)
	for way in "${WAYS[@]}"; do
		for moment in "${MOMENTS[@]}"; do
			can_be "$moment" "$@" || continue
			open_prompt "$@" && "to_$moment" && leave_by "$way" &&
				look_alike && echo "left $moment by $way" ||
				give_up "$moment by $way" || return
		done
	done
}

give_up() {
	echo "not left: $1"
	screen | sed '/^$/d' | tail -n 10
	diff <(echo "$before") <(look) | grep '^[<>]'
	ps -eo pid,ppid,stat,args
	return 1
}

# There are no hosts in plain mode, so no frame that could be held.
can_be() {
	[ $# = 1 ] || [[ $1 != held && $1 != frame ]]
}

# open_prompt [--no-box]: in a window of its own, which ends with it.
open_prompt() {
	tmux -L test new-window -t :9 "cd /mnt/lab && exec env SHELL=/bin/sh \
		PS1='in# ' /mnt/build/underglass --limit 2 $*"
	wait_until 20 on_screen '^underglass> *$'
}

sees() {
	wait_until 20 on_screen "$1"
}

# look: whoever is alive (tmux takes its time with its zombies), namespaces,
# sockets of ours, and files.
look() {
	local dir pid name

	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		if [ "$pid" != 1 ] && [ "$pid" != "$BASHPID" ] &&
			read -r name <"$dir/comm" &&
			[[ $(<"$dir/stat") != *') Z '* ]]; then
			echo "process: $name"
		fi
	done 2>/dev/null
	readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u
	grep -o '@underglass.*' /proc/net/unix
	find /tmp /var/tmp /dev/shm /mnt/home
}

look_alike() {
	for _ in {1..100}; do
		[ "$(look)" != "$before" ] || return 0
		sleep 0.05
	done
	return 1
}

gone() {
	wait_until 20 no_window
}

no_window() {
	! tmux -L test list-windows -F '#{window_index}' | grep -qx 9
}

no_underglass() {
	! look | grep -q 'process: underglass'
}

# leave_by WAY: whatever is on the screen, and until it is gone.
leave_by() {
	local pid

	pid=$(tmux -L test list-panes -t :9 -F '#{pane_pid}')
	case $1 in
	quit)	until_gone type_leave ;;
	^D)	until_gone key C-d ;;
	window)	tmux -L test kill-window -t :9 && gone ;;
	*)	kill "-$1" "$pid" && gone ;;
	esac
}

# Out of a shell, of a lab, of the program: each takes its own quit.
until_gone() {
	local end=$((SECONDS + 20)) seen

	until no_window; do
		[ $SECONDS -lt $end ] || return
		seen=$(screen)
		"$@" 2>/dev/null
		for _ in {1..20}; do
			no_window && return
			[ "$(screen 2>/dev/null)" = "$seen" ] || break
			sleep 0.05
		done
	done
}

type_leave() {
	if [[ $(screen | sed '/^$/d' | tail -n 1) == 'in#' ]]; then
		key exit Enter
	else
		key quit Enter
	fi
}

# key KEY...: to that window alone, which may be gone by now.
key() {
	tmux -L test send-keys -t :9 "$@"
}

# The moments.

to_idle() {
	:
}

to_actors() {
	type_line 'start sleeper ./endless'
	sees 'sleeper +pause\(\) blocks'
	type_line 'start sh sh -c "sleep 1000 & sleep 1000"'
	sees 'sh +wait4\(.* blocks'
}

to_puppets() {
	type_line 'start a puppet'
	type_line 'a fork b'
	sees 'a +clone.* = [0-9]+$'
	type_line 'b pause'
	sees 'b +pause\(\) blocks'
	type_line 'a wait'
	sees 'a +wait4\(.* blocks'
}

to_held() {
	type_line 'hosts client server'
	type_line 'start s@server puppet'
	type_line 's socket tcp'
	type_line 's listen 1'
	sees 's +listen\(.* = 0$'
	type_line 'start c@client puppet'
	type_line 'c socket tcp'
	type_line 'wire hold'
	# shellcheck disable=SC2016	# for the prompt
	type_line 'c connect $server 7000'
	sees '\[held\]$'
}

to_shell() {
	type_line 'start sleeper ./endless'
	sees 'sleeper +pause\(\) blocks'
	type_line shell
	sees '^in# *$'
}

to_lab() {
	type_line 'run ./expects.md'
	sees 'sleeper +pause\(\) blocks'
}

to_step() {
	type_line 'predict off'
	type_line 'step ./zombie 1'
	sees 'next: start parent'
	press Enter
	sees 'next: type parent go'
}

to_frame() {
	type_line 'predict off'
	type_line 'step ./handshake 1'
	sees 'next: hosts'
	press Enter
	sees 'next: wire release'
	on_screen '\[held\]$'
}

to_question() {
	type_line 'run ./zombie 1'
	sees 'your guess'
}

to_demo() {
	type_line 'demo ./zombie 1'
	sees 'q: out\]'
	press Enter
	sees 'child +read\(0, \.\.\.\) blocks'
}

to_argument() {
	type_line 'start a puppet'
	type_line 'a sleep'
	sees '^ +SECONDS:'
}

to_waiting() {
	type_line 'start sleeper ./endless'
	sees 'sleeper +pause\(\) blocks'
	type_line 'wait sleeper'
}

# left MODE WAY: each moment of it.
left() {
	local moment

	ended "$1"
	for moment in "${MOMENTS[@]}"; do
		[ "$1" = box ] || can_be "$moment" plain || continue
		assert_line "left $moment by $2"
	done
}

@test "quit leaves nothing behind, from wherever" {
	left box quit
	left plain quit
}

@test "^D leaves nothing behind" {
	left box ^D
	left plain ^D
}

@test "kill -9 leaves nothing behind" {
	left box KILL
	left plain KILL
}

@test "SIGTERM and SIGHUP leave nothing behind" {
	left box TERM
	left plain TERM
	left box HUP
	left plain HUP
}

@test "a closed terminal leaves nothing behind" {
	left box window
	left plain window
}
