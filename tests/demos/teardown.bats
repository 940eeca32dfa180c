#!/usr/bin/env bats
#
# teardown: how a connection ends
#
#	bats tests/demos/teardown.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/teardown.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "four segments, and the state of each side after each" {
	play teardown 1
	saw wire 'client:* > server:7201 FIN,ACK seq 1 ack 1 *[let go]'
	later wire 'server:7201 > client:* ACK seq 1 ack 2 *[let go]'
	later wire 'server:7201 > client:* FIN,ACK seq 1 ack 2 *[let go]'
	later wire 'client:* > server:7201 ACK seq 2 ack 2 *[let go]'
	saw tcp 'client:* server:7201 FIN-WAIT-1*'
	later tcp 'server:7201 client:* CLOSE-WAIT*'
	later tcp 'client:* server:7201 FIN-WAIT-2*'
	later tcp 'server:7201 client:* LAST-ACK*'
	later tcp 'client:* server:7201 TIME-WAIT*'
	later tcp 'server:7201 client:* CLOSED'
}

@test "a server that closes at once: its FIN has the ACK in it" {
	play teardown 2
	saw wire 'client:* > server:7202 FIN,ACK seq 7 ack 1 *'
	later wire 'server:7202 > client:* FIN,ACK seq 1 ack 8 *'
	later wire 'client:* > server:7202 ACK seq 8 ack 2 *'
}

@test "both close at once: CLOSING, and TIME-WAIT on both sides" {
	play teardown 3
	saw tcp 'client:* server:7203 FIN-WAIT-1*'
	later tcp 'client:* server:7203 CLOSING*'
	later tcp 'client:* server:7203 TIME-WAIT*'
	saw tcp 'server:7203 client:* CLOSING*'
	later tcp 'server:7203 client:* TIME-WAIT*'
}

@test "shutdown(): the client sends no more, and still gets the answer" {
	play teardown 4
	saw client 'shutdown(*, SHUT_WR) = 0'
	saw server 'read(*, "", *) = 0'
	later server 'write(*, "answer\n", 7) = 7'
	saw client 'read(*, "answer\n", *) = 7'
	never wire '*RST*'
}

@test "FIN-WAIT-2 after close() has an end, CLOSE-WAIT has none" {
	play teardown 5
	saw tcp 'client:* server:7205 FIN-WAIT-2*'
	later tcp 'client:* server:7205 CLOSED'
	later wire 'client:* > server:7205 RST *'
	saw half 'read(*, "answer\n", *) = 7'
	never tcp 'server:7206 client:* CLOSED'
}
