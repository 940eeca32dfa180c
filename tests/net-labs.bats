#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031	# bats sets output and status
# shellcheck disable=SC2016	# a handout's own $ and `
#
# The labs about hosts and the wire, on the live kernel: in the box; in plain
# mode, where what needs the wire is not observable and never a failure; and
# with programs that are broken on purpose, which come out as not held.

# The broken programs, each with the scene that shows it.
TWINS=(
	handshake/client:1 handshake/server:2 handshake/late:3 handshake/door:6
	teardown/client:1 teardown/server:1 teardown/hasty:3 teardown/half:4
	timewait/client:1 timewait/server:1 timewait/server:2
	backlog/server:1 backlog/client:1 backlog/talk:5
	oob/sender:1 oob/receiver:4 oob/select:7 oob/sigurg:8 oob/sigurg:9
	rst/server:2 rst/client:2 rst/client:4
)

setup_file() {
	load helper
	load net
	begin_box
	begin_plain
	wait_for_begun
}

begin_box() {
	local lab

	can_box || return 0
	for lab in backlog "${NET_LABS[@]/backlog/}"; do
		[ -z "$lab" ] || begin "$lab.box" underglass run "$lab"
	done
	begin retries underglass run handshake 7 retries=2
	for lab in "${NET_LABS[@]}"; do
		copy_lab "$lab"
		begin_twins "$lab"
	done
}

