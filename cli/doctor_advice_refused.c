/*
 * Why namespaces and tracing are refused here, and what would allow them: see
 * doctor.h.
 */
#include "doctor_advice.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What docker and podman call the same things. */
static void advise_docker(const struct facts *f, struct buf *fix, bool podman)
{
	buf_fmt(fix, "%s run", podman ? "podman" : "docker");
	if (f->seccomp == 2)
		buf_str(fix, " --security-opt seccomp=unconfined");
	if (f->apparmor[0])
		buf_str(fix, " \\\n  --security-opt apparmor=unconfined");
	if (f->num_covered)
		buf_fmt(fix, " \\\n  --security-opt %s", podman ?
			"unmask=ALL" : "systempaths=unconfined");
	if (f->seccomp != 2 && !f->apparmor[0] && !f->num_covered)
		buf_str(fix, " --privileged");
	buf_str(fix, " ... IMAGE\n");
}

static void advise_kubernetes(const struct facts *f, struct buf *fix)
{
	buf_str(fix, "# in the container's securityContext:\n");
	if (f->seccomp == 2)
		buf_str(fix, "seccompProfile: {type: Unconfined}\n");
	if (f->apparmor[0])
		buf_str(fix, "appArmorProfile: {type: Unconfined}\n");
	if (f->num_covered)
		buf_str(fix, "procMount: Unmasked\n");
	if (f->seccomp != 2 && !f->apparmor[0] && !f->num_covered)
		buf_str(fix, "privileged: true\n");
}

/*
 * A container that keeps its processes from something does so with a filter of
 * system calls, a profile, or by covering parts of /proc: what is there of
 * these is named and taken away.
 */
static void advise_container(const struct facts *f, struct finding *found,
			     struct buf *fix)
{
	add_reason(found, "this is a container (%s)",
		   container_name(f->container));
	if (f->seccomp == 2)
		add_reason(found, "a seccomp filter is on it");
	if (f->apparmor[0])
		add_reason(found, "AppArmor's profile %s is on it",
			   f->apparmor);
	switch (f->container) {
	case CONTAINER_DOCKER:
	case CONTAINER_PODMAN:
		advise_docker(f, fix, f->container == CONTAINER_PODMAN);
		break;
	case CONTAINER_KUBERNETES:
		advise_kubernetes(f, fix);
		break;
	case CONTAINER_LXC:
		buf_str(fix, "# outside, NAME being this container's:\n"
			"lxc config set NAME security.nesting true\n"
			"lxc restart NAME\n");
		break;
	case CONTAINER_NSPAWN:
	case CONTAINER_OTHER:
	case CONTAINER_NONE:
	case NUM_CONTAINERS:
		buf_str(fix, "# what runs the container has to allow it\n");
		break;
	}
}

/* None of ours: whoever started us has put it there, and nobody can undo it. */
void advise_filter(const struct facts *f, struct finding *found,
		   struct buf *fix)
{
	if (f->seccomp == 2) {
		add_reason(found, "a seccomp filter is on this process "
			   "(Seccomp: 2 in /proc/self/status)");
		buf_str(fix, "# start it from a shell that has no such "
			"filter\n");
	}
	if (f->apparmor[0]) {
		add_reason(found, "AppArmor's profile %s is on this process",
			   f->apparmor);
		buf_fmt(fix, "%saa-complain %s\n", sudo(f), f->apparmor);
	}
}

static void advise_apparmor(const struct facts *f, struct finding *found,
			    struct buf *fix)
{
	const char *name = "kernel.apparmor_restrict_unprivileged_userns";

	add_reason(found, "%s is 1", name);
	set_sysctl(f, fix, name, 0);
	buf_fmt(fix, "# or, for underglass alone:\n"
		"printf '%%s\\n' 'abi <abi/4.0>,' \\\n"
		"  'profile underglass %s' \\\n"
		"  'flags=(unconfined) { userns, }' |\n"
		"  %stee /etc/apparmor.d/underglass\n"
		"%sapparmor_parser -r /etc/apparmor.d/underglass\n", f->exe,
		sudo(f), sudo(f));
}

static void advise_chroot(const struct facts *f, struct finding *found,
			  struct buf *fix)
{
	add_reason(found, "this is a chroot, and there the kernel makes no "
		   "user namespaces");
	buf_fmt(fix, "# outside, instead of `chroot FOLDER`:\n"
		"%sunshare -m sh -c 'mount --rbind $0 $0 && cd $0 &&\n"
		"  pivot_root . mnt && umount -l mnt && exec sh' FOLDER\n",
		sudo(f));
}

void advise_refused(const struct facts *f, struct finding *found,
		    struct buf *fix)
{
	size_t before = fix->len;

