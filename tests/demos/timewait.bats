#!/usr/bin/env bats
#
# timewait: who closes first keeps the connection for a minute
#
#	bats tests/demos/timewait.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/timewait.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "after TIME-WAIT the port is in use, though no process has it" {
	play timewait 1
	saw tcp 'server:7301 client:* TIME-WAIT*'
	saw server '+++ exited with 0 +++'
	later again 'bind(*) = -1 EADDRINUSE*'
}

@test "with SO_REUSEADDR bind() does not mind the TIME-WAIT" {
	play timewait 2
	saw tcp 'server:7302 client:* TIME-WAIT*'
	later again 'setsockopt(*SO_REUSEADDR, [1], 4) = 0'
	later again 'bind(*) = 0'
	never tcp 'server:7302 client:* CLOSED'
}

@test "only the second server has it: EADDRINUSE, both have to agree" {
	play timewait 3
	saw tcp 'server:7303 client:* TIME-WAIT*'
	later again 'setsockopt(*SO_REUSEADDR, [1], 4) = 0'
	later again 'bind(*) = -1 EADDRINUSE*'
	never server 'setsockopt(*'
}

@test "the client closes first: the TIME-WAIT is the client's, the port free" {
	play timewait 4
	saw client '+++ killed by SIGINT +++'
	saw tcp 'client:* server:7304 TIME-WAIT*'
	later again 'bind(*) = 0'
	never tcp 'server:7304 client:* TIME-WAIT*'
}

@test "SO_REUSEADDR does not help past somebody who still listens" {
	play timewait 5
	saw server 'listen(*) = 0'
	later again 'setsockopt(*SO_REUSEADDR, [1], 4) = 0'
	later again 'bind(*) = -1 EADDRINUSE*'
	never tcp '*TIME-WAIT*'
}

@test "what TIME-WAIT is for: the last ACK is lost, and is given again" {
	play timewait 6
	saw wire 'server:7306 > client:* ACK seq 2 ack 2 *[dropped]'
	later wire 'client:* > server:7306 FIN,ACK seq 1 ack 2 *'
	later wire 'server:7306 > client:* ACK seq 2 ack 2 *'
	later tcp 'client:* server:7306 CLOSED'
	never wire '*RST*'
}
