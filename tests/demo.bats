#!/usr/bin/env bats
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# What a teacher's bats files use: it finds what came, and what did not.

setup() {
	load helper
	load underglass
}

# came WHO TEXT...: as if these events had been played.
came() {
	# shellcheck disable=SC2034	# for underglass.bash
	UG_EVENTS=() UG_FOUND=-1
	while [ $# != 0 ]; do
		UG_EVENTS+=("$1"$'\t'"$2")
		shift 2
	done
}

a_close() {
	came server 'close(3) = 0' \
		wire 'server:7000 > client:40001 FIN,ACK seq 1 ack 1 win 64' \
		server 'read(0, "a*b[c]\n", 64) = 7' \
		wire 'client:40001 > server:7000 ACK seq 1 ack 2 win 64'
}

@test "saw finds by who and by the whole text" {
	a_close
	saw server 'close(3) = 0'
	saw server 'close(*) = 0'
	saw wire 'server:7000   >   client:* FIN,ACK *'
	# shellcheck disable=SC2016	# a handout's name
	saw wire 'server:7000 > client:$port FIN,ACK*'
	run saw client 'close(*) = 0'
	assert_failure 1
	run saw server 'close(*)'
	assert_failure 1
	assert_output --partial 'did not come: server  close(*)'
	assert_output --partial 'read(0, "a*b[c]'
	refute_output --partial FIN
	run saw serverr 'close(*) = 0'
	assert_failure 1
	assert_output --partial 'nothing; there were: server wire'
	for call in saw later never; do
		run "$call" server close '(*) = 0'
		assert_failure 2
		assert_output "$call takes WHO and one 'PATTERN', in quotes"
	done
}

@test "nothing but * and a name is special in a pattern" {
	a_close
	saw server 'read(0, "a\*b[c]\n", *) = 7'
	saw server 'read(0, "*\n", *) = 7'
	for pattern in 'read(0, "a\*b[abc]\n", 64) = 7' 'c?ose(3) = 0' \
		'read(0, "a\*\*b[c]\n", 64) = 7' 'close(3) = 0|x'; do
		run saw server "$pattern"
		assert_failure 1
	done
}

@test "later asks for the order" {
	a_close
	saw server 'close(*) = 0'
	later wire '*FIN*'
	later wire 'client:* ACK *'
	run later wire '*FIN*'
	assert_failure 1
	assert_output --partial 'did not come after wire  client:40001'
	saw wire '*FIN*'
	run later server 'close(*) = 0'
	assert_failure 1
	a_close
	run later wire '*FIN*'
	assert_failure 2
}

@test "never fails on what came, and where nothing could have come" {
	a_close
	never wire '*RST*'
	never client '*'
	run never wire '*FIN*'
	assert_failure 1
	assert_output --partial 'came, and must not'
	run never wrie '*RST*'
	assert_failure 1
	assert_output --partial 'could not have come'
	saw server 'close(*) = 0'
	never wire '*RST*'	# and `later` still goes on from the close()
	later wire '*FIN*'
	run never wire '*'
	assert_failure 1
}

@test "play gives its evidence, and fails where it does not hold" {
	need_box
	handouts pair actor expects endless
	play "$HOME/pair.md"
	saw parent 'clone*(*) = *'
	later child 'read(*) blocks'
	run play no-such-lab
	assert_failure 2
	cat >"$HOME/wrong.md" <<-'E'
		# Wrong

		What never comes.

		## Only scene

		```lab
		> limit 1
		> start parent ./pair
		parent  no_such_call(*) = 0
		```
	E
	run play "$HOME/wrong.md"
	assert_failure 1
	assert_output --partial 'no_such_call'
	assert_output --partial 'exit status 1'
	no_leftovers
}

@test "UNDERGLASS_SHOW=1 shows the trace among bats' lines" {
	need_box
	handouts pair actor
	printf '%s\n' "@test 'a pair' {" "source '$TOP/tests/underglass.bash'" \
		"play '$HOME/pair.md'" '}' >"$HOME/shown.bats"
	# Without what this bats has told its children.
	bats_alone=(env -i PATH=/usr/local/bin:/usr/bin:/bin "HOME=$HOME"
		"UNDERGLASS=$UNDERGLASS")
	run "${bats_alone[@]}" UNDERGLASS_SHOW=1 bats --tap "$HOME/shown.bats"
	assert_success
	assert_line --regexp '^# .* parent +clone'
	assert_line 'ok 1 a pair'
	run "${bats_alone[@]}" bats --tap "$HOME/shown.bats"
	assert_success
	refute_line --regexp '^# .* parent +clone'
}

@test "the demos are installed, too, and can be played where they lie" {
	need_box
	make -s -C "$TOP" BUILD="$(dirname "$UNDERGLASS")" DESTDIR="$HOME/to" \
		PREFIX=/usr -n install >"$HOME/plan"
	run grep -F "$HOME/to/usr/share/underglass/bats/demos/" "$HOME/plan"
	assert_success
	mkdir -p "$HOME/bats/demos"
	cp "$TOP/tests/underglass.bash" "$HOME/bats"
	cp "$TOP/tests/demos/zombie.bats" "$HOME/bats/demos"
	run env -i PATH=/usr/local/bin:/usr/bin:/bin "HOME=$HOME" \
		"UNDERGLASS=$UNDERGLASS" \
		bats --tap "$HOME/bats/demos/zombie.bats"
	assert_success
	assert_line --regexp '^ok 1 '
}

@test "it is installed with the program, and finds it" {
	need_box
	make -s -C "$TOP" BUILD="$(dirname "$UNDERGLASS")" DESTDIR="$HOME/to" \
		PREFIX=/usr -n install >"$HOME/plan"
	run grep -F "$HOME/to/usr/share/underglass/bats/underglass.bash" \
		"$HOME/plan"
	assert_success
	mkdir -p "$HOME/to/bin" "$HOME/to/share/underglass/bats"
	cp "$TOP/tests/underglass.bash" "$HOME/to/share/underglass/bats"
	ln -s "$UNDERGLASS" "$HOME/to/bin/underglass"
	run env -u UNDERGLASS bash -c "
		source $HOME/to/share/underglass/bats/underglass.bash
		play zombie 1
		saw child 'exit_group(7) = ?'
		type ug_program >/dev/null && ug_program version"
	assert_success
	assert_output --regexp '^underglass [0-9]'
}
