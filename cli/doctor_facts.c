/* What kind of machine this is, as far as it can be read off: see doctor.h. */
#include "doctor.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *const container_names[] = {
	[CONTAINER_NONE]	= "no container",
	[CONTAINER_DOCKER]	= "docker",
	[CONTAINER_PODMAN]	= "podman",
	[CONTAINER_KUBERNETES]	= "kubernetes",
	[CONTAINER_LXC]		= "lxc",
	[CONTAINER_NSPAWN]	= "systemd-nspawn",
	[CONTAINER_OTHER]	= "unknown",
};
static_assert(sizeof(container_names) / sizeof(container_names[0]) ==
	      NUM_CONTAINERS, "a container has no name");

const char *container_name(enum container c)
{
	return container_names[c];
}

/* A file's beginning, as one string with nothing unprintable in it. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	text[0] = '\0';
	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		n = 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return true;
}

long facts_sysctl(const char *name)
{
	char path[128], text[32], *end;
	long value;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	if (!read_text(path, text, sizeof(text)))
		return -1;
	value = strtol(text, &end, 10);
	return end == text ? -1 : value;
}

bool facts_capable(const struct facts *f, int cap)
{
	return f->caps >> cap & 1;
}

/* KEY=value or KEY="value" of os-release(5). */
static void take_value(const char *line, const char *key, char *value,
		       size_t size)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0 || line[n] != '=')
		return;
	line += n + 1;
	if (*line == '"' || *line == '\'')
		line++;
	snprintf(value, size, "%.*s", (int)strcspn(line, "\"'\n"), line);
	for (char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

static void read_os(struct facts *f)
{
	FILE *in = fopen("/etc/os-release", "re");
	struct utsname name;
	char line[256];

	snprintf(f->os_name, sizeof(f->os_name), "an unknown distribution");
	if (!in)
		in = fopen("/usr/lib/os-release", "re");
	while (in && fgets(line, sizeof(line), in)) {
		take_value(line, "ID", f->os_id, sizeof(f->os_id));
		take_value(line, "ID_LIKE", f->os_like, sizeof(f->os_like));
		take_value(line, "VERSION_ID", f->os_version,
			   sizeof(f->os_version));
		take_value(line, "PRETTY_NAME", f->os_name,
			   sizeof(f->os_name));
	}
	if (in)
		fclose(in);
	if (uname(&name) == 0)
		snprintf(f->kernel, sizeof(f->kernel), "%.40s %.50s",
			 name.sysname, name.release);
}

static void read_status(struct facts *f)
{
	FILE *in = fopen("/proc/self/status", "re");
	char line[256], path[64];

	while (in && fgets(line, sizeof(line), in)) {
		sscanf(line, "TracerPid: %d", &f->tracer);
		sscanf(line, "Seccomp: %d", &f->seccomp);
		sscanf(line, "CapEff: %" SCNx64, &f->caps);
	}
	if (in)
		fclose(in);
	if (!f->tracer)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", f->tracer);
	read_text(path, f->tracer_name, sizeof(f->tracer_name));
}

/* "docker-default (enforce)": its name, unless it confines nothing. */
static void read_apparmor(struct facts *f)
{
	char *mode;

	if (!read_text("/proc/self/attr/apparmor/current", f->apparmor,
		       sizeof(f->apparmor)))
		read_text("/proc/self/attr/current", f->apparmor,
			  sizeof(f->apparmor));
	mode = strstr(f->apparmor, " (enforce)");
	if (mode)
		*mode = '\0';
	else
		f->apparmor[0] = '\0';
}

/*
 * Empty by the kernel's making, so that a mount there hides nothing: a user
 * namespace may still mount a /proc of its own (proc(5), mount_namespaces(7)).
 */
static bool hides_nothing(const char *point)
{
	return !strcmp(point, "/proc/sys/fs/binfmt_misc") ||
		!strcmp(point, "/proc/fs/nfsd");
}

/*
 * mountinfo shows what can be reached from our root. In a chroot to a plain
 * folder no mount has that root as its place.
 */
static void read_mounts(struct facts *f)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	bool root_seen = false;
	size_t size = 0;
	int max = sizeof(f->covered) / sizeof(f->covered[0]);

	if (!in)
		return;
	while (getline(&line, &size, in) != -1) {
		char point[256];

		if (sscanf(line, "%*s %*s %*s %*s %255s", point) != 1)
			continue;
		if (!strcmp(point, "/"))
			root_seen = true;
		if (strncmp(point, "/proc/", 6) != 0 || hides_nothing(point))
			continue;
		if (f->num_covered < max)
			snprintf(f->covered[f->num_covered],
				 sizeof(f->covered[0]), "%s", point);
		f->num_covered++;
	}
	free(line);
	fclose(in);
	f->chrooted = !root_seen;
}

