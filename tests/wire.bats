#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031	# bats sets output and status
# shellcheck disable=SC2016	# a handout's own $ and `
#
# Hosts, and the wire between them: what is held is not delivered, what is let
# go is, and all of it is told. The handouts are small; what they expect is the
# larger part of each test.

setup() {
	load helper
	load net
	need_box
}

teardown() {
	end_leftovers
}

# play NAME [SCENE]: a handout of ours, which holds.
play() {
	net_handouts "$1"
	run underglass run "$HOME/$1.md" "${@:2}"
	assert_success
	assert_line --regexp '^held: ([1-9][0-9]*) of \1 seen$'
	refute_line --regexp '^not held'
}

# script LINE...: from standard input, in $HOME.
script() {
	cd "$HOME" || return
	run underglass < <(printf '%s\n' "$@")
}

# told_by WIRE: the N-th time that "wire" alone was asked, what it said.
told_by() {
	awk -v n="$1" '/^> wire$/ { i++; on = 1; next }
		on && /^(> |[ ]+(✓ )?[ ]*[0-9]+\.[0-9])/ { on = 0 }
		on && i == n' <<<"$output"
}

@test "a frame that is held is not delivered until it is let go" {
	play held
	in_order 'wire*client:* → server:7000 *SYN seq 0 *?held?' \
		'wire*client:* → server:7000 *SYN seq 0 *?let go?' \
		'wire*server:7000 → client:* *SYN,ACK *?held?' \
		'wire*server:7000 → client:* *SYN,ACK *?let go?' \
		'wire*client:* → server:7000 *ACK seq 1 ack 1 *?held?' \
		'wire*client:* → server:7000 *ACK seq 1 ack 1 *?let go?' \
		'server*accept(*) = *'
}

@test "next and drop take the first that are held, or the first N" {
	play first
	run jq -rRn '[inputs | capture("server +read\\(3, (?<t>\".*\"), 256") |
		.t | fromjson] | add' <<<"$output"
	assert_output "$(printf 'one\nthree\nfour\n')"
}

@test "wire alone says what is held, and what is being done" {
	play first
	assert_equal "$(told_by 1)" 'nothing is held'
	run told_by 2
	assert_equal "${#lines[@]}" 7
	assert_line --index 0 'holding every frame'
	assert_line --index 1 --regexp '^ +1  client:[0-9]+ . server:7000 +UDP'
	assert_line --index 1 --partial '"one\n"'
	assert_line --index 6 --regexp '^ +6 .*"six\\n"$'
	play first
	run told_by 3
	assert_equal "${#lines[@]}" 3
	assert_line --index 1 --regexp '^ +1 .*"five\\n"$'
	assert_line --index 2 --regexp '^ +2 .*"six\\n"$'
	play matching
	assert_equal "$(told_by 1)" $'holding *two*\nnothing is held'
	assert_equal "$(told_by 2)" $'dropping *two*\nnothing is held'
	script 'hosts client server' 'wire delay 300' 'wire hold *two*' \
		'wire drop *one*' 'wire double' wire
	assert_success
	in_order 'holding ?two?' 'dropping ?one?' 'delaying by 300 ms' \
		'doubling the next that arrives' 'nothing is held'
}

@test "wire alone tells what is delayed from what is held" {
	net_handouts
	script 'hosts client server' \
		'start client ./peer throw $server 7000' 'wire hold *two*' \
		'wire delay 60000' 'type client two' 'type client one' 'wire'
	assert_success
	in_order '1 *client:* > server:7000  UDP len 4 "two?n"' \
		'2 *client:* > server:7000  UDP len 4 "one?n" ?delayed?'
}

