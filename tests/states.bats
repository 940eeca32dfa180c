#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031	# bats sets output and status
#
# The TCP states that are told are those that ss sees inside the hosts, at each
# frame that is held.

setup() {
	load helper
	load net
	need_box
	need ss ss -V
}

teardown() {
	end_leftovers
}

# names: what ss says on standard input, in our words: state, ends, and the
# queue and its limit where somebody listens. A host is known by its address.
names() {
	sed -E -e 's/10\.0\.0\.1:/client:/g; s/10\.0\.0\.2:/server:/g' \
		-e 's/0\.0\.0\.0:\*/*/' \
		-e 's/^SYN-RECV /SYN-RECEIVED /; s/^ESTAB /ESTABLISHED /' |
		awk '{ print $1, $4, $5, $1 == "LISTEN" ? $2 " of " $3 : "" }' |
		sed 's/ *$//' | sort
}

# told FILE HOST [WHO]: of a run as JSON, the states on the host when WHO had
# ended; at the end, without one.
told() {
	jq -rs --arg host "$2" --arg who "${3-}" '
		(map(select(.type == "event" and $who != "" and .who == $who and
			(.text | startswith("+++"))))[0].t // infinite) as $over |
		map(select(.type == "event" and .who == "tcp" and .t < $over and
			.host == $host)) | sort_by(.t) |
		reduce .[] as $e ({}; .["\($e.from) \($e.to)"] = $e) |
		map(select(.state != "CLOSED"))[] |
		"\(.state) \(.from) \(.to)" +
			(.text | capture(" queue (?<q>\\d+ of \\d+)") //
			{q: null} | if .q then " \(.q)" else "" end)' "$1" |
		sort
}

# looked FILE WHO: what ss, as the actor WHO, wrote.
looked() {
	jq -r --arg who "$2" 'select(.type == "event" and .who == $who and
		.call == "write" and (.args | startswith("1, "))).args |
		capture("^1, (?<text>\".*\"), \\d+$").text | fromjson' "$1" |
		sed '/^$/d' | names
}

# agree SCENE LOOKS: each look of this scene, and there are so many.
agree() {
	local host look count=0

	net_handouts states
	underglass --json run "$HOME/states.md" "$1" |
		grep -v '"folded":true' >"$HOME/run"
	tail -n 1 "$HOME/run" | grep -q '"held":true' ||
		fail "$(tail -n 3 "$HOME/run")" || return
	for look in $(jq -r 'select(.type == "event" and .call == "execve" and
			(.who | test("^[cs][0-9]+$"))).who' "$HOME/run"); do
		host=client
		[[ $look == c* ]] || host=server
		told "$HOME/run" $host "$look" >"$HOME/told"
		looked "$HOME/run" "$look" >"$HOME/ss"
		run diff -u "$HOME/told" "$HOME/ss"
		[ "$status" = 0 ] || fail "$look: $output" || return
		cat "$HOME/ss" >>"$HOME/all"
		count=$((count + 1))
	done
	assert_equal "$count" "$2"
}

# were STATE...: each of them was there, at some time.
were() {
	local state

	for state; do
		grep -q "^$state " "$HOME/all" || fail "$state was never seen" ||
			return
	done
}

@test "states agree with ss, from SYN-SENT to TIME-WAIT" {
	agree 1 20
	were LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 CLOSE-WAIT \
		FIN-WAIT-2 LAST-ACK TIME-WAIT
}

@test "states agree with ss where both sides close at once" {
	agree 2 6
	were FIN-WAIT-1 CLOSING TIME-WAIT
}

@test "states agree with ss in what waits to be accepted" {
	agree 3 2
	grep -qx 'LISTEN server:7000 \* 1 of 5' "$HOME/all"
	# Two on each side, of which one is not accepted.
	assert_equal "$(grep -c ^ESTABLISHED "$HOME/all")" 4
	grep -q '"server:7000 client:[0-9]* ESTABLISHED unread 6"' "$HOME/run"
}

# pid_of ACTOR: the outside's number of a process that this test began.
pid_of() {
	underglass pids | awk -v name="$1" '$2 == name { print $1 }' |
		grep -xF "$(left_over)"
}

@test "states agree with ss from outside, while a frame is held" {
	local host

	net_handouts stand
	"$UNDERGLASS" --json --hold run "$HOME/stand.md" >"$HOME/run" 3>&- 4>&- &
	wait_until 20 grep -q '"type":"verdict"' "$HOME/run"
	for host in client server; do
		told "$HOME/run" $host >"$HOME/told"
		nsenter -t "$(pid_of $host)" -U --preserve-credentials -n \
			ss -tanH | names >"$HOME/ss"
		run diff -u "$HOME/told" "$HOME/ss"
		assert_success
	done
	grep -q '^SYN-RECEIVED server:7000 client:' "$HOME/ss"
	kill -TERM $!
	wait $! || true
	no_leftovers
}
