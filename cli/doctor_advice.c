/*
 * What it takes to make a check work here: see doctor.h.
 *
 * Each reason that is found on this machine is named, and each has its remedy:
 * several may have to go before it works.
 */
#include "doctor_advice.h"

#include <errno.h>
#include <linux/capability.h>
#include <locale.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DEVPTS_MAGIC	0x1cd1

void add_reason(struct finding *found, const char *fmt, ...)
{
	size_t n = strlen(found->why), room = sizeof(found->why) - n;
	va_list ap;

	if (room < 3)
		return;
	memcpy(found->why + n, "; ", 3);
	va_start(ap, fmt);
	vsnprintf(found->why + n + 2, room - 2, fmt, ap);
	va_end(ap);
}

const char *sudo(const struct facts *f)
{
	return f->root ? "" : "sudo ";
}

void set_sysctl(const struct facts *f, struct buf *fix,
		const char *name, long value)
{
	buf_fmt(fix, "%ssysctl -w %s=%ld\n", sudo(f), name, value);
}

bool says(const struct finding *found, const char *text)
{
	return strstr(found->why, text) != NULL;
}

/* The packages' tool, by what os-release(5) says of the distribution. */
static const char *install_tool(const struct facts *f)
{
	static const struct {
		const char *id, *tool;
	} tools[] = {
		{ "debian", "apt-get install" },
		{ "ubuntu", "apt-get install" },
		{ "fedora", "dnf install" },
		{ "rhel", "dnf install" },
		{ "centos", "dnf install" },
		{ "arch", "pacman -S" },
		{ "suse", "zypper install" },
		{ "opensuse", "zypper install" },
		{ "alpine", "apk add" },
		{ "void", "xbps-install -S" },
		{ "gentoo", "emerge" },
	};
	const size_t count = sizeof(tools) / sizeof(tools[0]);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(f->os_id, tools[i].id))
			return tools[i].tool;
	for (size_t i = 0; i < count; i++)
		if (strstr(f->os_like, tools[i].id))
			return tools[i].tool;
	return NULL;
}

static void install(const struct facts *f, struct buf *fix,
		    const char *package)
{
	const char *tool = install_tool(f);

	if (tool)
		buf_fmt(fix, "%s%s %s\n", sudo(f), tool, package);
	else
		buf_fmt(fix, "# install the package %s\n", package);
}

/* Has the distribution's package a version that is new enough? */
static bool package_is_old(const struct facts *f)
{
	int version = atoi(f->os_version);

	return (!strcmp(f->os_id, "debian") && version && version < 11) ||
		(!strcmp(f->os_id, "ubuntu") && version && version < 22);
}

/* /DIR of a path /DIR/strace. */
static int dir_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash - path : 0;
}

static void advise_no_strace(const struct facts *f, struct buf *fix)
{
	static const char *const usual[] = {
		"/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace",
	};

	for (int i = 0; i < 3; i++)
		if (access(usual[i], X_OK) == 0) {
			buf_fmt(fix, "export PATH=\"$PATH:%.*s\"\n",
				dir_length(usual[i]), usual[i]);
			return;
		}
	install(f, fix, "strace");
}

static void advise_strace(const struct facts *f, struct finding *found,
			  struct buf *fix)
{
	char first[256], next[256];

	if (!doctor_find_strace(0, first, sizeof(first))) {
		advise_no_strace(f, fix);
		return;
	}
	if (doctor_find_strace(1, next, sizeof(next))) {
		add_reason(found, "%.200s stands behind it in PATH", next);
		buf_fmt(fix, "export PATH=\"%.*s:$PATH\"\n", dir_length(next),
			next);
		return;
	}
	if (!package_is_old(f)) {
		install(f, fix, "strace");
		return;
	}
	add_reason(found, "%s has none that is new enough", f->os_name);
	buf_fmt(fix, "# the sources of a release from https://strace.io, and "
		"there:\n./configure && make && %smake install\n", sudo(f));
}

