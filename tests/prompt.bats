#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
# shellcheck disable=SC2016	# $server is for the prompt
#
# A class at the prompt, through a real terminal: improvise, step, demo,
# predict, look around, keep.

setup() {
	load helper
	need_box
}

teardown() {
	terminal_end
	end_leftovers
}

# prompt COLUMNS ROWS [NAME=VALUE...]: underglass in a terminal, in $HOME. What
# the terminal was like before is in $HOME/before; leave_sane compares.
prompt() {
	terminal "$@"
	type_line 'cd; stty -a >before; clear'
	type_line "$UNDERGLASS; echo left \$?; stty -a >after.part; mv after.p* after"
	wait_until 10 at_prompt 'underglass> '
	tmux -L test clear-history
}

# at_prompt [PATTERN]: the last line of the screen that is not empty.
at_prompt() {
	# shellcheck disable=SC2053	# a pattern
	[[ "$(screen | sed '/^$/d' | tail -n 1) " == ${1-underglass*> } ]]
}

back_at_prompt() {
	wait_until 20 at_prompt "$@" && return
	screen >&2
	return 1
}

# command LINE...: type each when the one before is done. Enter comes only when
# the line is on the screen: before that, the prompt is as if it were done.
command_line() {
	local line

	for line; do
		back_at_prompt
		type_text "$line"
		wait_until 10 typed "$line"
		press Enter
	done
	back_at_prompt
}

typed() {
	[[ "$(screen | sed '/^$/d' | tail -n 1)" == *"> $1" ]]
}

# fresh_screen: nothing on it, and nothing above it, but the prompt.
fresh_screen() {
	press C-l
	wait_until 10 prompt_on_top
	tmux -L test clear-history
}

prompt_on_top() {
	[[ $(tmux -L test capture-pane -p | head -n 1) == underglass*'>' ]]
}

type_text() {
	tmux -L test send-keys -l "$1"
}

# resize COLUMNS ROWS: tmux passes the size on in a quarter of a second, so wait
# until the terminal has it.
resize() {
	tmux -L test resize-window -x "$1" -y "$2"
	wait_until 10 has_size "$2 $1"
}

has_size() {
	[ "$(stty -F "$(tmux -L test display-message -p '#{pane_tty}')" \
		size)" = "$1" ]
}

leave_sane() {
	command_line
	type_line quit
	screen_shows '^left 0$'
	sane
}

# sane: the terminal is as it was.
sane() {
	wait_until 10 test -s "$HOME/after"
	run diff "$HOME/before" "$HOME/after"
	assert_success
}

# on_screen_in_order PATTERN...: see in_order.
on_screen_in_order() {
	output=$(screen)
	in_order "$@"
}

# a_pair: two hosts and two puppets that are connected, s and c.
a_pair() {
	command_line 'hosts client server' 'start s@server puppet' \
		's socket tcp' 's bind 7000' 's listen 1' \
		'start c@client puppet' 'c socket tcp'
}

@test "a box by hand: hosts, puppets, a held wire, and who is where" {
	prompt 100 50
	a_pair
	back_at_prompt 'underglass \[2 actors\]> '
	command_line 'wire hold' 'c connect $server 7000'
	screen_shows 'c +connect\(.* blocks'
	back_at_prompt 'underglass \[2 actors, [1-9] held\]> '
	command_line ss
	screen_shows '^client +client:[0-9]+ server:7000 SYN-SENT'
	screen_shows '^server +server:7000 \* LISTEN queue 0 of 1'
	command_line ps
	screen_shows '^ +[0-9]+ +1 +s +server +S \(sleeping\) +puppet'
	command_line 'fds c'
	screen_shows '^ +3 +socket:\[[0-9]+\] +client:[0-9]+ server:7000 SYN-SENT'
	command_line wire
	screen_shows '^holding every frame'
	screen_shows '^ +1 +client:[0-9]+ > server:7000 +SYN seq 0'
	command_line 'wire release'
	screen_shows 'c +connect\(.* = 0$'
	back_at_prompt 'underglass \[2 actors\]> '
	command_line 's accept' 'c send hello' 's recv 10'
	screen_shows '^ +recv\(4, buf, 10, 0\)'
	screen_shows 's +recvfrom\(4, "hello", 10, 0, NULL, NULL\) = 5'
	command_line count
	leave_sane
	terminal_end
	no_leftovers
}