@test "datagrams that are alike are held each, and segments sent again once" {
	net_handouts
	script 'hosts client server' \
		'start server ./peer catch $server 7000' "$(ready 7000)" \
		'start client ./peer throw $server 7000' 'wire hold' \
		'type client same' 'type client same' 'wire' 'wire release' \
		'type client ^D' 'wait client'
	assert_success
	in_order '1 *UDP len 5 "same?n"' '2 *UDP len 5 "same?n"'
	assert_equal "$(grep -cE 'server +read\(3, "same\\n"' <<<"$output")" 2
	refute_output --partial 'held again'
}

@test "what wire says alone is JSON among JSON Lines" {
	net_handouts first
	underglass --json run "$HOME/first.md" >"$HOME/lines"
	run jq -es 'length > 0' "$HOME/lines"
	assert_output true
	grep -q '"holding every frame' "$HOME/lines"
}

@test "a pattern holds, or drops, only what matches; release ends both" {
	play matching
	in_order '*scene 3 of 3*' \
		'wire*server:7000 → client:* *SYN,ACK *?dropped?' \
		'wire*server:7000 → client:* *SYN,ACK *' \
		'client*connect(*) = 0'
}

@test "delay: each frame takes so long" {
	net_handouts late
	underglass --json run "$HOME/late.md" 1 >"$HOME/late"
	run jq -s 'def t(who; what): map(select(.type == "event" and
			.who == who and (.text | contains(what))))[0].t;
		[t("wire"; "one"), t("wire"; "two")] as [$one, $two] |
		t("server"; "one") - $one >= 0.3 and
		t("server"; "two") - $two >= 0.3' "$HOME/late"
	assert_output true
	run jq -s 'map(select(.type == "verdict").held)' -c "$HOME/late"
	assert_output '[true]'
}

@test "double: the next frame goes twice, and only that one" {
	play late 2
	assert_equal "$(grep -cE 'wire .*"one\\n" \[doubled\]$' \
		<<<"$output")" 1
	assert_equal "$(grep -cE 'server +read\(3, "one\\n"' <<<"$output")" 2
	assert_equal "$(grep -cE 'server +read\(3, "two\\n"' <<<"$output")" 1
}

@test "more than two hosts: names, addresses, and none sees another's" {
	play hosts
	assert_line --regexp '^> start a \./peer call 10\.0\.0\.[0-9]+ 7000$'
	run sed -nE 's/^> start [a-z@]+ .*(10\.0\.0\.[0-9]+) .*/\1/p' \
		<<<"$output"
	assert_equal "$(sort -u <<<"$output" | wc -l)" 2
}

@test "IPv6 goes between hosts, and is decoded" {
	play six
	in_order 'wire*SYN seq 0 *<mss 1440,*' \
		'wire*SYN,ACK *?held?' '*scene 2 of 2*' \
		'wire*server → client *ICMPv6 port unreachable (UDP client:*'
}

@test "a datagram that nobody wants: UDP, and the ICMP that it causes" {
	play refused
	in_order 'wire*client:* → server:9 *UDP len 6 "hello?n"' \
		'wire*server → client *ICMP port unreachable (UDP client:*)' \
		'client*write(*) = -1 ECONNREFUSED*'
}

@test "counters are differences, of each host's own" {
	play counted
	run sed '1,/scene 2 of 2/d' <<<"$output"
	assert_line --regexp ' count +server UdpNoPorts \+2$'
	refute_line --regexp ' count +client UdpNoPorts '
}

@test "sysctl is one host's, and not the machine's" {
	local before

	before=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	play settings
	assert_equal "$(cat /proc/sys/net/ipv4/ip_default_ttl)" "$before"
	[ "$before" != 33 ]
}

# refused STATUS TEXT LINE...: the last line of the script is refused, with a
# message that has TEXT in it, and nothing after it is played.
refused() {
	local status_wanted=$1 text=$2

	shift 2
	cd "$HOME" || return
	run_apart underglass < <(printf '%s\n' "$@" version)
	assert_equal "$status" "$status_wanted"
	refute_output --regexp 'underglass [0-9]'
	[[ $stderr == "standard input:$#: "*"$text"* ]] || fail "$stderr"
	assert_equal "$(wc -l <<<"$stderr")" 1
}