static bool is_devpts(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == DEVPTS_MAGIC;
}

static void advise_terminals(const struct facts *f, struct finding *found,
			     struct buf *fix)
{
	long max = facts_sysctl("kernel/pty/max");
	long nr = facts_sysctl("kernel/pty/nr");

	if (found->error == ENOSPC) {
		add_reason(found, "kernel.pty.max is %ld, and %ld are in use",
			   max, nr);
		set_sysctl(f, fix, "kernel.pty.max", 2 * max);
		return;
	}
	if (!is_devpts("/dev/pts")) {
		add_reason(found, "/dev/pts is no devpts");
		buf_fmt(fix, "%smkdir -p /dev/pts\n%smount -t devpts -o "
			"ptmxmode=666 devpts /dev/pts\n", sudo(f), sudo(f));
	}
	if (access("/dev/ptmx", F_OK) == -1) {
		add_reason(found, "there is no /dev/ptmx");
		buf_fmt(fix, "%sln -s pts/ptmx /dev/ptmx\n", sudo(f));
	} else if (found->error == EACCES) {
		buf_fmt(fix, "%schmod 666 /dev/ptmx\n", sudo(f));
	}
}

/* A part of the kernel that may be a module. */
static void advise_module(const struct facts *f, struct finding *found,
			  struct buf *fix, const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (access(path, F_OK) == 0)
		return;
	add_reason(found, "the module %s is not loaded", module);
	buf_fmt(fix, "%smodprobe %s\n", sudo(f), module);
}

static void advise_overlay(const struct facts *f, struct finding *found,
			   struct buf *fix)
{
	int major = 0, minor = 0;

	if (found->error == ENODEV) {
		advise_module(f, found, fix, "overlay");
		return;
	}
	if (found->error != EPERM ||
	    sscanf(f->kernel, "Linux %d.%d", &major, &minor) != 2)
		return;
	if (major < 5 || (major == 5 && minor < 11)) {
		add_reason(found, "%s lets only root do that", f->kernel);
		buf_str(fix, "# Linux 5.11 or later\n");
	} else {
		advise_refused(f, found, fix);
	}
}

static void advise_lo_down(const struct facts *f, struct finding *found,
			   struct buf *fix)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	if (fd == -1)
		return;
	up = ioctl(fd, SIOCGIFFLAGS, &ifr) == -1 || (ifr.ifr_flags & IFF_UP);
	close(fd);
	if (up)
		return;
	add_reason(found, "lo is down");
	buf_fmt(fix, "%sip link set lo up\n", sudo(f));
}

static void advise_packets(const struct facts *f, struct finding *found,
			   struct buf *fix, bool plain)
{
	if (found->error == EAFNOSUPPORT) {
		advise_module(f, found, fix, "af_packet");
		return;
	}
	if (!plain || found->error != EPERM) {
		advise_lo_down(f, found, fix);
		return;
	}
	if (facts_capable(f, CAP_NET_RAW)) {
		advise_filter(f, found, fix);
		return;
	}
	add_reason(found, "this process has no CAP_NET_RAW");
	if (!f->root)
		buf_fmt(fix, "sudo %s --no-box run LAB\n", f->exe);
	else if (f->container == CONTAINER_DOCKER ||
		 f->container == CONTAINER_PODMAN)
		buf_fmt(fix, "%s run --cap-add NET_RAW ... IMAGE\n",
			container_name(f->container));
	else
		buf_str(fix, "# start it as a root that has CAP_NET_RAW\n");
}

