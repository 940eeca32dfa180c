#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031	# bats sets output and status
# shellcheck disable=SC2016	# a handout's own $ and `
#
# What went over the wire, kept: tshark has nothing to complain of in the
# capture of any scene, and decodes it as we do. What was dropped, or is still
# held, is not in it.

# Where nothing comes through the wire, there is nothing to keep.
SILENT=(handshake.7 timewait.5)

setup_file() {
	local lab scene

	load helper
	load net
	can_box || return 0
	cd "$HOME" || return
	net_handouts first matching late six refused released
	for lab in backlog "${NET_LABS[@]/backlog/}" first.md matching.md \
		late.md six.md refused.md released.md; do
		[ -n "$lab" ] || continue
		for scene in $(seq "$(scenes "$lab")"); do
			begin "$lab.$scene" record "$lab" "$scene"
		done
	done
	wait_for_begun
}

# scenes LAB: how many.
scenes() {
	if [ -e "$HOME/$1" ]; then
		grep -c '^## ' "$HOME/$1"
	else
		grep -c '^## ' "$TOP/labs/$1/README.md"
	fi
}

# record LAB SCENE: its recording, its capture, and what tshark has to say
# about that. The ports mean nothing: it is not to guess what is spoken there.
record() {
	local name=$1.$2 status=0

	date +%s >"$name.from"
	underglass < <(printf '%s\n' "run $1 $2" "save $name.jsonl" \
		"save $name.pcap") || status=$?
	date +%s >"$name.to"
	if [ -e "$name.pcap" ] && command -v tshark >/dev/null; then
		tell "$name.pcap" >"$name.told"
	fi
	return $status
}

tell() {
	local options=() field

	for field in frame.time_epoch tcp.srcport tcp.dstport tcp.flags \
		tcp.seq tcp.ack tcp.len tcp.urgent_pointer data.data \
		ip.checksum.status tcp.checksum.status udp.checksum.status \
		icmp.checksum.status icmpv6.checksum.status \
		_ws.expert.message; do
		options+=(-e "$field")
	done
	tshark -n -r "$1" -o ip.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-o ip.defragment:FALSE -d tcp.port==1-65535,data \
		-d udp.port==1-65535,data -T fields -E separator='|' \
		-E aggregator=';' "${options[@]}" 2>/dev/null
}

setup() {
	load helper
	load net
	need_box
	need tshark tshark --version
	cd "$BATS_FILE_TMPDIR" || return
}

teardown_file() {
	HOME=$BATS_FILE_TMPDIR end_leftovers
}

# fields N,N...: of what tshark has told on standard input. The first fields
# are time, ports, flags, seq, ack, len and the urgent pointer.
fields() {
	cut -d '|' -f "$1"
}

# clean FILE: of what tshark told about a capture. A repeated segment is no
# fault if it is one: the same has gone before. Sums are 1 where they are good.
clean() {
	local time port to flags seq len ip tcp udp icmp six said
	local one sum before=$'\n' segment

	while IFS='|' read -r time port to flags seq _ len _ _ ip tcp udp \
		icmp six said; do
		# A message of ICMP has a datagram's head in it, with sums too.
		for sum in ${ip//;/ } $tcp ${udp//;/ } $icmp $six; do
			[ "$sum" = 1 ] || fail "$1, $time: a bad checksum" ||
				return
		done
		segment="$port $to $flags $seq $len"
		while IFS= read -r one; do
			welcome "$one" "$segment" "$before" ||
				fail "$1, $time, $segment: $one" || return
		done <<<"${said//;/$'\n'}"
		before+=$segment$'\n'
	done <"$1"
	[ -n "$time" ] || [ "$before" != $'\n' ] || fail "$1: nothing in it"
}

# welcome REMARK SEGMENT BEFORE
welcome() {
	case $1 in
	'' | 'Connection establish '* | 'Connection finish (FIN)' | \
		'Connection reset (RST)' | 'This frame initiates the conn'* | \
		'This frame undergoes the connection closing')
		return 0 ;;
	'This frame is a (suspected) '*)
		[[ $3 == *$'\n'$2$'\n'* ]] ;;
	'Duplicate ACK '* | 'D-SACK Sequence')
		grep -q . <<<"$(sort <<<"$3" | uniq -d)" ;;
	*)
		return 1 ;;
	esac
}

# as_told FILE: of each TCP segment that tshark has told of: ports, flags,
# numbers and length, in the order of time.
as_told() {
	local time port to flags seq ack len urg rest

	sort -s -t '|' -k 1,1 "$1" |
		while IFS='|' read -r time port to flags seq ack len urg rest
		do
			[ -n "$port" ] || continue
			[ $((flags & 16)) != 0 ] || ack=-
			[ $((flags & 32)) != 0 ] || urg=-
			echo "$port $to $((flags)) $seq $ack $len $urg"
		done | without_base
}

# Where a RST is all that came from one end, its number is relative to nothing:
# tshark shows 1, and we what is in it.
without_base() {
	awk '!seen[$1, $2]++ && $3 == 20 { $4 = "-" } 1'
}

