#include "fold.h"

#include "event.h"

#include <stddef.h>
#include <string.h>

/* What the loader or a static program's libc does before main(). */
static bool is_start_up(const struct event *ev)
{
	static const char *const calls[] = {
		"brk", "arch_prctl", "mmap", "mprotect", "access", "faccessat",
		"faccessat2", "set_tid_address", "set_robust_list", "rseq",
		"prlimit64", "getrandom", "readlink", "readlinkat", "uname",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(ev->call, calls[i]))
			return true;
	return false;
}

static bool opens_library(const struct event *ev)
{
	return ev->args && !strncmp(ev->call, "open", 4) &&
		(strstr(ev->args, "/ld.so.") || strstr(ev->args, ".so.") ||
		 strstr(ev->args, ".so\""));
}

bool fold_call(enum fold_state *state, const struct event *ev)
{
	if (ev->kind != EV_CALL || !ev->call)
		return false;
	if (!strcmp(ev->call, "execve") && ev->has_ret && ev->ret == 0) {
		*state = FOLD_START;
		return false;
	}
	if (*state == FOLD_START && opens_library(ev))
		*state = FOLD_LOADER;
	if (*state == FOLD_START && !is_start_up(ev))
		*state = FOLD_PROGRAM;
	if (*state == FOLD_LOADER && !strcmp(ev->call, "munmap")) {
		*state = FOLD_PROGRAM;
		return true;
	}
	if (*state != FOLD_PROGRAM)
		return true;
	/* Traced only to see the loader's end. */
	return !strcmp(ev->call, "munmap");
}