static void advise_utf8(const struct facts *f, struct buf *fix)
{
	static const char *const locales[] = {
		"C.UTF-8", "en_US.UTF-8", "ko_KR.UTF-8",
	};
	const char *all = getenv("LC_ALL"), *ctype = getenv("LC_CTYPE");
	const char *name = all && *all ? "LC_ALL" :
		ctype && *ctype ? "LC_CTYPE" : "LANG";

	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		locale_t there = newlocale(LC_CTYPE_MASK, locales[i],
					   (locale_t)0);

		if (!there)
			continue;
		freelocale(there);
		buf_fmt(fix, "export %s=%s\n", name, locales[i]);
		return;
	}
	buf_fmt(fix, "%slocaledef -i en_US -f UTF-8 en_US.UTF-8\n"
		"export %s=en_US.UTF-8\n", sudo(f), name);
}

static void advise_screen(enum check_id id, const struct facts *f,
			  const struct finding *found, struct buf *fix)
{
	if (id == CHECK_UTF8)
		advise_utf8(f, fix);
	else if (id == CHECK_WIDTH)
		buf_str(fix, "# make the window wider\n");
	else if (says(found, "NO_COLOR"))
		buf_str(fix, "unset NO_COLOR\n");
	else if (says(found, "TERM"))
		buf_str(fix, "# if this terminal does show colours:\n"
			"export TERM=xterm-256color\n");
}

static void advise_proc(const struct facts *f, struct finding *found,
			struct buf *fix)
{
	struct statfs fs;

	if (statfs("/proc", &fs) == 0 && fs.f_type == 0x9fa0)
		return;
	add_reason(found, "no proc is mounted at /proc");
	buf_fmt(fix, "%smkdir -p /proc\n%smount -t proc proc /proc\n",
		sudo(f), sudo(f));
}

static void advise_hosts(const struct facts *f, struct finding *found,
			 struct buf *fix)
{
	if (says(found, strerror(ENOSPC)))
		advise_limits(f, found, fix);
	else if (says(found, "make the wire") &&
		 says(found, strerror(EOPNOTSUPP)))
		advise_module(f, found, fix, "veth");
	else if (says(found, "packets on") &&
		 says(found, strerror(EAFNOSUPPORT)))
		advise_module(f, found, fix, "af_packet");
}

void doctor_advise(enum check_id id, const struct facts *f,
		   struct finding *found, struct buf *fix)
{
	switch (id) {
	case CHECK_PROC:
		advise_proc(f, found, fix);
		break;
	case CHECK_TERMINALS:
		advise_terminals(f, found, fix);
		break;
	case CHECK_CHILDREN:
		if (found->error == ENOENT)
			buf_str(fix, "# a kernel with CONFIG_PROC_CHILDREN=y"
				"\n");
		break;
	case CHECK_NUMBERS:
		if (found->error == ENOENT)
			buf_str(fix, "# a kernel with "
				"CONFIG_CHECKPOINT_RESTORE=y\n");
		break;
	case CHECK_STRACE:
		advise_strace(f, found, fix);
		break;
	case CHECK_USERNS:
		advise_userns(f, found, fix);
		break;
	case CHECK_BOX:
		advise_box(f, found, fix);
		break;
	case CHECK_TRACING:
	case CHECK_PLAIN_TRACING:
		advise_tracing(f, found, fix);
		break;
	case CHECK_FOLDER:
		advise_overlay(f, found, fix);
		break;
	case CHECK_HOSTS:
		advise_hosts(f, found, fix);
		break;
	case CHECK_STATES:
	case CHECK_PLAIN_STATES:
		if (found->error == ENOENT ||
		    found->error == EPROTONOSUPPORT)
			advise_module(f, found, fix, "tcp_diag");
		break;
	case CHECK_LO:
	case CHECK_PLAIN_LO:
		advise_packets(f, found, fix, id == CHECK_PLAIN_LO);
		break;
	case CHECK_PLAIN_HOSTS:
		advise_lo_down(f, found, fix);
		break;
	case CHECK_UTF8:
	case CHECK_COLOURS:
	case CHECK_WIDTH:
		advise_screen(id, f, found, fix);
		break;
	default:
		/* Nothing about the machine is known to decide these. */
		break;
	}
}