# as_decoded FILE: the same of a recording, from the text of each wire event
# that was neither held nor dropped.
as_decoded() {
	jq -rs 'map(select(.type == "event" and .who == "wire" and
			(.fate | IN("held", "dropped") | not))) |
		sort_by(.t)[].text |
		capture("^\\S+:(?<port>\\d+) > \\S+:(?<to>\\d+) +" +
			"(?<flags>[A-Z,]+) seq (?<seq>\\d+)(:\\d+)?" +
			"( ack (?<ack>\\d+))? win \\d+" +
			"( urg (?<urg>\\d+))?( len (?<len>\\d+))?") |
		"\(.port) \(.to) \(.flags / "," | map({FIN: 1, SYN: 2, RST: 4,
			PSH: 8, ACK: 16, URG: 32}[.]) | add) \(.seq) " +
			"\(.ack // "-") \(.len // 0) \(.urg // "-")"' "$1" |
		without_base
}

# recorded LAB: the names of its scenes' recordings that have a capture.
recorded() {
	local scene name

	for scene in $(seq "$(HOME=$BATS_FILE_TMPDIR scenes "$1")"); do
		name=$1.$scene
		if [[ " ${SILENT[*]} " == *" $name "* ]]; then
			ended "$name"
			assert_failure 3
			assert_line --partial 'nothing went over a wire'
			refute [ -e "$name.pcap" ]
			assert_equal "$(as_decoded "$name.jsonl")" ''
			continue
		fi
		ended "$name"
		assert_success
		assert [ -s "$name.pcap" ]
		captures+=("$name")
	done
}

# agree LAB: both checks, on each of its scenes.
agree() {
	local captures=() name

	recorded "$1"
	for name in "${captures[@]}"; do
		clean "$name.told"
		as_told "$name.told" >told
		as_decoded "$name.jsonl" >decoded
		assert [ -s decoded ]
		run diff -u told decoded
		assert_success
	done
}

@test "handshake: tshark agrees" {
	agree handshake
}

@test "teardown: tshark agrees" {
	agree teardown
}

@test "timewait: tshark agrees" {
	agree timewait
}

@test "backlog: tshark agrees" {
	agree backlog
}

@test "oob: tshark agrees" {
	agree oob
}

@test "rst: tshark agrees" {
	agree rst
}

@test "UDP, ICMP and IPv6: tshark has no complaint" {
	local captures=() name

	recorded six.md
	recorded refused.md
	recorded first.md
	for name in "${captures[@]}"; do
		clean "$name.told"
	done
	grep -q ICMPv6 <<<"$(jq -r '.text? // ""' six.md.2.jsonl)"
	[ "$(fields 14 <six.md.2.told | sort -u | tail -1)" = 1 ]
	[ "$(fields 13 <refused.md.1.told | sort -u | tail -1)" = 1 ]
}

@test "a capture with a wrong byte, or without a segment, is found out" {
	clean oob.1.told
	cp oob.1.pcap wrong.pcap
	# The last byte of the last frame, turned round.
	printf '\xff' | dd of=wrong.pcap bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s wrong.pcap) - 1))
	tell wrong.pcap >wrong.told
	run clean wrong.told
	assert_failure
	assert_output --partial 'a bad checksum'
	grep -v '|0x0018|\|0x0038|' oob.1.told >wrong.told
	assert_not_equal "$(as_told wrong.told)" "$(as_decoded oob.1.jsonl)"
	need editcap editcap --version
	editcap oob.1.pcap less.pcap 4
	tell less.pcap >less.told
	run clean less.told
	assert_failure
}

# arrived NAME: the data that went over the wire, as text.
arrived() {
	ended "$1" >&2
	assert_success >&2
	printf '%b' "$(fields 9 <"$1.told" | sed 's/../\\x&/g')" | grep .
}

@test "what was dropped, or is still held, is not in the capture" {
	assert_equal "$(arrived first.md.1)" $'one\nthree\nfour'
	assert_equal "$(arrived matching.md.2)" $'one\nthree\ntwo'
	run jq -r 'select(.fate == "dropped").text' matching.md.2.jsonl
	assert_equal "${#lines[@]}" 2
}

@test "what went later, or twice, is in it so" {
	assert_equal "$(arrived matching.md.1)" $'one\nthree\ntwo\ntwo more'
	assert_equal "$(arrived late.md.2)" $'one\none\ntwo'
}

@test "stamps are of that time, in nanoseconds" {
	local name

	for name in timewait.1 oob.1 six.md.2; do
		run od -A n -N 4 -t x1 "$name.pcap"
		assert_output ' 4d 3c b2 a1'
		run fields 1 <"$name.told"
		[ "${lines[0]%.*}" -ge "$(cat "$name.from")" ]
		[ "${lines[-1]%.*}" -le "$(cat "$name.to")" ]
		# Not all of them by chance on a whole microsecond.
		assert_line --regexp '\.[0-9]{6}([1-9]..|.[1-9].|..[1-9])$'
	done
}

@test "frames are in the order of time, also where several are released" {
	local name

	for name in *.told; do
		[ "$name" != wrong.told ] || continue
		fields 1 <"$name" >order
		sort -n order | diff order - ||
			fail "$name is not in the order of time" || return
	done
	assert_equal "$(wc -l <released.md.1.told)" 8
}

@test "the frames that save counts are those in the file" {
	ended timewait.1
	assert_line "timewait.1.pcap: $(wc -l <timewait.1.told) frames"
}

@test "the ladder of every scene fits into 80 columns" {
	local name line

	for name in *.jsonl; do
		run underglass view "$name" ladder
		assert_success
		while IFS= read -r line; do
			[ ${#line} -le 80 ] ||
				fail "$name: ${#line} columns: $line" || return
		done <<<"$output"
	done
}
