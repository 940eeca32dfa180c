#include "fold.h"

#include "event.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *call, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(call, list[i]))
			return true;
	return false;
}

#define IS_ONE_OF(call, list) \
	is_one_of(call, list, sizeof(list) / sizeof((list)[0]))

/* What the loader or a static program's libc does before main(). */
static const char *const start_up[] = {
	"brk", "arch_prctl", "mmap", "mprotect", "access", "faccessat",
	"faccessat2", "set_tid_address", "set_robust_list", "rseq",
	"prlimit64", "getrandom", "readlink", "readlinkat", "uname",
};

/* Looks at metadata and memory: munmap() is traced for the loader's end. */
static const char *const minor[] = {
	"munmap", "mmap", "newfstatat", "fstat", "stat", "lstat", "statx",
	"access", "faccessat", "faccessat2", "getdents64",
};

static bool opens_library(const struct event *ev)
{
	return ev->args && !strncmp(ev->call, "open", 4) &&
		(strstr(ev->args, "/ld.so.") || strstr(ev->args, ".so.") ||
		 strstr(ev->args, ".so\""));
}

static bool is_system_path(const char *args)
{
	static const char *const places[] = {
		"\"/usr/", "\"/lib", "\"/proc/sys", "\"/etc/ld.so",
		"\"/etc/nsswitch", "\"/etc/localtime", "\"/sys/",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strstr(args, places[i]))
			return true;
	return false;
}

static bool get_bit(const struct fold *f, int fd)
{
	return fd >= 0 && fd < FOLD_FDS &&
		(f->system_file[fd / 8] & (1 << fd % 8));
}

static void set_bit(struct fold *f, int fd, bool on)
{
	if (fd < 0 || fd >= FOLD_FDS)
		return;
	if (on)
		f->system_file[fd / 8] |= 1 << fd % 8;
	else
		f->system_file[fd / 8] &= ~(1 << fd % 8);
}

static enum fold_kind program_call(struct fold *f, const struct event *ev)
{
	bool known;
	int fd;

	if (IS_ONE_OF(ev->call, minor))
		return FOLD_MINOR;
	if (!ev->args)
		return FOLD_NONE;
	if (!strncmp(ev->call, "open", 4)) {
		bool is_system = is_system_path(ev->args) ||
			opens_library(ev);

		if (ev->has_ret && ev->ret >= 0)
			set_bit(f, ev->ret, is_system);
		return is_system ? FOLD_MINOR : FOLD_NONE;
	}
	if (ev->args[0] < '0' || ev->args[0] > '9')
		return FOLD_NONE;
	fd = atoi(ev->args);
	known = get_bit(f, fd);
	if (!strcmp(ev->call, "close"))
		set_bit(f, fd, false);
	/* dup2() and the like give the number to something else. */
	if (!strncmp(ev->call, "dup", 3) && ev->has_ret)
		set_bit(f, ev->ret, false);
	return known ? FOLD_MINOR : FOLD_NONE;
}

enum fold_kind fold_call(struct fold *f, const struct event *ev)
{
	if (ev->kind != EV_CALL || !ev->call)
		return FOLD_NONE;
	if (!strcmp(ev->call, "execve") && ev->has_ret && ev->ret == 0) {
		f->state = FOLD_START;
		return FOLD_NONE;
	}
	if (f->state == FOLD_START && opens_library(ev))
		f->state = FOLD_LOADER;
	if (f->state == FOLD_START && !IS_ONE_OF(ev->call, start_up))
		f->state = FOLD_PROGRAM;
	if (f->state == FOLD_LOADER && !strcmp(ev->call, "munmap")) {
		f->state = FOLD_PROGRAM;
		return FOLD_STARTUP;
	}
	if (f->state != FOLD_PROGRAM)
		return FOLD_STARTUP;
	return program_call(f, ev);
}
