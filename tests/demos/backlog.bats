#!/usr/bin/env bats
#
# backlog: how many connections listen() queues
#
#	bats tests/demos/backlog.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/backlog.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "a backlog of 5 takes 6, and the seventh is dropped without a word" {
	play backlog 1
	saw server 'listen(*, 5) = 0'
	saw tcp 'server:7000 * LISTEN queue 5 of 5'
	later tcp 'server:7000 * LISTEN queue 6 of 5'
	later count 'server ListenOverflows +*'
	later server 'accept(*) = *'
	later client 'connect(*) = 0'
	saw tcp 'client:* server:7000 SYN-SENT retransmit *'
	never wire '*RST*'
}

@test "if nobody ever calls accept(): ETIMEDOUT, not ECONNREFUSED" {
	play backlog 2
	saw client 'connect(*) = 0'
	later client 'connect(*) = -1 ETIMEDOUT*'
	never client '*ECONNREFUSED*'
	never server 'accept(*'
}

@test "the kernel caps the backlog, and listen() does not say so" {
	play backlog 3
	saw server 'listen(*, 100) = 0'
	saw tcp 'server:7000 * LISTEN queue 0 of 2'
	later tcp 'server:7000 * LISTEN queue 3 of 2'
}

@test "a ghost: established on one side only, because the queue was full" {
	play backlog 4
	saw ghost 'connect(*) = 0'
	saw wire 'ghost:* > server:7000 ACK *[let go]'
	later count 'server ListenOverflows +*'
	later ghost 'write(*, "hello\n", 6) = 6'
	later server 'accept(*) = *'
	saw tcp 'server:7000 ghost:* SYN-RECEIVED*'
	later tcp 'server:7000 ghost:* ESTABLISHED*'
}

@test "the ghost is forgotten, and learns of it when it sends" {
	play backlog 5
	saw tcp 'server:7000 ghost:* CLOSED'
	later ghost 'write(*, "hello\n", 6) = 6'
	later ghost 'write(*, "hello\n", 6) = -1 ECONNRESET*'
	saw wire 'server:7000 > ghost:* RST *'
}

@test "tcp_abort_on_overflow: RST for the ghost, silence for a SYN" {
	play backlog 6
	saw wire 'ghost:* > server:7000 ACK *[let go]'
	later wire 'server:7000 > ghost:* RST *'
	later ghost 'write(*, "hello\n", 6) = -1 ECONNRESET*'
	saw tcp 'client:* server:7000 SYN-SENT retransmit *'
	never wire 'server:7000 > client:* RST*'
}