@test "what is typed stays while events come above it" {
	prompt 100 50
	a_pair
	command_line 'wire hold'
	type_line 'c connect $server 7000'
	screen_shows '\[held\]$'
	back_at_prompt
	type_text 'c getsockn'
	# The kernel repeats the SYN in about a second.
	screen_shows 'SYN-SENT retransmit 1'
	back_at_prompt 'underglass \[2 actors, *\]> c getsockn '
	type_text 'ope'
	press BSpace BSpace BSpace
	back_at_prompt 'underglass \[2 actors, *\]> c getsockn '
	press C-a
	screen_shows 'SYN-SENT retransmit 2'
	type_text 'wire release; '
	back_at_prompt 'underglass \[2 actors, *\]> wire release; c getsockn '
	press C-k
	press C-u
	type_line 'wire release'
	screen_shows 'c +connect\(.* = 0$'
	leave_sane
}

@test "every program is an actor: python3 serves, curl asks" {
	need "curl and python3" sh -c 'curl --version && python3 -V'
	prompt 140 50
	mkdir "$HOME/www"
	echo 'from inside' >"$HOME/www/index.html"
	command_line 'hosts client server' \
		"start server python3 -m http.server 7000 -d $HOME/www"
	screen_shows 'server:7000 \* LISTEN'
	command_line 'start client curl -s http://$server:7000/'
	screen_shows 'client +write\(1, "from inside\\n"'
	screen_shows 'client +\+\+\+ exited with 0 \+\+\+'
	screen_shows 'wire .*server:7000 → client:[0-9]+ .*FIN'
	leave_sane
	terminal_end
	no_leftovers
}

@test "a shell inside a host, and back" {
	prompt 100 40 SHELL=/bin/sh
	command_line 'hosts left right'
	type_line 'shell right'
	screen_shows 'inside right; .exit. comes back'
	wait_until 10 at_prompt '*[#$] '
	type_line 'ip -4 -br addr; tty; stty size'
	screen_shows '^eth0.* 10\.0\.0\.2/24'
	screen_shows '^40 100$'
	resize 90 30
	wait_until 10 shell_has_size '30 90'
	type_line 'sleep 300'
	wait_until 10 pgrep -f '^sleep 300$'
	press C-c
	wait_until 10 at_prompt '*[#$] '
	type_line 'exit 3'
	back_at_prompt 'underglass*> '
	type_line 'shell left'
	screen_shows 'inside left'
	wait_until 10 at_prompt '*[#$] '
	type_line 'ip -4 -br addr'
	screen_shows '^eth0.* 10\.0\.0\.1/24'
	press C-d
	back_at_prompt 'underglass*> '
	command_line 'shell nowhere'
	screen_shows 'no host nowhere'
	resize 100 40
	leave_sane
	terminal_end
	no_leftovers
}

shell_has_size() {
	type_line 'stty size'
	wait_until 5 at_prompt '*[#$] '
	on_screen "^$1\$"
}

@test "completion: commands, labs, scenes, actors" {
	prompt 100 40
	type_text 'vers'
	press Tab
	back_at_prompt 'underglass> version '
	press C-u
	type_text 'step timew'
	press Tab
	back_at_prompt 'underglass> step timewait '
	type_text '9'
	press BSpace Tab Tab
	screen_shows '(^| )6( |$)'
	refute on_screen '(^| )7( |$)'
	press C-u
	command_line 'start somebody puppet'
	type_text 'fds some'
	press Tab
	back_at_prompt 'underglass \[1 actor\]> fds somebody '
	press Enter
	screen_shows '^ +0 +/dev/pts'
	type_text 'kill -KILL some'
	press Tab Enter
	screen_shows 'somebody +\+\+\+ killed by SIGKILL'
	back_at_prompt 'underglass \[0 actors\]> '
	type_text 'nosuch'
	press Tab Tab
	back_at_prompt 'underglass \[0 actors\]> nosuch '
	press C-u
	type_text 'help pat'
	press Tab
	back_at_prompt 'underglass \[0 actors\]> help patterns '
	press C-u
	command_line reset 'hosts client server' 'start paula@server puppet'
	type_text 'pau'
	press Tab
	type_text 'setsocko'
	press Tab
	back_at_prompt 'underglass \[1 actor\]> paula setsockopt '
	press C-u
	type_text 'ss ser'
	press Tab Enter
	screen_shows '> ss server$'
	leave_sane
}