# In a folder of its own, for each: beside the right programs.
begin_twins() {
	local twin name dir

	for twin in "${TWINS[@]}"; do
		[ "${twin%/*}" = "$1" ] || continue
		name=${twin//[\/:]/.}
		dir=$BATS_FILE_TMPDIR/$name
		mkdir "$dir"
		cp -r "$BATS_FILE_TMPDIR/$1" "$dir"
		BATS_TEST_TMPDIR=$dir break_lab "$1" \
			"$(cut -d. -f2 <<<"$name")"
		begin "$name" underglass --limit 2 run "$dir/$1" "${twin#*:}"
	done
}

begin_plain() {
	local lab

	unshare -Urn true 2>/dev/null || return 0
	# shellcheck disable=SC2016	# for the inner shell
	begin twice on_lo sh -c '"$1" --no-box run timewait 1 >/dev/null &&
		"$1" --no-box run timewait 1' sh "$UNDERGLASS"
	for lab in "${NET_LABS[@]}"; do
		begin "$lab.plain" on_lo "$UNDERGLASS" --no-box run "$lab"
		begin "$lab.lo" on_lo_without_box "$UNDERGLASS" run "$lab"
	done
}

setup() {
	load helper
	load net
}

teardown_file() {
	HOME=$BATS_FILE_TMPDIR end_leftovers
}

# all_held LAB SCENES: in the box each has held, and nothing went unobserved.
all_held() {
	need_box
	ended "$1.box"
	assert_success
	assert_equal "$(grep -cE '^held: ([1-9][0-9]*) of \1 seen$' \
		<<<"$output")" "$2"
	refute_line --regexp '^(not held|different)'
	refute_line --partial 'not observable'
}

@test "handshake: three segments, and who knows what after each" {
	all_held handshake 7
	in_order '*scene 1 of 7*' \
		'wire*client:* → server:7101 *SYN seq 0 *?held?' \
		'wire*client:* → server:7101 *SYN seq 0 *?let go?' \
		'wire*server:7101 → client:* *SYN,ACK seq 0 ack 1 *?held?' \
		'wire*server:7101 → client:* *SYN,ACK seq 0 ack 1 *?let go?' \
		'wire*client:* → server:7101 *ACK seq 1 ack 1 *?held?' \
		'client*connect(*) = 0' \
		'wire*client:* → server:7101 *ACK seq 1 ack 1 *?let go?' \
		'tcp*server:7101 client:* SYN-RECEIVED → ESTABLISHED*' \
		'*scene 2 of 7*' \
		'tcp*server:7102 ? LISTEN queue 1 of 5' \
		'server*accept(*) = *' \
		'tcp*server:7102 ? LISTEN queue 0 of 5' \
		'*scene 3 of 7*' \
		'wire*server:7103 → client:* *RST,ACK seq 0 ack 1 *' \
		'client*connect(*) = -1 ECONNREFUSED*' \
		'*scene 4 of 7*' \
		'server*listen(*) = 0' \
		'*scene 5 of 7*' \
		'late*connect(*) = 0' \
		'early*connect(*) = 0' \
		'*scene 6 of 7*' \
		'server*read(*) = -1 ENOTCONN*' \
		'server*write(*) = -1 EPIPE*' \
		'*scene 7 of 7*' \
		'wire*SYN seq 0 *?dropped?' \
		'wire*SYN seq 0 *?dropped?' \
		'client*connect(*) = -1 ETIMEDOUT*'
	in_order 'tcp*client:* server:7101 SYN-SENT' \
		'tcp*server:7101 client:* SYN-RECEIVED' \
		'tcp*client:* server:7101 SYN-SENT → ESTABLISHED*' \
		'tcp*server:7101 client:* SYN-RECEIVED → ESTABLISHED*' \
		'tcp*client:* server:7107 SYN-SENT retransmit 1'
}

@test "teardown: the states of both sides, up to TIME-WAIT" {
	all_held teardown 5
	in_order '*scene 1 of 5*' \
		'tcp*client:* server:7201 ESTABLISHED → FIN-WAIT-1' \
		'tcp*server:7201 client:* ESTABLISHED → CLOSE-WAIT' \
		'tcp*client:* server:7201 FIN-WAIT-1 → FIN-WAIT-2*' \
		'tcp*server:7201 client:* CLOSE-WAIT → LAST-ACK' \
		'tcp*client:* server:7201 FIN-WAIT-2 → TIME-WAIT*' \
		'tcp*server:7201 client:* LAST-ACK → CLOSED' \
		'*scene 2 of 5*' \
		'tcp*client:* server:7202 *TIME-WAIT*' \
		'*scene 3 of 5*' \
		'tcp*server:7203 client:* FIN-WAIT-1 → CLOSING' \
		'tcp*client:* server:7203 CLOSING → TIME-WAIT*' \
		'*scene 4 of 5*' \
		'tcp*client:* server:7204 FIN-WAIT-1 → FIN-WAIT-2*' \
		'client*read(*, "answer?n", *) = 7' \
		'*scene 5 of 5*' \
		'tcp*client:* server:7205 FIN-WAIT-2 → CLOSED' \
		'wire*client:* → server:7205 *RST *'
	in_order 'tcp*client:* server:7203 FIN-WAIT-1 → CLOSING' \
		'tcp*server:7203 client:* CLOSING → TIME-WAIT*'
	in_order 'wire*FIN,ACK seq 1 ack 1 *?held?' \
		'wire*ACK seq 1 ack 2 *?held?' \
		'wire*FIN,ACK seq 1 ack 2 *?held?' \
		'wire*ACK seq 2 ack 2 *?held?'
}

@test "timewait: who closes first owns it, and whom SO_REUSEADDR helps" {
	all_held timewait 6
	in_order '*scene 1 of 6*' \
		'tcp*server:7301 client:* *TIME-WAIT 60 s left' \
		'again*bind(*) = -1 EADDRINUSE*' \
		'*scene 2 of 6*' \
		'again*setsockopt(*SO_REUSEADDR, ?1?*) = 0' \
		'again*bind(*) = 0' \
		'*scene 3 of 6*' \
		'again*setsockopt(*SO_REUSEADDR, ?1?*) = 0' \
		'again*bind(*) = -1 EADDRINUSE*' \
		'*scene 4 of 6*' \
		'tcp*client:* server:7304 *TIME-WAIT 60 s left' \
		'again*bind(*) = 0' \
		'*scene 5 of 6*' \
		'again*bind(*) = -1 EADDRINUSE*' \
		'*scene 6 of 6*' \
		'wire*server:7306 → client:* *ACK seq 2 ack 2 *?dropped?' \
		'wire*client:* → server:7306 *FIN,ACK seq 1 ack 2 *' \
		'wire*server:7306 → client:* *ACK seq 2 ack 2 *?dropped?' \
		'tcp*server:7306 client:* TIME-WAIT 60 s left' \
		'tcp*client:* server:7306 LAST-ACK → CLOSED'
}

@test "backlog: n + 1 connections, and what becomes of the next" {
	all_held backlog 6
	in_order '*scene 1 of 6*' \
		'tcp*server:7000 ? LISTEN queue 0 of 5' \
		'tcp*server:7000 ? LISTEN queue 6 of 5' \
		'client*connect(*) blocks' \
		'tcp*client:* server:7000 SYN-SENT retransmit 1*' \
		'server*accept(*) = *' \
		'client*connect(*) = 0' \
		'*scene 2 of 6*' \
		'client*connect(*) = -1 ETIMEDOUT*' \
		'*scene 3 of 6*' \
		'server*listen(*, 100) = 0' \
		'tcp*server:7000 ? LISTEN queue 0 of 2' \
		'tcp*server:7000 ? LISTEN queue 3 of 2' \
		'*scene 4 of 6*' \
		'wire*ghost:* → server:7000 *ACK seq 1 ack 1 *?let go?' \
		'count*server ListenOverflows +*' \
		'tcp*server:7000 ghost:* SYN-RECEIVED → ESTABLISHED*' \
		'*scene 5 of 6*' \
		'tcp*server:7000 ghost:* SYN-RECEIVED → CLOSED' \
		'ghost*write(*) = -1 ECONNRESET*' \
		'*scene 6 of 6*' \
		'wire*server:7000 → ghost:* *RST *'
	in_order 'count*server ListenOverflows +*' \
		'count*server ListenDrops +*'
}

@test "handshake: with more retries, the timer is waited for all the same" {
	need_box
	ended retries
	assert_success
	in_order 'client*connect(*) = -1 ETIMEDOUT*' '*The kernel says 2.'
	assert_line --regexp '^held: ([1-9][0-9]*) of \1 seen$'
}

@test "backlog: n is a knob, and what-if is no failure" {
	need_box
	run_lab backlog 1 n=0
	assert_success
	in_order 'tcp*server:7000 ? LISTEN queue 0 of 0' \
		'tcp*server:7000 ? LISTEN queue 1 of 0' \
		'tcp*client:* server:7000 SYN-SENT retransmit 1*'
	assert_line --regexp '^held: ([1-9][0-9]*) of \1 seen$'
}

@test "oob: one urgent byte, its pointer, its mark and its signal" {
	all_held oob 9
	in_order '*scene 1 of 9*' \
		'wire*sender:* *PSH,ACK,URG seq 1:4 *urg 3 len 3 "890"' \
		'receiver*recvfrom(*, "89", 64, *) = 2' \
		'receiver*recvfrom(*, "0", 64, MSG_OOB*) = 1' \
		'*scene 2 of 9*' \
		'receiver*ioctl(*, SIOCATMARK, ?1?) = 0' \
		'receiver*recvfrom(*, "abc", 64, *) = 3' \
		'*scene 3 of 9*' \
		'receiver*recvfrom(*MSG_OOB*) = -1 EINVAL*' \
		'*scene 4 of 9*' \
		'receiver*setsockopt(*, SO_OOBINLINE, ?1?, 4) = 0' \
		'receiver*recvfrom(*, "0abc", 64, *) = 4' \
		'*scene 5 of 9*' \
		'receiver*recvfrom(*, "xay", 64, *) = 3' \
		'receiver*recvfrom(*, "b", 64, MSG_OOB*) = 1' \
		'*scene 6 of 9*' \
		'receiver*recvfrom(*, "b", 64, MSG_OOB*) = 1' \
		'receiver*recvfrom(*) = -1 EAGAIN*' \
		'*scene 7 of 9*' \
		'receiver*select*[(]*) = 1 [(]except *' \
		'*scene 8 of 9*' \
		'receiver*--- SIGURG {*} ---' \
		'*scene 9 of 9*'
	run sed '1,/scene 9 of 9/d' <<<"$output"
	refute_line --regexp '^( ✓| )? +[0-9.]+ +receiver +--- SIGURG'
}

@test "rst: what lies unread makes the difference" {
	all_held rst 7
	in_order '*scene 1 of 7*' \
		'wire*server:7000 → client:* *FIN,ACK *' \
		'*scene 2 of 7*' \
		'wire*server:7000 → client:* *RST,ACK *' \
		'client*recvfrom(*) = -1 ECONNRESET*' \
		'client*recvfrom(*) = 0' \
		'client*sendto(*) = -1 EPIPE*' \
		'client*--- SIGPIPE {*} ---' \
		'*scene 3 of 7*' \
		'wire*server:7000 → client:* *RST *' \
		'client*--- SIGPIPE {*} ---' \
		'*scene 4 of 7*' \
		'client*sendto(*MSG_NOSIGNAL*) = -1 ECONNRESET*' \
		'client*sendto(*MSG_NOSIGNAL*) = -1 EPIPE*' \
		'*scene 5 of 7*' \
		'server*setsockopt(*SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0' \
		'wire*server:7000 → client:* *RST,ACK *' \
		'*scene 6 of 7*' \
		'wire*server:7000 → client:* *FIN,ACK *' \
		'*scene 7 of 7*' \
		'wire*server:7000 → client:* *RST,ACK *'
	in_order '*scene 6 of 7*' 'server*+++ killed by SIGKILL +++' \
		'*scene 7 of 7*' 'server*+++ killed by SIGKILL +++'
}

# plain_held NAME SCENES: each has held; what could not be observed is named
# with its reason, and is neither seen nor missing.
plain_held() {
	local held='^(held|nothing to hold it to): ([0-9]+) of \2 seen'
	local unseen

	held+='(, [1-9][0-9]* not observable here)?$'
	need "user namespaces" unshare -Urn true
	ended "$1"
	assert_success
	assert_equal "$(grep -cE "$held" <<<"$output")" "$2"
	refute_line --regexp '^(not held|different)'
	refute_output --partial '✗'
	unseen=$(sed -nE 's/^[hn].*: .*, ([0-9]+) not observable here$/+\1/p' \
		<<<"$output" | tr -d '\n')
	assert_equal "$(grep -c '^ ~ ' <<<"$output")" $((unseen))
	[ $((unseen)) = 0 ] ||
		assert_line --regexp 'not observable here, because .{20,}'
}

# seen_in SCENES: what needs neither the wire nor a setting is seen,
# and not put off, in so many scenes.
seen_in() {
	assert_equal "$(grep -cE '^held: [1-9]' <<<"$output")" "$1"
}

@test "handshake, in plain mode" {
	plain_held handshake.plain 7
	assert_line --regexp 'not observable here, because .*wire'
	in_order 'tcp*server:7102 ? LISTEN queue 1 of 5' \
		'client*connect(*) = -1 ECONNREFUSED*'
	# On the machine's lo a frame is known to be ours only afterwards.
	in_order 'wire*server:7103 → client:* *RST,ACK *'
	seen_in 4
}

@test "teardown, in plain mode" {
	plain_held teardown.plain 5
	seen_in 2
}

@test "timewait, in plain mode" {
	plain_held timewait.plain 6
	in_order 'tcp*server:7301 client:* *TIME-WAIT 60 s left' \
		'again*bind(*) = -1 EADDRINUSE*'
	seen_in 5
}

@test "in plain mode, a port that is in use before is no failure of the lab" {
	local why='not observable here, because without a box the ports are the'

	need "user namespaces" unshare -Urn true
	ended twice
	assert_failure 3
	refute_output --partial '✗'
	# What the kernel says of it has nothing to do with the question.
	in_order 'server*bind(*) = -1 EADDRINUSE*' "$why*" \
		'and 7301 was in use before: 127.0.0.2:7301 *' \
		'?~ server*bind(*) = 0' '?~ again*bind(*) = -1 EADDRINUSE?' \
		'nothing to hold it to: 0 of 0 seen, 18 not observable here'
	refute_line --partial 'The kernel says'
	assert_output --partial 'TIME-WAIT'
}

@test "backlog, in plain mode" {
	plain_held backlog.plain 6
	assert_line --regexp "not observable here, because .*counters"
	in_order 'tcp*server:7000 ? LISTEN queue 6 of 5' \
		'tcp*client:* server:7000 SYN-SENT retransmit 1*'
	seen_in 1
}

@test "oob, in plain mode" {
	plain_held oob.plain 9
	in_order 'wire*URG seq 1:4 *urg 3 *' 'receiver*--- SIGURG {*} ---'
	seen_in 9
}

@test "rst, in plain mode" {
	plain_held rst.plain 7
	in_order 'wire*server:7000 → client:* *RST,ACK *' \
		'client*recvfrom(*) = -1 ECONNRESET*'
	seen_in 7
}

@test "where packet sockets are refused too, that is the reason given" {
	local lab

	for lab in "${NET_LABS[@]}"; do
		plain_held "$lab.lo" "$(grep -c '^## ' "$TOP/labs/$lab/README.md")"
		assert_line --partial 'no glass box here'
		refute_line --regexp '^( ✓)? +[0-9.]+ +wire '
		assert_line --regexp 'not observable here, because packet sockets'
		assert_line --regexp '^ ✓ +[0-9.]+ +tcp '
	done
}

# not_held TWIN LINE PROSE: with the broken program the scene has not held, the
# missing line (that matches the expression LINE) is named with its place, and
# what would explain it, PROSE, is not said.
not_held() {
	local lab=${1%/*}

	need_box
	ended "$lab.box"
	assert_output --partial "$3"
	ended "${1//[\/:]/.}"
	assert_failure 1
	assert_line --regexp '^not held: '
	assert_line --regexp "^ ✗ (did not come|came, and must not): +$2"
	assert_line --regexp "$lab/README\\.md:[0-9]+"
	refute_output --partial "$3"
}

@test "handshake does not hold if the client says nothing" {
	not_held handshake/client:1 'client +write\(\*, "hello", 5\) = 5' \
		'Established on both sides'
}

@test "handshake does not hold if the server accepts at once" {
	not_held handshake/server:2 'server +read\(0, \.\.\.\) blocks' \
		'Some textbooks'
}

@test "handshake does not hold if somebody listens" {
	not_held handshake/late:3 'client +connect\(\*\) = -1 ECONNREFUSED' \
		'A port that is only bound'
}

@test "handshake does not hold if the program does without SIGPIPE" {
	not_held handshake/door:6 'server +--- SIGPIPE ' \
		'With the process, the listening socket is gone'
}

@test "teardown does not hold if the client does not close" {
	not_held teardown/client:1 'client +close\(\*\) = 0' \
		'The client has called `close()`.'
}

@test "teardown does not hold if the server never closes" {
	not_held teardown/server:1 'server +close\(\$fd\) = 0' \
		'The second FIN.'
}

@test "teardown does not hold if the server waits for the other to close" {
	not_held teardown/hasty:3 'tcp +server:7203 client:\$port FIN-WAIT-1' \
		'Two FINs on the wire'
}

@test "teardown does not hold if both directions are shut down" {
	not_held teardown/half:4 'client +shutdown\(\*, SHUT_WR\) = 0' \
		'On the wire it is the same FIN'
}

@test "timewait does not hold if the wrong side closes first" {
	not_held timewait/client:1 \
		'tcp +server:7301 client:\$port TIME-WAIT 60 s left' \
		'The connection is over'
}

@test "timewait does not hold if SO_REUSEADDR is exchanged: with it" {
	not_held timewait/server:1 'again +bind\(\*\) = -1 EADDRINUSE' \
		'No process has the port'
}

@test "timewait does not hold if SO_REUSEADDR is exchanged: without it" {
	not_held timewait/server:2 'server +setsockopt\(\*, SOL_SOCKET, SO_REU' \
		'The second server listens'
}

@test "backlog does not hold if the backlog is off by one" {
	not_held backlog/server:1 'server +listen\(\*, \$n\) = 0' \
		'The client has come to its'
}

@test "backlog does not hold if connect() does not wait" {
	not_held backlog/client:1 'client +read\(0, \.\.\.\) blocks' \
		'The client has come to its'
}

@test "backlog does not hold if the ghost closes" {
	local missing='tcp +ghost:\$port server:7000'

	# The FIN is so early that ESTABLISHED is not seen; or, on a busy
	# machine, it is what makes the connection before a SYN,ACK is repeated.
	missing+='|wire +server:7000 > ghost:\$port SYN,ACK'
	not_held backlog/talk:5 "($missing)" \
		'On the server'\''s side there is not even the request'
}

@test "oob does not hold if nothing is urgent" {
	not_held oob/sender:1 'wire +sender:\$port > receiver:7000 PSH,ACK,URG' \
		'New are the flag URG'
}

@test "oob does not hold if SO_OOBINLINE is exchanged" {
	not_held oob/receiver:4 'receiver +setsockopt\(\*, SOL_SOCKET, SO_OOBI' \
		'With MSG_OOB there is nothing'
}

@test "oob does not hold if the urgent byte is never fetched" {
	not_held oob/select:7 'receiver +recvfrom\(\*, "a", 1, MSG_OOB' \
		'The condition is exceptional'
}

@test "oob does not hold if F_SETOWN is exchanged: without it" {
	not_held oob/sigurg:8 'receiver +fcntl\(\*, F_SETOWN, \*\) = 0' \
		'Ordinary data brings no signal'
}

@test "oob does not hold if F_SETOWN is exchanged: with it" {
	not_held oob/sigurg:9 'receiver +fcntl\(\*, F_SETOWN, \*' \
		'No. The kernel sends SIGURG'
}

@test "rst does not hold if nothing is unread" {
	not_held rst/server:2 'wire +server:7000 > client:\$port RST,ACK' \
		'A FIN would say that all is well'
}

@test "rst does not hold if MSG_NOSIGNAL is exchanged: with it" {
	not_held rst/client:2 'client +sendto\(\*, "hello\\n", 6, 0, ' \
		'The data lies in the server'
}

@test "rst does not hold if MSG_NOSIGNAL is exchanged: without it" {
	not_held rst/client:4 'client +sendto\(\*, "hello\\n", 6, MSG_NOSIGNAL' \
		'The error that waits in the socket'
}
