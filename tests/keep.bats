#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
# shellcheck disable=SC2016	# $names are the program's, and ` is a fence's
#
# What was done can be kept and compared: saved as a handout it holds at once,
# and a run is no different from the same run once more.

setup() {
	load helper
	need_box
	export LIMIT=200
}

teardown() {
	end_leftovers
}

# script LINE...: from standard input, where the programs are.
script() {
	run underglass < <(printf '%s\n' "$@")
}

labs() {
	local folder

	for folder in "$TOP"/labs/*/; do
		basename "$folder"
	done
}

# each_lab FUNCTION: FUNCTION LAB in the folder of its copy, one on each core.
# What one of them has said is shown if it failed.
each_lab() {
	local lab failed=

	for lab in $(labs); do
		(
			copy_lab "$lab" && cd "$BATS_TEST_TMPDIR/$lab" &&
				"$1" "$lab" && echo held >ended
		) >"$BATS_TEST_TMPDIR/$lab.log" 2>&1 3>&- 4>&- &
		[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] ||
			wait -n || true
	done
	wait
	for lab in $(labs); do
		[ ! -e "$BATS_TEST_TMPDIR/$lab/ended" ] || continue
		failed="$failed $lab"
		tail -n 60 "$BATS_TEST_TMPDIR/$lab.log"
	done
	[ -z "$failed" ] || fail "not so:$failed"
}

# scenes LAB: how many.
scenes() {
	grep -c '^## ' "$TOP/labs/$1/README.md"
}

# holds FILE [SCENES]: every line of it, in each of its scenes, and there are
# some. How many, goes to FILE.seen.
holds() {
	underglass run "./$1" >"$1.out" 2>&1 || {
		tail -n 40 "$1.out"
		return 1
	}
	sed -n 's/^held: \([1-9][0-9]*\) of \1 seen$/\1/p' "$1.out" >"$1.seen"
	[ "$(wc -l <"$1.seen")" = "${2:-1}" ] || {
		grep -E '^(not )?held|^different' "$1.out"
		return 1
	}
}

# is_rich FILE LEAST: it has so many expectations at least, and of each program
# that it starts there is one in the same step. (A puppet is silent at first.)
is_rich() {
	awk -v least="$2" '
		function settle(  who) {
			for (who in started) {
				print FILENAME ": " who " says nothing"
				poor = 1
			}
			split("", started)
		}
		/^```lab$/ { on = 1; next }
		on && /^```$/ { on = 0; settle() }
		!on || /^#/ { next }
		/^> start / && $4 != "puppet" {
			sub(/@.*/, "", $3)
			started[$3]
		}
		/^> / { next }
		{ count++; delete started[$1] }
		END {
			if (count < least)
				print FILENAME ": only " count + 0
			exit poor || count < least
		}' "$1"
}