	if (!facts_capable(f, CAP_SYS_ADMIN)) {
		if (facts_sysctl("kernel/unprivileged_userns_clone") == 0) {
			add_reason(found, "kernel.unprivileged_userns_clone "
				   "is 0");
			set_sysctl(f, fix, "kernel.unprivileged_userns_clone",
				   1);
		}
		if (facts_sysctl("kernel/apparmor_restrict_unprivileged_userns"
				 ) == 1)
			advise_apparmor(f, found, fix);
	}
	if (f->chrooted)
		advise_chroot(f, found, fix);
	if (f->container != CONTAINER_NONE)
		advise_container(f, found, fix);
	else if (fix->len == before)
		advise_filter(f, found, fix);
}

void advise_limits(const struct facts *f, struct finding *found,
		   struct buf *fix)
{
	static const char *const kinds[] = {
		"user", "pid", "mnt", "net", "ipc", "uts",
	};
	size_t before = fix->len;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char name[64];
		long max;

		snprintf(name, sizeof(name), "user/max_%s_namespaces",
			 kinds[i]);
		max = facts_sysctl(name);
		if (max < 0 || max > 16)
			continue;
		name[strlen("user")] = '.';
		add_reason(found, "%s is %ld", name, max);
		set_sysctl(f, fix, name, 15000);
	}
	if (fix->len == before)
		add_reason(found, "a limit on their number is used up, or is "
			   "set in a namespace around this one "
			   "(user.max_..._namespaces)");
}

void advise_userns(const struct facts *f, struct finding *found,
		   struct buf *fix)
{
	if (found->error == ENOSPC) {
		advise_limits(f, found, fix);
	} else if (found->error == EPERM || found->error == EACCES) {
		advise_refused(f, found, fix);
	} else if (access("/proc/self/ns/user", F_OK) == -1) {
		add_reason(found, "there is no /proc/self/ns/user");
		buf_str(fix, "# a kernel with CONFIG_USER_NS=y\n");
	}
}

/* A /proc of which parts are covered can be had only so: mount(2), EPERM. */
static void advise_covered(const struct facts *f, struct finding *found,
			   struct buf *fix)
{
	const int max = sizeof(f->covered) / sizeof(f->covered[0]);

	if (f->num_covered == 1)
		add_reason(found, "%.200s is covered here", f->covered[0]);
	else
		add_reason(found, "%.200s and %d more parts of /proc are "
			   "covered here", f->covered[0], f->num_covered - 1);
	if (f->container != CONTAINER_NONE) {
		advise_container(f, found, fix);
		return;
	}
	buf_fmt(fix, "%sumount", sudo(f));
	for (int i = 0; i < f->num_covered && i < max; i++)
		buf_fmt(fix, " %s", f->covered[i]);
	buf_str(fix, "\n");
}

void advise_box(const struct facts *f, struct finding *found,
		struct buf *fix)
{
	bool refused = says(found, strerror(EPERM)) ||
		says(found, strerror(EACCES));

	if (says(found, strerror(ENOSPC)))
		advise_limits(f, found, fix);
	else if (refused && says(found, "a private /proc") && f->num_covered)
		advise_covered(f, found, fix);
	else if (refused)
		advise_refused(f, found, fix);
}

static void advise_yama(const struct facts *f, struct finding *found,
			struct buf *fix)
{
	long scope = facts_sysctl("kernel/yama/ptrace_scope");

	if (scope < 2)
		return;
	add_reason(found, "kernel.yama.ptrace_scope is %ld", scope);
	if (scope == 2)
		set_sysctl(f, fix, "kernel.yama.ptrace_scope", 1);
	else
		buf_str(fix, "# 3 stays until the next start of the machine; "
			"what sets it:\n"
			"grep -r ptrace_scope /etc/sysctl.conf /etc/sysctl.d "
			"/usr/lib/sysctl.d\n");
}

static bool selinux_denies(void)
{
	FILE *in = fopen("/sys/fs/selinux/booleans/deny_ptrace", "re");
	int now = 0;

	if (!in)
		return false;
	if (fscanf(in, "%d", &now) != 1)
		now = 0;
	fclose(in);
	return now == 1;
}

void advise_tracing(const struct facts *f, struct finding *found,
		    struct buf *fix)
{
	if (f->tracer) {
		add_reason(found, "%s (process %d) traces this program "
			   "already, and a process can have only one tracer",
			   f->tracer_name, f->tracer);
		buf_fmt(fix, "# run underglass without `%s` around it\n",
			f->tracer_name);
		return;
	}
	/* Only a refusal has its reasons there. */
	if (!says(found, "ptrace"))
		return;
	advise_yama(f, found, fix);
	if (selinux_denies()) {
		add_reason(found, "SELinux's deny_ptrace is on");
		buf_fmt(fix, "%ssetsebool deny_ptrace off\n", sudo(f));
	}
	if (fix->len)
		return;
	if (f->container != CONTAINER_NONE)
		advise_container(f, found, fix);
	else
		advise_filter(f, found, fix);
}
