#!/usr/bin/env bats
#
# endian: the order of bytes in memory, and on the wire
#
#	bats tests/demos/endian.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/endian.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "an integer goes out as it lies in memory (here: low byte first)" {
	play endian 1
	saw sender 'write(*, "\x78\x56\x34\x12", 4) = 4'
	later sender 'write(*, "\x10\x27", 2) = 2'
	saw peer 'recvfrom(*, "\x78\x56\x34\x12", 4, *) = 4'
}

@test "htonl() and htons() turn the bytes round before the kernel sees them" {
	play endian 2
	saw sender 'write(*, "\x12\x34\x56\x78", 4) = 4'
	later sender 'write(*, "\x27\x10", 2) = 2'
	saw peer 'recvfrom(*, "\x12\x34\x56\x78", 4, *) = 4'
}

@test "a port without htons(): no call fails, and nobody finds the server" {
	play endian 3
	saw server 'getsockname(*sin_port=htons(58915)*) = 0'
	saw client 'connect(*sin_port=htons(9190)*) = -1 ECONNREFUSED*'
	saw other 'connect(*sin_port=htons(58915)*) = 0'
	never server '*) = -1 *'
}

@test "with htons() the client gets through" {
	play endian 4
	saw server 'bind(*sin_port=htons(9190)*) = 0'
	saw client 'connect(*sin_port=htons(9190)*) = 0'
}

@test "both forget htons(): it works, on a port that nobody meant" {
	play endian 5
	saw server 'bind(*sin_port=htons(58915)*) = 0'
	saw client 'connect(*sin_port=htons(58915)*) = 0'
}
