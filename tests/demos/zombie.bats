#!/usr/bin/env bats
#
# zombie: what is left of a process that has ended
#
#	bats tests/demos/zombie.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/zombie.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "a child that nobody has asked about is a zombie, and wait() ends it" {
	play zombie 1
	saw child 'exit_group(7) = ?'
	saw parent '--- SIGCHLD {*si_status=7*} ---'
	later parent 'wait4(*WEXITSTATUS(s) == 7*) = *'
	saw proc 'child Z (zombie)*'
	later proc 'child gone'
}

@test "SIGKILL does nothing to a zombie" {
	play zombie 2
	saw child '+++ exited with 7 +++'
	saw parent 'wait4(*WEXITSTATUS(s) == 7*) = *'
	never child '+++ killed by *'
}

@test "who is killed becomes a zombie as well, without exit()" {
	play zombie 3
	saw child '+++ killed by SIGKILL +++'
	saw parent '--- SIGCHLD {*CLD_KILLED*} ---'
	later parent 'wait4(*WTERMSIG(s) == SIGKILL*) = *'
	saw proc 'child Z (zombie)*'
	never child 'exit_group(*'
}

@test "when the parent dies, somebody else asks, and the zombie is gone" {
	play zombie 4
	saw proc 'child Z (zombie)*'
	later parent '+++ killed by SIGKILL +++'
	saw proc 'child Z (zombie)*'
	later proc 'child gone'
	never parent 'wait4(*'
}

@test "a zombie has no memory, but the status that wait() will tell" {
	play zombie 5
	saw before 'read(*, "* * *'
	never before 'read(*, "0 *'
	saw before '+++ exited with 0 +++'
	later proc 'child Z (zombie)*'
	saw after 'read(*, "0 0 0 *'
	later status 'write(1, "* Z 1792\n", *) = *'
}