# commands LAB SCENE: what a person would type to do the scene by hand. Names
# that only a pattern gives are what would be read off the screen.
commands() {
	awk -v scene="$2" '/^## / { n++ } /^```lab/ { on = 1; next }
		/^```/ { on = 0 }
		on && n == scene && /^> / { print substr($0, 3) }' \
		"$TOP/labs/$1/README.md" |
		sed -e 's/ child$/ parent.1/' -e 's/\$child/3/' -e 's/\$real/58915/'
}

# The poorest scene, a byte-swapped port, has 8 expectations.
scenes_by_hand() {
	local n

	for ((n = 1; n <= $(scenes "$1"); n++)); do
		commands "$1" "$n" >by-hand
		# A port that nobody can know before.
		! grep -q '\$chosen' by-hand || continue
		echo "save kept$n.md" >>by-hand
		underglass <by-hand && is_rich "kept$n.md" 7 &&
			holds "kept$n.md" || return
	done
}

@test "every scene that is done by hand, saved and played holds" {
	each_lab scenes_by_hand
	cat "$BATS_TEST_TMPDIR"/*/kept*.seen >"$BATS_TEST_TMPDIR/seen"
	# All scenes but the one, and 25 expectations in each on the average.
	[ "$(wc -l <"$BATS_TEST_TMPDIR/seen")" = \
		"$(($(cat "$TOP"/labs/*/README.md | grep -c '^## ') - 1))" ]
	awk '{ sum += $1 } END { exit sum < 25 * NR }' "$BATS_TEST_TMPDIR/seen"
}

played_twice() {
	local n

	n=$(scenes "$1")
	printf '%s\n' 'run ./README.md' 'save kept.md' 'save one.jsonl' \
		'run ./README.md' 'save two.jsonl' >twice
	underglass <twice && is_rich kept.md $((9 * n)) &&
		holds kept.md "$n" || return
	underglass compare one.jsonl two.jsonl >compared || return
	cat compared
	grep -qx 'no difference' compared
}

@test "every lab: what is played and saved holds; two runs are no different" {
	each_lab played_twice
}

# The first scene that a program broken on purpose makes another one.
broken_scene() {
	local n program

	program=$(printf '%s\n' "$TOP/tests/broken/$1"/*.c | head -n 1)
	cp -r . ../right-"$1" && break_lab "$1" "$(basename "$program" .c)" ||
		return
	for ((n = 1; n <= $(scenes "$1"); n++)); do
		(cd "../right-$1" && printf '%s\n' "run ./README.md $n" \
			"save ../$1/right.jsonl" "save ../$1/kept.md" |
			underglass) || return
		underglass --limit 2 run ./kept.md >wrong.out && continue
		grep '^not held: ' wrong.out || return
		underglass --limit 2 --json run ./README.md "$n" >wrong.jsonl
		underglass compare right.jsonl wrong.jsonl | tee compared
		grep -E '^[0-9]+ differences?(;| in)' compared
		return
	done
	echo 'every scene holds'
	return 1
}

@test "every lab: with a broken program it does not hold, and is different" {
	each_lab broken_scene
}

@test "a conversation of two puppets, saved, holds" {
	cd "$BATS_TEST_TMPDIR"
	script 'hosts client server' 'start s@server puppet' \
		'start c@client puppet' 's socket tcp' 's bind 7000' \
		's listen 1' 'c socket tcp' 'c connect $server 7000' \
		's accept' 'c send hello' 's recv 10' 'c shutdown wr' \
		's recv 10' 's send bye' 'c recv 10' 's close' 'c close' \
		'save mine.md'
	assert_success
	is_rich mine.md 17
	holds mine.md
	output=$(<mine.md.out)
	in_order 'c*connect(*htons(7000)*) = 0' \
		's*recvfrom(4, "hello", 10, *) = 5' \
		'wire*client:* → server:7000 *FIN,ACK*' \
		's*recvfrom(4, "", 10, *) = 0' \
		'c*recvfrom(3, "bye", 10, *) = 3' 'tcp*TIME-WAIT*'
	run cat mine.md
	assert_line '> c connect $server 7000'
	assert_line --regexp '^wire +client:\$port > server:7000  SYN \*$'
	refute_output --partial '10.0.0.'
}

@test "a family of puppets, saved, holds" {
	cd "$BATS_TEST_TMPDIR"
	script 'start a puppet' 'a pipe' 'a fork kid' 'a fork' \
		'kid write 4 hello' 'a read 3 10' 'kid exit 7' 'a.2 exit 8' \
		'a waitpid' 'a sigaction USR1 restart' 'kill -USR1 a' \
		'a close 99' 'save mine.md'
	assert_success
	is_rich mine.md 10
	holds mine.md
	output=$(<mine.md.out)
	in_order 'a*clone*' 'kid*write(4, "hello", 5) = 5' \
		'kid*+++ exited with 7 +++' 'a*--- SIGUSR1 *' \
		'a*close(99) = -1 EBADF*'
}

@test "a wire that is held by hand, saved, holds" {
	cd "$BATS_TEST_TMPDIR"
	script 'hosts client server' \
		'sysctl client net.ipv4.tcp_syn_retries 10' \
		'start s@server puppet' 'start c@client puppet' \
		's socket tcp' 's bind 7000' 's listen 0' 'c socket tcp' \
		'wire hold' 'c connect $server 7000' 'wire next' 'wire next' \
		'wire release' 's accept' 'c send hello oob' 's recv 10 oob' \
		'kill -KILL s' 'c recv 10' 'save mine.md'
	assert_success
	is_rich mine.md 17
	holds mine.md
	output=$(<mine.md.out)
	in_order 'wire*SYN *?held?' 'tcp*SYN-SENT*' 'wire*SYN *?let go?' \
		'wire*SYN,ACK *?held?' 'wire*RST*' \
		'c*recvfrom(*) = -1 ECONNRESET*'
}

# say LINE...: to the program that reads from descriptor 9.
say() {
	printf '%s\n' "$@" >&9
}

has_said() {
	grep -q -- "$1" session
}

@test "frames that were sent again while they were held are not kept" {
	cd "$BATS_TEST_TMPDIR"
	mkfifo lines
	"$UNDERGLASS" <lines >session 2>&1 3>&- 4>&- &
	exec 9>lines
	say 'hosts client server' 'start s@server puppet' \
		'start c@client puppet' 's socket tcp' 's bind 7000' \
		's listen 1' 'c socket tcp' 'wire hold' \
		'c connect $server 7000'
	wait_until 20 has_said 'SYN seq.*held again'
	say 'wire next' 'wire release' 's accept' 'wire hold' 'c send hello'
	wait_until 20 has_said 'PSH.*held again'
	say 'wire next' 'wire release' 's recv 10' 'wire hold' 's close'
	wait_until 20 has_said 'FIN.*held again'
	say 'wire release' 'c recv 10' 'c close' 'save mine.md'
	exec 9>&-
	wait $!
	run cat mine.md
	assert_line --regexp '^wire +client:\$port > server:7000  SYN \* \[held\]$'
	assert_line --regexp ' PSH,ACK seq 1:6 \* len 5 "hello"\* \[let go\]$'
	refute_output --partial again
	[ "$(grep -c ' SYN \*' mine.md)" = 2 ]
	[ "$(grep -c 'hello"\* \[' mine.md)" = 2 ]
	is_rich mine.md 20
	holds mine.md
}

@test "what failed at the prompt is not kept" {
	cd "$BATS_TEST_TMPDIR"
	script 'start a puppet' 'a close 77' 'a sokcet' 'save mine.md'
	assert_failure 2
	script 'start a puppet' 'a close 77' 'save mine.md'
	assert_success
	is_rich mine.md 1
	holds mine.md
	script 'save mine.md'
	assert_failure
	assert_line --partial 'nothing has happened'
}

@test "a saved handout that is not true does not hold" {
	copy_lab zombie
	cd "$BATS_TEST_TMPDIR/zombie"
	script 'run ./README.md 1' 'save kept.md'
	assert_success
	sed -i 's/exited with 7 +++/exited with 8 +++/' kept.md
	run underglass --limit 2 run ./kept.md
	assert_failure 1
	assert_line --regexp '^not held: '
}

@test "again with a knob shows what is different, and nothing else" {
	script 'run timewait 1' 'again reuse=on'
	assert_success
	in_order '1 > start server *off' '2 > start server *on' \
		'2 server *setsockopt(3, SOL_SOCKET, SO_REUSEADDR, *' \
		'server *listen(3, 1) = 0' \
		'1 again *bind(3, *) = -1 EADDRINUSE*' \
		'2 again *bind(3, *) = 0' '2 again *listen(*' \
		'*differences in what happened, * in the commands; first *' \
		'2*server setsockopt(*'
	refute_line --regexp '^ [12] (client|wire)'
	script 'run zombie 1' again
	assert_success
	assert_line 'no difference'
	script again
	assert_failure 2
	assert_line --partial 'nothing has been run yet'
}

@test "compare puts two scenes side by side where there is room" {
	run underglass --columns 140 compare timewait 1 2
	assert_success
	assert_line --regexp '^> set reuse off +\| > set reuse on$'
	assert_line --regexp '^ +> server +setsockopt\(3, SOL_SOCKET'
	assert_line --regexp \
		'^server +listen\(3, 1\) = 0 +server +listen\(3, 1\) = 0$'
	run underglass --columns 80 compare timewait 1 2
	assert_line --regexp '^ 1 > set reuse off$'
	assert_line --regexp '^ 2 > set reuse on$'
	assert_line --regexp '^  server +listen\(3, 1\) = 0$'
	[ -z "$(sed -e '/^[0-9]* differences/,$d' -e 's/…/./g' <<<"$output" |
		awk 'length > 80')" ]
}

@test "compare: what cannot be compared is said" {
	run underglass compare timewait 1 99
	assert_failure 2
	assert_line --partial 'there is no scene 99'
	run underglass compare timewait one 2
	assert_failure 2
	assert_line --partial "'one' is no scene's number"
	run underglass compare /no/such/file "$TOP/README.md"
	assert_failure 2
	run underglass compare "$TOP/Makefile" "$TOP/Makefile"
	assert_failure 2
	assert_line --partial 'not a line of a recorded run'
}