@test "what cannot be asked of the wire is refused, and why is said" {
	local two='hosts client server'

	refused 3 'hosts client server' 'wire hold'
	refused 2 'release' "$two" 'wire frobnicate'
	refused 2 'release' "$two" 'wire release now'
	refused 2 'delay MS' "$two" 'wire delay'
	refused 2 'delay MS' "$two" 'wire delay soon'
	refused 2 'next [N]' "$two" 'wire next 1 2'
	refused 2 'next [N]' "$two" 'wire next one'
	refused 2 '$nobody' "$two" 'wire hold $nobody > *'
	refused 2 'write >' "$two" 'wire hold client:* → server:7000 SYN*'
	refused 1 '0 frames' "$two" 'wire next'
	refused 1 '0 frames' "$two" 'wire hold' 'wire drop 2'
}

@test "numbers that are too large are refused, not cut" {
	local two='hosts client server'

	refused 2 '99999999999' "$two" 'wire delay 99999999999'
	refused 2 '4294967297' "$two" 'wire next 4294967297'
}

@test "what cannot be asked of hosts is refused, and why is said" {
	local two='hosts client server'

	refused 3 'host client already' "$two" 'hosts client'
	refused 2 "'1st'" 'hosts 1st'
	refused 2 '15 at most' 'hosts abcdefghijklmnop'
	refused 2 'hosts NAME' 'hosts'
	refused 3 '@client' "$two" 'start other true'
	refused 3 'no host nobody' "$two" 'start other@nobody true'
	refused 2 'no host nobody' "$two" 'ss nobody'
	refused 2 'no host nobody' "$two" \
		'sysctl nobody net.ipv4.ip_default_ttl 33'
	refused 3 'net.ipv4.nothing' "$two" 'sysctl client net.ipv4.nothing 1'
	refused 3 'Invalid argument' "$two" \
		'sysctl client net.ipv4.ip_default_ttl many'
	refused 3 '../kernel' "$two" 'sysctl client ../../kernel/hostname x'
}

@test "what cannot be kept is refused, and why is said" {
	local two='hosts client server'

	net_handouts late
	refused 3 'nothing went over' "$two" 'save x.pcap'
	refused 2 '.pcap' "run $HOME/late.md 2" 'save x.txt'
	refused 3 'No such file' "run $HOME/late.md 2" 'save nowhere/x.pcap'
	refused 3 'No such file' "run $HOME/late.md 2" 'save nowhere/x.jsonl'
	refused 3 'nothing has happened' 'ladder'
	[ ! -e "$HOME/x.pcap" ] && [ ! -e "$HOME/x.txt" ]
}

# ready PORT: two lines of a script, after which the server has its port.
ready() {
	echo "start ready@server sh -c 'until ss -tulnH | grep :$1; do :; done'"
	echo 'wait ready'
}