@test "^C at the prompt: a fresh line; ^D on an empty line leaves" {
	prompt 80 24
	type_text 'half a word'
	press C-c
	screen_shows '^underglass> half a word\^C$'
	back_at_prompt 'underglass> '
	type_line version
	screen_shows '^underglass [0-9]'
	type_text 'not empty'
	press C-a C-d
	back_at_prompt 'underglass> ot empty '
	press C-e C-u C-d
	screen_shows '^left 0$'
	sane
	terminal_end
	no_leftovers
}

@test "^Z at the prompt and in a demo, and back" {
	terminal 100 40
	type_line "cd; $UNDERGLASS"
	wait_until 10 at_prompt 'underglass> '
	type_text 'vers'
	press C-z
	screen_shows 'Stopped'
	wait_until 10 at_shell
	type_line fg
	wait_until 10 at_prompt 'underglass> vers '
	type_text ion
	press Enter
	screen_shows '^underglass [0-9]'
	# Nothing is echoed twice: the terminal is again as the prompt has it.
	refute on_screen '^ion'
	type_line 'demo zombie 2'
	wait_until 10 at_prompt '*q: out\] '
	press C-z
	wait_until 10 at_shell
	type_line fg
	wait_until 10 at_prompt '*q: out\] '
	press Space
	screen_shows '^> start parent \./zombie$'
	wait_until 10 at_prompt '*q: out\] '
	press q
	wait_until 10 at_prompt 'underglass> '
	type_line quit
	wait_until 10 at_shell
	terminal_end
	no_leftovers
}

@test "^C ends a puppet's wait and a lab, and the prompt goes on" {
	handouts endless expects
	prompt 100 40
	command_line 'start a puppet'
	type_line 'a pause'
	screen_shows 'a +pause\(\) blocks'
	back_at_prompt 'underglass \[1 actor\]> '
	type_line 'wait a'
	press C-c
	back_at_prompt 'underglass \[1 actor\]> '
	command_line 'a getpid'
	screen_shows 'a is still in pause\(\)'
	command_line 'a sleep 1'
	command_line reset
	type_line 'run ./expects.md'
	screen_shows 'sleeper +pause\(\) blocks'
	press C-c
	screen_shows 'ended by \^C'
	back_at_prompt 'underglass> '
	leave_sane
	terminal_end
	no_leftovers
}

@test "the window is resized: lines fit it" {
	prompt 100 30
	command_line 'start a puppet' 'a sigaction USR1 restart'
	fits_after 'a sigaction USR1' 100
	refute fits_after 'a sigaction USR1' 81
	resize 80 30
	command_line 'a sigaction USR2 restart'
	fits_after 'a sigaction USR2' 80
	refute fits_after 'a sigaction USR2' 79
	# It grows again, and nothing will stand beside: all of it is used.
	resize 130 30
	command_line 'a sigaction ALRM restart'
	fits_after 'a sigaction ALRM' 130
	refute fits_after 'a sigaction ALRM' 129
	command_line timeline
	fits_after '> timeline' 130
	refute fits_after '> timeline' 129
	leave_prompt
}

@test "the window is resized under a line that is being typed" {
	local line='a write 1 "a line that is longer than the window is wide"'

	prompt 100 30
	command_line 'start a puppet'
	type_text "$line"
	wait_until 10 at_prompt "underglass \[1 actor\]> $line "
	resize 40 30
	press BSpace
	type_text x
	resize 120 30
	press C-e BSpace
	type_text '"'
	wait_until 10 at_prompt "underglass \[1 actor\]> $line "
	press Enter
	screen_shows 'a +write\(1, "a line that is longer than the window is wide"'
	leave_prompt
}

