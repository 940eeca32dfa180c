#!/usr/bin/env bats
#
# oob: urgent data, which is in the band
#
#	bats tests/demos/oob.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/oob.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "of three urgent bytes the last is put aside" {
	play oob 1
	saw wire '*URG seq 1:4 * "890"'
	later receiver 'recvfrom(*, "89", *) = 2'
	later receiver 'recvfrom(*, "0", 64, MSG_OOB*) = 1'
	later receiver 'recvfrom(*MSG_OOB*) = -1 EINVAL*'
}

@test "recv() never reads across the mark" {
	play oob 2
	saw receiver 'recvfrom(*, "0", 64, MSG_OOB*) = 1'
	later receiver 'recvfrom(*, "89", *) = 2'
	later receiver 'ioctl(*, SIOCATMARK, [1]) = 0'
	later receiver 'recvfrom(*, "abc", *) = 3'
}

@test "who reads past the mark has lost the urgent byte" {
	play oob 3
	saw receiver 'recvfrom(*, "89", *) = 2'
	later receiver 'recvfrom(*, "abc", *) = 3'
	later receiver 'recvfrom(*MSG_OOB*) = -1 EINVAL*'
	never receiver 'recvfrom(*"0*'
}

@test "SO_OOBINLINE: it stays in its place" {
	play oob 4
	saw receiver 'setsockopt(*SO_OOBINLINE, [1], 4) = 0'
	later receiver 'recvfrom(*MSG_OOB*) = -1 EINVAL*'
	later receiver 'recvfrom(*, "0abc", *) = 4'
}

@test "a second urgent byte makes the first an ordinary one" {
	play oob 5
	saw receiver 'recvfrom(*, "xay", *) = 3'
	later receiver 'recvfrom(*, "b", 64, MSG_OOB*) = 1'
	later receiver 'recvfrom(*, "z", *) = 1'
}

@test "or loses it, if nothing lies before it" {
	play oob 6
	saw wire '*URG seq 1:2 * "a"'
	later wire '*URG seq 2:3 * "b"'
	later wire 'receiver:7000 > sender:* ACK seq 1 ack 3 *'
	later receiver 'recvfrom(*, "b", 64, MSG_OOB*) = 1'
	later receiver 'recvfrom(*) = -1 EAGAIN*'
	never receiver 'recvfrom(*"a*'
}

@test "select(): urgent is exceptional, and not readable" {
	play oob 7
	saw receiver '*select*(*) = 1 (in [*])'
	later receiver '*select*(*) = 1 (except [*])'
	later receiver '*select*(*) = 2 (in [*], except [*])'
	later receiver '*select*(*) = 1 (in [*])'
	later receiver 'recvfrom(*, "", *) = 0'
}

@test "SIGURG comes to the owner of the socket" {
	play oob 8
	saw receiver 'fcntl(*, F_SETOWN, *) = 0'
	later receiver '--- SIGURG *'
	later receiver 'recvfrom(*, "a", 1, MSG_OOB*) = 1'
}

@test "and to nobody, if it has none" {
	play oob 9
	saw receiver 'rt_sigaction(SIGURG, *) = 0'
	saw tcp 'receiver:7000 sender:* ESTABLISHED unread 1'
	never receiver '--- SIGURG *'
}
