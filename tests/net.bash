# shellcheck shell=bash
# shellcheck disable=SC2154	# bats sets output, lines and status
#
# net - what the bats files about hosts and the wire load besides helper
#
# A lab about the network waits more than it works: for timers of the kernel.
# So runs are begun side by side in setup_file, and each test asks for the one
# that it is about:
#
#	setup_file() {
#		BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
#		load helper
#		load net
#		begin timewait underglass run timewait
#		wait_for_begun
#	}
#	@test "..." {
#		ended timewait
#		assert_success
#		...

# shellcheck disable=SC2034	# for the files that load this
NET_LABS=(handshake teardown timewait backlog oob rst)

# begin NAME COMMAND...: its output into $BATS_FILE_TMPDIR/NAME.out, its exit
# status into NAME.status. So many at a time as the machine bears.
begin()
{
	local name=$1 rc=0

	shift
	while [ "$(jobs -rp | wc -l)" -ge $((3 * $(nproc))) ]; do
		wait -n || true
	done
	{
		"$@" >"$BATS_FILE_TMPDIR/$name.out" 2>&1 </dev/null || rc=$?
		echo $rc >"$BATS_FILE_TMPDIR/$name.status"
	} 3>&- 4>&- &
}

wait_for_begun()
{
	wait || true
}

# ended NAME: as if it were `run` now.
ended()
{
	run cat "$BATS_FILE_TMPDIR/$1.out"
	# shellcheck disable=SC2034	# for bats-assert
	status=$(<"$BATS_FILE_TMPDIR/$1.status")
}

can_box()
{
	unshare -Urnmpf true 2>/dev/null
}

# net_handouts NAME...: tests/fixtures/handouts-net/NAME.md, and the program
# that they all use, into $HOME.
net_handouts()
{
	local from=$TOP/tests/fixtures/handouts-net name

	for name; do
		cp "$from/$name.md" "$HOME" || return
	done
	[ -e "$HOME/peer" ] || ${CC:-cc} -O1 -o "$HOME/peer" "$from/peer.c"
}

# on_lo COMMAND...: in a network namespace that has nothing but lo. Plain mode
# is on the machine's own ports; here these are nobody else's.
on_lo()
{
	need "user namespaces" unshare -Urn true
	unshare -Urn sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# on_lo_without_box COMMAND...: and without a capability, so without AF_PACKET.
on_lo_without_box()
{
	on_lo "$BASH" -c "$(declare -f need without_box); without_box \"\$@\"" \
		bash "$@"
}