@test "an actor's terminal has 80 columns, whatever the person's has" {
	prompt 140 30
	command_line 'start a echo "$COLUMNS"'
	screen_shows 'is not known'
	command_line "start a sh -c 'stty size; echo \"(\$COLUMNS)\"'"
	screen_shows 'write\(1, "24 80'
	screen_shows 'write\(1, "\(\)'
	leave_sane
}

# fits_after TEXT COLUMNS: from the line that has TEXT on, none is longer.
fits_after() {
	local line

	while IFS= read -r line; do
		[ ${#line} -le "$2" ] || return
	done < <(screen | sed -n "/$1/,\$p")
}

@test "80 and 140 columns, UTF-8 and C: nothing is wider or foreign" {
	local columns

	for columns in 80 140; do
		prompt "$columns" 50
		command_line 'predict off' 'run handshake 2'
		screen_shows '^held: '
		fits_after 'run handshake 2' "$columns"
		screen_shows '^ ✓ '
		screen_shows ' client:[0-9]+ → server:7102'
		terminal_end
		prompt "$columns" 50 LC_ALL=C
		command_line 'predict off' 'run handshake 2'
		screen_shows '^held: '
		fits_after 'run handshake 2' "$columns"
		screen_shows ' client:[0-9]+ > server:7102'
		screen >"$HOME/c"
		run env LC_ALL=C grep -n '[^ -~]' "$HOME/c"
		assert_failure
		command_line ladder
		screen >"$HOME/c"
		run env LC_ALL=C grep -n '[^ -~]' "$HOME/c"
		assert_failure
		terminal_end
	done
}

@test "pasted lines are run one after the other" {
	prompt 100 40
	printf 'version\nfrobnicate\nhelp version\n' >"$HOME/lines"
	tmux -L test load-buffer "$HOME/lines"
	tmux -L test paste-buffer
	screen_shows "no command 'frobnicate'"
	screen_shows '^ +print the version'
	on_screen '^underglass [0-9]'
	back_at_prompt 'underglass> '
	# As a terminal that says so: nothing is run before Enter.
	fresh_screen
	printf 'labs\nnonsense\nhelp quit\n' >"$HOME/lines"
	tmux -L test load-buffer "$HOME/lines"
	tmux -L test paste-buffer -p
	screen_shows 'help quit'
	press Enter
	screen_shows '^zombie '
	screen_shows "no command 'nonsense'"
	screen_shows '^ +leave'
	back_at_prompt 'underglass> '
	leave_sane
}

@test "history lasts, where XDG_STATE_HOME says" {
	prompt 100 40 XDG_STATE_HOME="$BATS_TEST_TMPDIR/state"
	command_line 'help why'
	leave_sane
	grep -x 'help why' "$HOME/state/underglass/history"
	[ ! -e "$HOME/.local" ]
	terminal_end
	rm "$HOME/after"
	prompt 100 40 XDG_STATE_HOME="$BATS_TEST_TMPDIR/state"
	press Up Up
	back_at_prompt 'underglass> help why '
	press C-c
	back_at_prompt 'underglass> '
	# ^C has begun anew also in the history.
	press Up
	back_at_prompt 'underglass> quit '
	press C-u C-r
	type_text 'why'
	screen_shows 'i-search.*help why'
	press C-c
	leave_sane
}

@test "predict: asked, graded, counted; off: not asked" {
	prompt 100 50
	type_line 'run zombie 1'
	screen_shows '^ +your guess \(1-2, Enter for none\):'
	refute on_screen 'exit_group'
	type_line seven
	screen_shows "'seven' is none of them"
	type_line 1
	screen_shows 'The kernel says 1, as you did'
	screen_shows 'the kernel agreed with 1 of 1'
	back_at_prompt
	type_line 'run zombie 3'
	screen_shows 'your guess.*: *$'
	type_line 2
	screen_shows 'The kernel says 1; you said 2'
	screen_shows 'the kernel agreed with 0 of 1'
	back_at_prompt
	fresh_screen
	command_line 'predict off' 'run zombie 1'
	screen_shows '^held: '
	refute on_screen 'your guess'
	refute on_screen 'agreed with'
	command_line 'predict maybe'
	screen_shows "on or off, not 'maybe'"
	leave_sane
}

@test "predict: nobody is asked where input is no terminal" {
	run underglass <<-'E'
		predict on
		run zombie 1
	E
	assert_success
	refute_output --partial 'your guess'
	assert_line --partial 'The kernel says 1'
	for word in 'step zombie' 'demo zombie' quiz; do
		run underglass <<<"$word"
		assert_failure 2
		assert_output --partial 'terminal'
	done
}

@test "quiz: a mixed round of predictions" {
	prompt 100 50
	type_line 'quiz 2'
	screen_shows 'your guess.*: *$'
	type_line 1
	wait_until 20 guesses 2
	type_line 1
	screen_shows '^The kernel agreed with you in [0-2] of 2\.$'
	leave_sane
	terminal_end
	no_leftovers
}

guesses() {
	[ "$(screen | grep -c 'your guess')" = "$1" ]
}

@test "step: a lab stands, one looks around, and Enter goes on" {
	prompt 100 60
	command_line 'predict off'
	type_line 'step zombie 1'
	screen_shows '^ +next: start parent'
	back_at_prompt 'underglass step \[0 actors\]> '
	press Enter
	screen_shows '^ +next: type parent go'
	back_at_prompt 'underglass step \[1 actor\]> '
	command_line ps
	screen_shows '^ +[0-9]+ +[0-9]+ +child .* S \(sleeping\)'
	screen_shows '^underglass step \[1 actor\]> ps$'
	command_line 'fds child'
	screen_shows '^ +4 +pipe:'
	command_line 'run eintr'
	screen_shows 'a lab stands still here'
	press Enter
	screen_shows '^ +next: type parent ask'
	command_line ps
	screen_shows '^ +[0-9]+ +[0-9]+ +child .* Z \(zombie\)'
	command_line continue
	screen_shows '^held: ([0-9]+) of \1 seen'
	back_at_prompt 'underglass> '
	type_line 'step zombie 1'
	back_at_prompt 'underglass step *> '
	type_line quit
	back_at_prompt 'underglass> '
	screen_shows '^not held: 0 of'
	type_line 'step zombie 1'
	back_at_prompt 'underglass step *> '
	press C-d
	back_at_prompt 'underglass> '
	command_line continue
	screen_shows 'nothing stands still'
	leave_sane
	terminal_end
	no_leftovers
}

@test "step: frames are held, and both sides can be asked" {
	prompt 100 60
	command_line 'predict off'
	type_line 'step handshake 1'
	screen_shows '^ +next: hosts client server'
	press Enter
	screen_shows 'client +connect\(.* blocks'
	back_at_prompt 'underglass step \[2 actors, 1 held\]> '
	command_line ss
	screen_shows '^client +client:[0-9]+ server:7101 SYN-SENT'
	command_line 'wire'
	screen_shows '^ +1 +client:[0-9]+ > server:7101 +SYN seq 0'
	press Enter
	screen_shows 'SYN,ACK .*\[held\]'
	back_at_prompt 'underglass step *> '
	command_line ss
	screen_shows '^server +server:7101 client:[0-9]+ SYN-RECEIVED'
	command_line continue
	screen_shows '^held: ([0-9]+) of \1 seen'
	leave_sane
}

@test "step, 140 columns: what is explained stands beside its own step" {
	prompt 140 60
	command_line 'predict off'
	type_line 'step zombie 1'
	back_at_prompt 'underglass step *> '
	press Enter
	back_at_prompt 'underglass step \[1 actor\]> '
	command_line ps 'fds child' ps
	press Enter
	back_at_prompt 'underglass step *> '
	on_screen_in_order 'underglass step *> fds child' \
		'*0  /dev/pts/*' 'underglass step *> ps' '*./zombie' \
		'> type parent go  *The child has exited, and the kernel*'
	command_line continue
	leave_sane
}

@test "step: what is typed stays while the kernel goes on" {
	prompt 100 60
	command_line 'predict off'
	type_line 'step handshake 1'
	screen_shows '^ +next: hosts client server'
	press Enter
	screen_shows 'client +connect\(.* blocks'
	back_at_prompt 'underglass step *> '
	type_text 'fds cli'
	wait_until 10 at_prompt 'underglass step *> fds cli '
	# Nothing of it is lost when the SYN is repeated.
	screen_shows 'SYN-SENT retransmit 1'
	wait_until 10 at_prompt 'underglass step *> fds cli '
	type_line ent
	screen_shows '^ +3 +socket:'
	screen_shows '^underglass step \[.*\]> fds client$'
	command_line continue
	leave_sane
}

@test "demo: one key a step; again, out, run on" {
	prompt 100 60
	type_line 'demo zombie 1'
	screen_shows '\[Enter: next +a: again +c: run on +q: out\]'
	press Enter
	screen_shows '^> start parent \./zombie$'
	screen_shows 'child +read\(0, \.\.\.\) blocks'
	refute on_screen 'your guess'
	wait_until 10 at_prompt '*q: out\] '
	press Space
	screen_shows '^> type parent go$'
	screen_shows 'child Z \(zombie\)'
	wait_until 10 at_prompt '*q: out\] '
	press a
	wait_until 10 started_times 'scene 1 of 5' 2
	wait_until 10 at_prompt '*q: out\] '
	press c
	screen_shows '^held: ([0-9]+) of \1 seen'
	back_at_prompt 'underglass> '
	on_screen_in_order '> start parent*' '> start parent*' '> type parent go' \
		'> type parent ask' 'held: *'
	refute on_screen 'Enter: next'
	type_line 'demo zombie 2'
	wait_until 10 at_prompt '*q: out\] '
	press q
	back_at_prompt 'underglass> '
	type_line 'demo zombie 2'
	wait_until 10 at_prompt '*q: out\] '
	press C-c
	back_at_prompt 'underglass> '
	leave_sane
	terminal_end
	no_leftovers
}

started_times() {
	[ "$(screen | grep -c "$1")" = "$2" ]
}

@test "hints: what is misspelt, what is missing, what stands in the way" {
	prompt 100 60
	command_line 'lasb'
	screen_shows "no command 'lasb'; did you mean 'labs'"
	command_line 'run zomby'
	screen_shows "'zomby'.* did you mean 'zombie'"
	command_line 'start'
	screen_shows 'start: too few words; usage: start NAME'
	command_line 'start ps puppet'
	screen_shows "'ps' is a command"
	command_line 'start a puppet' 'a sokcet tcp'
	screen_shows "no call 'sokcet'; did you mean socket"
	command_line 'a socket tpc'
	screen_shows "'tpc' is no FAMILY"
	command_line 'a'
	screen_shows 'a what\?.*help puppet'
	command_line 'a recv 10 peke'
	screen_shows 'peke.*did you mean peek'
	type_line 'a sleep'
	screen_shows '^ +SECONDS: *$'
	type_line 0
	screen_shows '^ +sleep\(0\)'
	back_at_prompt
	type_line 'a read'
	screen_shows '^ +(FD|LEN): *$'
	press Enter
	back_at_prompt 'underglass \[1 actor\]> '
	command_line 'wire release'
	command_line 'fds nobody'
	screen_shows 'no process is called nobody'
	command_line 'kill -NONE a'
	screen_shows "'-NONE' is no signal"
	command_line 'help puppet recv'
	screen_shows '^recv \[FD\] LEN \[FLAG'
	screen_shows 'peek'
	command_line 'help puppet'
	screen_shows '^ +getsockopt '
	leave_sane
}

@test "hints: which program is not there" {
	prompt 100 30
	command_line 'start x ./no-such-program'
	screen_shows 'start x: ./no-such-program: No such file or directory$'
	command_line 'start x no-such-program'
	screen_shows 'start x: no-such-program: .* in \$PATH \(.* ./NAME\)$'
	leave_sane
}

@test "hints: the nearest of all that can be misspelt" {
	prompt 100 60
	command_line 'hosts client server' 'start alice@sever puppet'
	screen_shows "start alice@sever: there is no host sever; did you mean 'server'"
	command_line 'start alice@server puppet' 'alcie getpid'
	screen_shows "no command 'alcie'; did you mean 'alice'"
	command_line 'fds alcie' 'type alcie x' 'wait alcie' 'kill -TERM alcie'
	screen_shows "no process is called alcie; did you mean 'alice'"
	screen_shows "^no actor is called alcie; did you mean 'alice'"
	command_line 'kill -TREM alice'
	screen_shows "'-TREM' is no signal; did you mean 'TERM'"
	fresh_screen
	for line in 'ss sevrer' 'shell sevrer' 'sysctl sevrer a.b 1'; do
		command_line "$line"
		screen_shows "^there is no host sevrer; did you mean 'server'"
		fresh_screen
	done
	command_line 'alice connect $sevrer 7000'
	screen_shows "sevrer is not known; did you mean 'server'"
	command_line 'help puppte' 'help wrie' 'help patern' 'help xyzzyplugh'
	on_screen_in_order "*did you mean 'puppet'*" "*did you mean 'wire'*" \
		"*did you mean 'patterns'*" '*`help` alone lists*'
	command_line 'start cat@server cat' 'cat getpid'
	screen_shows '^cat is no puppet'
	command_line 'type cat ^D' 'wait cat' 'cat getpid'
	screen_shows '^cat has ended'
	leave_sane
}

@test "hints: names that would not do" {
	prompt 100 40
	command_line 'start wire cat'
	screen_shows "'wire' is who tells of a probe's events"
	command_line 'start "" cat'
	screen_shows 'an actor needs a name'
	command_line 'start "a b" cat'
	screen_shows "'a b' is no name for an actor"
	command_line 'hosts my-host'
	screen_shows "'my-host' is no name for a host"
	back_at_prompt 'underglass \[0 actors\]> '
	leave_sane
}

@test "a box of one's own lasts until it is ended" {
	prompt 100 60
	command_line ps 'predict off' 'run endian 1'
	screen_shows '^held: '
	command_line 'start a puppet' 'a getpid'
	for line in 'run zombie' 'run zomby' 'step zombie' 'demo zombie' quiz \
		'compare timewait 1 2' 'compare timewait 1 99'; do
		command_line "$line"
		back_at_prompt 'underglass \[1 actor\]> '
	done
	screen_shows 'your own box is open: `reset` ends it'
	# Nothing of what was done in it is lost.
	fresh_screen
	command_line timeline
	screen_shows 'a +getpid\(\) += 2'
	command_line reset 'run endian 1'
	screen_shows '^held: '
	leave_sane
}

@test "reset ends the box; the next one is fresh" {
	prompt 100 40
	command_line 'hosts a b' 'start a puppet' 'a socket tcp'
	command_line reset
	back_at_prompt 'underglass> '
	terminal_children
	command_line timeline
	screen_shows 'nothing has happened yet'
	command_line 'start a puppet' 'a getpid'
	screen_shows 'a +getpid\(\) += 2'
	leave_sane
}

# terminal_children: nothing that the prompt began is alive.
terminal_children() {
	local prompt

	prompt=$(pgrep -P "$(tmux -L test list-panes -F '#{pane_pid}')" \
		underglass)
	wait_until 10 childless "$prompt"
}

childless() {
	! pgrep -P "$1" >/dev/null
}

@test "timeline numbers the events; why and man tell more of one" {
	local number

	prompt 100 60 MANPAGER=cat
	command_line 'start a puppet' 'a close 77' 'a getpid' timeline
	number=$(screen | sed -nE 's/^ *([0-9]+) .* a +close\(77\) = -1 EBADF.*/\1/p')
	[ -n "$number" ]
	command_line "why $number"
	screen_shows "^$number +a +close\(77\) = -1 EBADF"
	screen_shows 'man close'
	command_line 'why getpid'
	screen_shows '^[0-9]+ +a +getpid\(\)'
	command_line 'why 99999'
	screen_shows "no event number '99999'"
	if man -w 2 close >/dev/null 2>&1; then
		command_line 'man close'
		screen_shows '^close\(2\) '
	fi
	command_line 'man no-such-call'
	screen_shows 'not installed here'
	leave_sane
}

@test "ladder, and save of every kind" {
	prompt 100 60
	a_pair
	command_line 'c connect $server 7000' 's accept'
	fresh_screen
	command_line ladder
	screen_shows '^ *client +server *$'
	on_screen_in_order '*SYN*─*' '*SYN,ACK*' '*ACK*'
	command_line 'save mine.md' 'save run.jsonl' 'save wire.pcap'
	screen_shows 'wire.pcap: [0-9]+ frames'
	command_line 'save run.txt'
	screen_shows 'save: FILE ends in'
	command_line 'save /no/such/folder/run.jsonl'
	screen_shows 'No such file or directory'
	leave_sane
	run underglass view "$HOME/run.jsonl" events
	assert_success
	in_order 's*listen(3, 1) = 0' 'c*connect(*) = 0' 's*accept(*) = 4'
	run underglass run "$HOME/mine.md"
	assert_success
	assert_line --regexp '^held: '
	if tshark --version >/dev/null 2>&1; then
		run tshark -r "$HOME/wire.pcap" -Y tcp.flags.syn==1
		assert_success
		[ "${#lines[@]}" -ge 2 ]
	fi
}

@test "compare and again: what is different is marked, and nothing else" {
	prompt 140 50
	command_line 'predict off' 'compare timewait 1 2'
	screen_shows '^again +bind\(.*\| again +bind\('
	screen_shows 'only in 2:$'
	command_line 'run endian 1' 'again word=0x1234567'
	screen_shows 'x67.x45.x23.x01'
	leave_sane
	run underglass compare timewait 1 2
	assert_success
	in_order '1 > start server ./server 7301 off' \
		'2 > start server ./server 7302 on' \
		'2 server *setsockopt(*SO_REUSEADDR*' '1 again *EADDRINUSE*'
	refute_line --regexp '^ *[12] server +listen'
	refute_line --regexp '^ *[12] client +connect'
	# A run and the same run once more: no pid, port or time is a difference.
	underglass --json run zombie 3 >"$HOME/1.jsonl"
	underglass --json run zombie 3 >"$HOME/2.jsonl"
	run underglass compare "$HOME/1.jsonl" "$HOME/2.jsonl"
	assert_success
	refute_line --regexp '^ *[12] (parent|child|proc) '
}

@test "view of a run gives byte for byte what the live run printed" {
	local lab

	for lab in 'zombie 1' 'eintr 3' 'timewait 1' 'handshake 1'; do
		cat >"$HOME/script" <<-E
			run $lab
			save $HOME/run.jsonl
		E
		underglass <"$HOME/script" >"$HOME/live"
		underglass view "$HOME/run.jsonl" >"$HOME/viewed"
		run diff "$HOME/live" "$HOME/viewed"
		assert_success
	done
	underglass run zombie 1 --json >"$HOME/live"
	underglass view "$HOME/live" json >"$HOME/viewed"
	run diff "$HOME/live" "$HOME/viewed"
	assert_success
}

@test "view shows also what did not come" {
	handouts expects endless
	run underglass --limit 1 --json run "$HOME/expects.md"
	assert_failure 1
	echo "$output" >"$HOME/run.jsonl"
	run underglass view "$HOME/run.jsonl"
	assert_line --partial 'did not come:'
	assert_line --regexp '^not held: '
}

@test "view of what is no recording, or only a part of one" {
	local run=$HOME/run.jsonl

	underglass run zombie 4 --json >"$run"
	head -c 1500 "$run" >"$HOME/cut.jsonl"
	run_apart underglass view "$HOME/cut.jsonl"
	assert_failure 2
	assert_line --partial 'scene 4 of '
	[[ $stderr == *cut.jsonl:*'not a line of a recorded run'* ]]
	sed '3s/"type":"[a-z]*"/"type":"telepathy"/' "$run" >"$HOME/other.jsonl"
	run underglass view "$HOME/other.jsonl" ladder
	assert_failure 2
	assert_output --partial "other.jsonl:3: 'telepathy' is no type of line"
	: >"$HOME/empty.jsonl"
	run underglass view "$HOME/empty.jsonl"
	assert_failure 2
	assert_output --partial 'no run was recorded'
	run underglass view "$HOME"
	assert_failure 2
	assert_output --partial 'Is a directory'
	run underglass view - <"$TOP/Makefile"
	assert_failure 2
	assert_output --partial 'standard input:1: not a line'
}
