#!/usr/bin/env bats
#
# rst: when close() sends RST
#
#	bats tests/demos/rst.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/rst.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "everything read: FIN, and TIME-WAIT for who closed first" {
	play rst 1
	saw server 'recvfrom(*, "hello\n", *) = 6'
	saw wire 'server:7000 > client:* FIN,ACK *'
	later tcp 'server:7000 client:* TIME-WAIT*'
	never wire '*RST*'
}

@test "something unread: RST, and the error is told once" {
	play rst 2
	saw tcp 'server:7000 client:* ESTABLISHED unread 6'
	later wire 'server:7000 > client:* RST,ACK *'
	later client 'recvfrom(*) = -1 ECONNRESET*'
	later client 'recvfrom(*) = 0'
	later client 'sendto(*) = -1 EPIPE*'
	later client '+++ killed by SIGPIPE +++'
	never wire '*FIN*'
	never tcp '*TIME-WAIT*'
}

@test "sending to somebody who has closed: only the second time it fails" {
	play rst 3
	saw wire 'server:7000 > client:* FIN,ACK *'
	later client 'sendto(*, "one\n", *) = 4'
	later client 'recvfrom(*) = 0'
	later client 'sendto(*, "two\n", *) = -1 EPIPE*'
	saw wire 'server:7000 > client:* RST *'
}

@test "MSG_NOSIGNAL: the errors without the signal" {
	play rst 4
	saw client 'sendto(*, "one\n", *) = -1 ECONNRESET*'
	later client 'sendto(*, "two\n", *) = -1 EPIPE*'
	never client '--- SIGPIPE *'
}

@test "SO_LINGER with 0 seconds: RST on purpose" {
	play rst 5
	saw server 'setsockopt(*SO_LINGER*l_linger=0*) = 0'
	saw wire 'server:7000 > client:* RST,ACK *'
	later client 'recvfrom(*) = -1 ECONNRESET*'
	never tcp '*TIME-WAIT*'
}

@test "a process that is killed: FIN, as if it had closed" {
	play rst 6
	saw server '+++ killed by SIGKILL +++'
	saw wire 'server:7000 > client:* FIN,ACK *'
	later client 'recvfrom(*) = 0'
	never wire '*RST*'
}

@test "killed with something unread: RST" {
	play rst 7
	saw tcp 'server:7000 client:* ESTABLISHED unread 6'
	later wire 'server:7000 > client:* RST,ACK *'
	later client 'recvfrom(*) = -1 ECONNRESET*'
	never wire '*FIN*'
}