@test "a script can be the wire, too" {
	net_handouts
	script 'hosts client server' \
		'start server ./peer catch $server 7000' "$(ready 7000)" \
		'start client ./peer throw $server 7000' \
		'wire drop *one*' 'type client one' 'type client two' \
		'type client ^D' 'wait client' 'save x.jsonl'
	assert_success
	run jq -r 'select(.type == "event" and .who == "wire").text' x.jsonl
	assert_equal ${#lines[@]} 2
	assert_line --index 0 --regexp '"one\\n" \[dropped\]$'
	assert_line --index 1 --regexp '"two\\n"$'
	no_leftovers
}

@test "ss shows the sockets of all hosts, or of one" {
	net_handouts
	script 'hosts client server' \
		'start server ./peer serve $server 7000' "$(ready 7000)" \
		'start client ./peer call $server 7000' 'type client ^D' \
		'wait client' 'ss' 'ss client'
	assert_success
	in_order 'client*client:* server:7000 FIN-WAIT*' \
		'server*server:7000 ? LISTEN queue 0 of 5' \
		'server*server:7000 client:* *' \
		'client*client:* server:7000 FIN-WAIT*'
	assert_equal "$(grep -c '^server .*LISTEN' <<<"$output")" 1
}

# ladder_of HANDOUT [SCENE]: into $output.
ladder_of() {
	net_handouts "$1"
	script "run $1.md ${2-}" 'save x.jsonl'
	assert_success
	run underglass view x.jsonl ladder
	assert_success
}

@test "ladder: hosts are columns, held segments stop, and go on later" {
	ladder_of held
	in_order '*client *server' \
		'*│ ─* SYN seq 0 ─*▐ *│' '*SYN-SENT │ *│' \
		'*│ ─* SYN seq 0 ─*▶ │' \
		'*│ *▐─* SYN,ACK seq 0 ack 1 ─* │' '*│ *│ SYN-RECEIVED' \
		'*│ ◀─* SYN,ACK seq 0 ack 1 ─* │' \
		'*│ ─* ACK seq 1 ack 1 ─*▐ *│' '*ESTABLISHED │ *│' \
		'*│ ─* ACK seq 1 ack 1 ─*▶ │' '*│ *│ ESTABLISHED'
	in_order '*│ *│ listen()' '*│ *│ accept() ...' '*connect() │ *│' \
		'*│ *│ accept() = *'
}

@test "ladder: dropped segments are marked as such" {
	ladder_of matching 3
	in_order '*│ ─* SYN seq 0 ─*▶ │' \
		'*│ *✗─* SYN,ACK seq 0 ack 1 ─* │' \
		'*│ ◀─* SYN,ACK seq 0 ack 1 ─* │'
}

@test "ladder: three hosts, three columns" {
	ladder_of hosts
	in_order '*a *c *d' '*│ ─* SYN seq 0 ─*▶ │ *│' \
		'*│ *│ ◀─* UDP len 6 ─* │'
}

@test "ladder: what a segment is about fits, and no number is missing" {
	ladder_of hosts
	in_order '*│ ─* ACK ack 1 ─*▶ │ *│'
	refute_output --regexp ' (seq|ack|urg|len|id) [─▐✗]'
	script 'run oob 1' ladder
	assert_success
	in_order '*│ ─* PSH,ACK,URG seq 1:4 urg 3 ─*▶ │' \
		'*│ ◀─* ACK seq 1 ack 4 ─* │'
}

# narrow: the lines of $output have at most 80 columns.
narrow() {
	local line

	while IFS= read -r line; do
		[ ${#line} -le 80 ] || fail "${#line} columns: $line" ||
			return
	done <<<"$output"
}

@test "ladder: 80 columns suffice, and ASCII where that is all there is" {
	local name

	for name in held hosts six; do
		ladder_of "$name"
		assert_line --partial 'SYN-RECEIVED'
		narrow
		LANG=C run underglass view x.jsonl ladder
		assert_success
		in_order '*| -* SYN seq 0 -*'
		refute_output --regexp $'[^\t\n -~]'
		narrow
	done
	LANG=C run underglass view x.jsonl
	refute_output --regexp $'[^\t\n -~]'
	LANG=C ladder_of held
	LANG=C run underglass view x.jsonl ladder
	in_order '*| -* SYN seq 0 -*] *|' '*| -* SYN seq 0 -*> |'
	LANG=C ladder_of matching 3
	LANG=C run underglass view x.jsonl ladder
	in_order '*| *x-* SYN,ACK seq 0 ack 1 -* |'
}

@test "ladder shows the run, as view does its recording" {
	net_handouts held
	script 'run held.md' 'save x.jsonl' ladder
	assert_success
	underglass view x.jsonl ladder >drawn
	run tail -n "$(wc -l <drawn)" <<<"$output"
	assert_output "$(cat drawn)"
}
