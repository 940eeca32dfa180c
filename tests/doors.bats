#!/usr/bin/env bats
# shellcheck disable=SC2016	# $HOME is for a shell in the box
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# The doors: shell arguments, a script on standard input, the prompt. The same
# words mean the same behind each.

setup() {
	load helper
}

teardown() {
	terminal_end
	end_leftovers
}

@test "labs lists every lab with its title" {
	local lab

	run underglass labs
	assert_success
	for lab in zombie eintr endian; do
		assert_line --regexp "^$lab +$(sed -n 's/^# //p;q' \
			"$TOP/labs/$lab/README.md")\$"
	done
}

@test "labs are found from any folder" {
	cd /
	run underglass labs
	assert_success
	assert_line --regexp '^zombie '
	run underglass command zombie
	assert_success
	assert [ -x "$output" ]
}

@test "show prints the handout as it is" {
	underglass show zombie >"$HOME/shown"
	run diff "$HOME/shown" "$TOP/labs/zombie/README.md"
	assert_success
}

@test "source prints the C of a lab, or of one program" {
	run underglass source zombie
	assert_success
	assert_line 'zombie.c:'
	assert_line --regexp '^ *[0-9]+  int main\(void\)$'
	run underglass source eintr poll
	assert_success
	assert_line 'poll.c:'
	refute_line 'signal.c:'
	run underglass source eintr
	assert_line 'poll.c:'
	assert_line 'signal.c:'
	assert_line 'sigaction.c:'
	run underglass source eintr nowhere
	assert_failure 2
	assert_output --partial 'nowhere'
}

@test "help lists the commands, and says more of each" {
	local word

	run underglass help
	assert_success
	for word in labs show run source command pids doctor help version \
		--json --wide --all --no-box --no-strace --hold --limit \
		'Exit status'; do
		assert_line --partial "$word"
	done
	run underglass help run
	assert_success
	assert_line --partial 'run LAB'
	run underglass --help
	assert_success
	assert_line --partial 'labs'
	run underglass help rnu
	assert_failure 2
	assert_output --partial "'run'"
}

@test "version" {
	run underglass version
	assert_success
	assert_output --regexp '^underglass [0-9]+\.[0-9]+'
	run underglass --version
	assert_success
	assert_output --regexp '^underglass [0-9]+\.[0-9]+'
}

@test "doctor says what works here" {
	run underglass doctor
	assert_success
	assert_output --partial strace
	assert_output --partial namespaces
	run without_box "$UNDERGLASS" doctor
	assert_output --partial 'plain mode'
}

@test "a handout is played from anywhere, by its path" {
	need_box
	copy_lab zombie
	cd "$HOME/zombie"
	run underglass run ./README.md 1
	assert_success
	assert_line --regexp '^held: '
	run underglass run README.md 1
	assert_success
	cd /
	run underglass run "$HOME/zombie/README.md" 1
	assert_success
	run underglass run "$HOME/zombie" 1
	assert_success
	assert_line --regexp '^held: '
}

@test "a scene can be played alone" {
	need_box
	run underglass run zombie 2
	assert_success
	assert_line --partial 'scene 2 of 5'
	refute_line --partial 'scene 1 of 5'
	run underglass run zombie 9
	assert_failure 2
	assert_output --partial 'no scene 9'
}

@test "several labs are played in turn, with a summary and one status" {
	need_box
	handouts pair actor
	run underglass run zombie 4 "$HOME/pair.md"
	assert_success
	in_order 'zombie*scene 4 of 5*' '*pair.md*' '*zombie *held' \
		'*pair.md *held' '2 of 2 labs held'
	copy_lab endian
	break_lab endian bytes
	run underglass run "$HOME/endian" 1 "$HOME/pair.md"
	assert_failure 1
	in_order '*endian *not held' '*pair.md *held' '1 of 2 labs held'
	run underglass run "$HOME/nowhere.md" "$HOME/pair.md"
	assert_failure 2
	in_order '*pair.md *held' '1 of 2 labs held'
	assert_line --partial 'nowhere.md'
}