static bool same_file(const char *a, const char *b, bool *same)
{
	struct stat sa, sb;

	if (stat(a, &sa) == -1 || stat(b, &sb) == -1)
		return false;
	*same = sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
	return true;
}

/*
 * Only root may look at pid 1's; and in another mount namespace another root
 * is no chroot.
 */
static bool root_is_not_init_s(void)
{
	bool same_ns, same_root;

	return same_file("/proc/self/ns/mnt", "/proc/1/ns/mnt", &same_ns) &&
		same_ns && same_file("/", "/proc/1/root/.", &same_root) &&
		!same_root;
}

static enum container container_by_name(const char *text)
{
	if (strstr(text, "kubepods"))
		return CONTAINER_KUBERNETES;
	if (strstr(text, "docker"))
		return CONTAINER_DOCKER;
	if (strstr(text, "podman") || strstr(text, "libpod"))
		return CONTAINER_PODMAN;
	if (strstr(text, "systemd-nspawn"))
		return CONTAINER_NSPAWN;
	if (strstr(text, "lxc"))
		return CONTAINER_LXC;
	return CONTAINER_NONE;
}

static enum container container_by_cgroup(void)
{
	FILE *in = fopen("/proc/1/cgroup", "re");
	enum container c = CONTAINER_NONE;
	char line[512];

	while (in && c == CONTAINER_NONE && fgets(line, sizeof(line), in))
		c = container_by_name(line);
	if (in)
		fclose(in);
	return c;
}

/*
 * The machine's first namespaces have numbers of their own, the same in every
 * kernel (PROC_PID_INIT_INO, PROC_UTS_INIT_INO). Who is in both is in no
 * container, whatever an image has left in the file system.
 */
static bool in_first_namespaces(void)
{
	struct stat pid, uts;

	return stat("/proc/self/ns/pid", &pid) == 0 &&
		stat("/proc/self/ns/uts", &uts) == 0 &&
		pid.st_ino == 0xEFFFFFFCU && uts.st_ino == 0xEFFFFFFEU;
}

static enum container find_container(void)
{
	const char *said = getenv("container");
	enum container c = CONTAINER_NONE;
	char text[64];

	if (in_first_namespaces())
		return CONTAINER_NONE;
	if (access("/run/.containerenv", F_OK) == 0)
		c = CONTAINER_PODMAN;
	else if (access("/.dockerenv", F_OK) == 0 ||
		 access("/run/.dockerenv", F_OK) == 0)
		c = CONTAINER_DOCKER;
	else if (read_text("/run/systemd/container", text, sizeof(text)))
		c = container_by_name(text);
	else if (said && *said)
		c = container_by_name(said);
	if (c == CONTAINER_NONE)
		c = container_by_cgroup();
	if (c == CONTAINER_NONE && ((said && *said) ||
				    !access("/run/systemd/container", F_OK)))
		c = CONTAINER_OTHER;
	if (c != CONTAINER_NONE && getenv("KUBERNETES_SERVICE_HOST"))
		c = CONTAINER_KUBERNETES;
	return c;
}

void facts_gather(struct facts *f)
{
	ssize_t n;

	*f = (struct facts){ .root = geteuid() == 0 };
	read_os(f);
	read_status(f);
	read_apparmor(f);
	read_mounts(f);
	if (root_is_not_init_s())
		f->chrooted = true;
	f->container = find_container();
	n = readlink("/proc/self/exe", f->exe, sizeof(f->exe) - 1);
	if (n <= 0)
		snprintf(f->exe, sizeof(f->exe), "underglass");
}
