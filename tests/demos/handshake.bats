#!/usr/bin/env bats
#
# handshake: how a connection begins
#
#	bats tests/demos/handshake.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/handshake.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "three segments, and who takes the connection for established when" {
	play handshake 1
	saw wire 'client:* > server:7101 SYN seq 0 *[let go]'
	later wire 'server:7101 > client:* SYN,ACK seq 0 ack 1 *[let go]'
	later wire 'client:* > server:7101 ACK seq 1 ack 1 *[let go]'
	saw tcp 'client:* server:7101 SYN-SENT'
	later tcp 'server:7101 client:* SYN-RECEIVED'
	later tcp 'client:* server:7101 ESTABLISHED*'
	later tcp 'server:7101 client:* ESTABLISHED*'
	saw client 'connect(*) = 0'
	later wire 'client:* ACK seq 1 ack 1 *[let go]'
}

@test "connect() and write() succeed before accept() is called" {
	play handshake 2
	saw client 'connect(*) = 0'
	later client 'write(*, "hello", 5) = 5'
	later server 'accept(*) = *'
	later server 'read(*, "hello", *) = 5'
}

@test "where nobody listens, RST: ECONNREFUSED" {
	play handshake 3
	saw wire 'server:7103 > client:* RST,ACK *'
	saw client 'connect(*) = -1 ECONNREFUSED*'
	later server 'listen(*) = 0'
	later again 'connect(*) = 0'
}

@test "listen() without bind(): the kernel chooses the port" {
	play handshake 4
	saw server 'getsockname(*sin_port=htons(0)*) = 0'
	later server 'listen(*) = 0'
	saw tcp 'server:* * LISTEN*'
	never server 'bind(*'
}

@test "the queue is in the order of the third segments, not of the SYNs" {
	play handshake 5
	saw tcp 'server:7105 early:* SYN-RECEIVED*'
	later late 'connect(*) = 0'
	later early 'connect(*) = 0'
	# 10.0.0.1 is early, 10.0.0.2 late
	saw server 'accept(*inet_addr("10.0.0.2")*) = *'
	later server 'accept(*inet_addr("10.0.0.1")*) = *'
}

@test "the listening socket has no data: ENOTCONN, and EPIPE kills" {
	play handshake 6
	saw server 'read(*) = -1 ENOTCONN*'
	later server 'write(*) = -1 EPIPE*'
	later server '+++ killed by SIGPIPE +++'
	saw wire 'server:7106 > client:* RST,ACK *'
}

@test "SYNs into the void: repeated, and then ETIMEDOUT" {
	play handshake 7
	saw wire 'client:* > server:7107 SYN seq 0 *[dropped]'
	later wire 'client:* > server:7107 SYN seq 0 *[dropped]'
	later client 'connect(*) = -1 ETIMEDOUT*'
	never wire 'server:*'
}
