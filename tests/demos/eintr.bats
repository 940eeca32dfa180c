#!/usr/bin/env bats
#
# eintr: a signal arrives while a call sleeps
#
#	bats tests/demos/eintr.bats
#	UNDERGLASS_SHOW=1 bats --tap tests/demos/eintr.bats

setup() {
	load ../underglass	# installed: PREFIX/share/underglass/bats
	need_box
}

@test "without SA_RESTART the program gets EINTR" {
	play eintr 1
	saw reader 'read(0, ...) blocks'
	later reader '--- SIGUSR1 *'
	later reader 'rt_sigreturn(*) = -1 EINTR*'
	later reader 'write(1, "read() returned -1, errno is EINTR*'
	never reader 'rt_sigaction(SIGUSR1, *SA_RESTART*'
}

@test "with SA_RESTART the kernel takes read() up again, and nobody notices" {
	play eintr 2
	saw reader 'rt_sigaction(SIGUSR1, *SA_RESTART*) = 0'
	later reader '--- SIGUSR1 *'
	later reader 'rt_sigreturn(*) = 0'
	later reader 'read(0, ...) blocks'
	never reader '*EINTR*'
}

@test "signal() asks for SA_RESTART: the C library does" {
	play eintr 3
	saw reader 'rt_sigaction(SIGUSR1, *SA_RESTART*) = 0'
	later reader '--- SIGUSR1 *'
	later reader '--- SIGUSR1 *'
	later reader 'read(0, "hello*) = 6'
	never reader '*EINTR*'
}

@test "signal() built with -std=c11: EINTR first, and then death" {
	play eintr 4
	saw reader 'rt_sigaction(SIGUSR1, *SA_RESETHAND*) = 0'
	later reader '--- SIGUSR1 *'
	later reader 'rt_sigreturn(*) = -1 EINTR*'
	later reader '--- SIGUSR1 *'
	later reader '+++ killed by SIGUSR1 +++'
	never reader 'rt_sigaction(SIGUSR1, *SA_RESTART*'
}

@test "poll() is not restarted, SA_RESTART or not" {
	play eintr 5
	saw reader 'rt_sigaction(SIGUSR1, *SA_RESTART*) = 0'
	later reader '*poll(*blocks'
	later reader 'rt_sigreturn(*) = -1 EINTR*'
	later reader '*poll(*) = 1 (*'
}