@test "a knob is turned from outside: what differs is no failure" {
	need_box
	run underglass run endian 1 word=0x1234567
	assert_success
	assert_line --partial 'word=0x1234567'
	assert_line --partial '\x67\x45\x23\x01'
	assert_line --regexp '^different: '
	run underglass run endian 1 half=10000
	assert_success
	assert_line --regexp '^held: '
	run underglass run endian 1 nothing=5
	assert_failure 2
	assert_output --partial nothing
}

@test "a script on standard input: comments, empty lines, the same words" {
	need_box
	run underglass <<-'E'
		# a comment
		version

		   # another
		run zombie 4	# and a third
		labs
	E
	assert_success
	in_order 'underglass *' 'zombie*scene 4 of 5*' 'held: *' 'zombie *'
}

@test "a script may have a byte order mark, CRLF and no last line end" {
	run underglass < <(printf '\xef\xbb\xbf# a comment\r\n\r\nversion')
	assert_success
	assert_output --regexp '^underglass [0-9.]+$'
	run underglass < <(printf '\xef\xbb\xbfversion\r\nnonsense')
	assert_failure 2
	assert_line --partial "standard input:2: no command 'nonsense'"
}

@test "an empty script does nothing" {
	run underglass </dev/null
	assert_success
	assert_output ''
}

@test "a script stops at the first failure and names its line" {
	run_apart underglass <<-'E'
		version
		# what follows is no command
		frobnicate
		labs
	E
	assert_failure 2
	assert_output --regexp '^underglass [0-9.]+$'
	[[ $stderr == 'standard input:3: '*frobnicate* ]]
}

@test "a script stops at a lab that does not hold" {
	need_box
	handouts expects endless
	run_apart underglass --limit 1 <<-E
		run $HOME/expects.md
		version
	E
	assert_failure 1
	assert_line --regexp '^not held: '
	refute_line --regexp '^underglass '
	[[ $stderr == 'standard input:1: '* ]]
}

@test "a script can improvise: start, type, wait, kill in one box" {
	need_box
	handouts pair
	cd "$HOME"
	run underglass <<-'E'
		start p ./pair
		start sh sh
		type sh exit 4
		wait sh
		kill -KILL p
		wait p
	E
	assert_success
	in_order 'sh*read(0, "exit 4?n"*' 'sh*+++ exited with 4 +++' \
		'p*+++ killed by SIGKILL +++'
	no_leftovers
}

@test "a script that takes its time: the box lives on, and is seen to" {
	need_box
	mkfifo "$HOME/script"
	underglass <"$HOME/script" >"$HOME/out" 2>&1 3>&- &
	exec 9>"$HOME/script"
	printf 'start a puppet\na nanosleep 0.2\na getp' >&9
	# It ends by itself, and half a line does not keep that from being told.
	wait_until 10 grep -qE ' a +.*nanosleep\(.* = 0$' "$HOME/out"
	printf 'id\na exit 3\nwait a' >&9
	exec 9>&-
	wait $!
	run cat "$HOME/out"
	in_order 'a*nanosleep(*blocks' 'a*nanosleep(*= 0' '> a getpid' \
		'a*getpid() = 2' 'a*+++ exited with 3 +++' '> wait a'
}

@test "an argument of an actor's: quotes, backslashes, dollars" {
	need_box
	run underglass <<-'E'
		set v 7
		start a printf %s, '$v' "$v" \$v $$v "it's" 'a "b" \' x\ y
		wait a
	E
	assert_success
	assert_line --partial \
		'["printf", "%s,", "$v", "7", "$v", "$v", "it'"'"'s", "a \"b\" \\", "x y"]'
	run underglass <<-'E'
		start a printf '$v'
		start b printf $v
	E
	assert_failure 2
	assert_line --partial '["printf", "$v"]'
	assert_line --partial 'standard input:2: $v is not known'
	cat >"$HOME/dollars.md" <<-'E'
		# Dollars

		For a shell of the actor's, and for the handout.

		## Both

		```lab
		> set n 3
		> start a sh -c 'x=$n; echo "<$x>" '"$n $$x"
		a  write(1, "<> 3\n", 5) = 5
		a  +++ exited with 0 +++
		```
	E
	run_lab "$HOME/dollars.md"
	assert_success
	assert_line --partial '["sh", "-c", "x=$n; echo \"<$x>\" 3 $x"]'
}

@test "a program below /tmp, which the box's own hides" {
	local dir

	need_box
	dir=$(mktemp -d /tmp/ug-program.XXXXXX)
	printf '#!/bin/sh\n. "${0%%/*}/beside"\n' >"$dir/program"
	printf 'echo changed >>"$0" || exit 4\n' >"$dir/beside"
	chmod +x "$dir/program"
	cd /
	run underglass <<-E
		start a $dir/program
		wait a
		start b $dir/none
	E
	rm "$dir/beside"
	[ "$(wc -l <"$dir/program")" = 2 ]
	rm -r "$dir"
	in_order 'a*openat(*/beside*) = 3' 'a*openat(*/program*) = -1 EROFS*' \
		'a*+++ exited with 4 +++' \
		"standard input:3: start b: $dir/none: No such file*"
}

@test "the prompt: the same words, a prediction, and ^D leaves" {
	need_box
	terminal 100 50
	type_line "cd $TOP; $UNDERGLASS; echo left with \$?"
	screen_shows '^underglass> *$'
	type_line version
	screen_shows '^underglass [0-9]'
	type_line 'frobnicate'
	screen_shows "no command 'frobnicate'"
	type_line 'run zombie 1'
	screen_shows 'your guess'
	type_line 3
	screen_shows "none of them"
	type_line 2
	screen_shows 'The kernel says 1; you said 2'
	screen_shows '^held: ([0-9]+) of \1 seen'
	type_line 'run nowhere'
	screen_shows "no lab is called 'nowhere'"
	press C-d
	screen_shows '^left with 0'
}

@test "the prompt completes commands, labs and scenes" {
	need_box
	terminal 100 50
	type_line "cd $TOP; $UNDERGLASS"
	screen_shows '^underglass> *$'
	tmux -L test send-keys -l vers
	press Tab
	screen_shows '^underglass> version'
	press Enter
	screen_shows '^underglass [0-9]'
	tmux -L test send-keys -l 'source zom'
	press Tab
	screen_shows '^underglass> source zombie'
	press C-u
	tmux -L test send-keys -l 'run zombie '
	press Tab Tab
	for scene in 1 2 3 4 5; do
		screen_shows "^([^>]* )?$scene( |\$)"
	done
	refute on_screen '^([^>]* )?6( |$)'
}

@test "the prompt remembers, also the next time" {
	need_box
	terminal 100 50
	type_line "$UNDERGLASS"
	screen_shows '^underglass> *$'
	type_line 'help version'
	screen_shows 'print the version'
	press Up
	screen_shows '^underglass> help version$'
	press C-c
	type_line quit
	screen_shows '^sh\$ *$'
	tmux -L test clear-history
	press C-l
	type_line "$UNDERGLASS"
	screen_shows '^underglass> *$'
	press Up Up
	screen_shows '^underglass> help version$'
}

@test "events appear above the prompt's line, which stays" {
	need_box
	handouts endless
	terminal 100 50
	type_line "cd; $UNDERGLASS"
	screen_shows '^underglass> *$'
	type_line 'start sleeper ./endless'
	screen_shows 'sleeper +write\(1, "asleep'
	screen_shows 'sleeper +pause\(.*blocks'
	on_screen '^underglass[^>]*> *$'
	tmux -L test send-keys -l 'kill -TERM sle'
	press Tab Enter
	screen_shows 'killed by SIGTERM'
	type_line quit
	screen_shows '^sh\$ *$'
	terminal_end
	no_leftovers
}
