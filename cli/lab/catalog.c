#include "catalog.h"

#include "buf.h"
#include "nearest.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Given by the Makefile; these serve a bare compile of this file only. */
#ifndef UG_SOURCE_LABS
#define UG_SOURCE_LABS "labs"
#endif
#ifndef UG_DATADIR
#define UG_DATADIR "/usr/local/share/underglass"
#endif
#ifndef UG_LIBEXECDIR
#define UG_LIBEXECDIR "/usr/local/libexec/underglass"
#endif

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* Built and not installed: the programs lie beside our own executable. */
static void find_dirs(char *sources, char *programs, size_t size)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		snprintf(programs, size, "%.*s/labs", (int)(slash - exe), exe);
		snprintf(sources, size, "%s", UG_SOURCE_LABS);
		if (is_dir(programs) && is_dir(sources))
			return;
	}
	snprintf(programs, size, "%s/labs", UG_LIBEXECDIR);
	snprintf(sources, size, "%s/labs", UG_DATADIR);
}

static struct lab *lab_new(const char *name, const char *handout,
			   const char *source_dir, const char *program_dir)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));

	lab->name = xstrdup(name);
	lab->handout = xstrdup(handout);
	lab->source_dir = xstrdup(source_dir);
	lab->program_dir = xstrdup(program_dir);
	return lab;
}

static struct lab *lab_by_path(const char *path, struct errmsg *err)
{
	char real[PATH_MAX], dir[PATH_MAX];
	char sources[PATH_MAX], programs[PATH_MAX], built[PATH_MAX + 256];
	size_t n;

	if (is_dir(path)) {
		snprintf(built, sizeof(built), "%s/README.md", path);
		return lab_by_path(built, err);
	}
	if (!realpath(path, real)) {
		errmsg_errno(err, "%s", path);
		return NULL;
	}
	snprintf(dir, sizeof(dir), "%s", real);
	*strrchr(dir, '/') = '\0';
	if (!dir[0])
		strcpy(dir, "/");
	/* One of ours, by its path: its programs are where they are built. */
	find_dirs(sources, programs, sizeof(sources));
	n = strlen(sources);
	if (!strncmp(dir, sources, n) && dir[n] == '/') {
		snprintf(built, sizeof(built), "%.*s%s",
			 (int)sizeof(programs) - 1, programs, dir + n);
		if (is_dir(built))
			return lab_new(path, real, dir, built);
	}
	return lab_new(path, real, dir, dir);
}

const char *catalog_language(void)
{
	const char *names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return !strncmp(value, "ko", 2) ? "ko" : NULL;
	}
	return NULL;
}

static struct lab *lab_by_name(const char *name)
{
	char sources[PATH_MAX], programs[PATH_MAX];
	char dir[PATH_MAX + 256], built[PATH_MAX + 256];
	char handout[PATH_MAX + 300];

	find_dirs(sources, programs, sizeof(sources));
	snprintf(dir, sizeof(dir), "%s/%s", sources, name);
	snprintf(built, sizeof(built), "%s/%s", programs, name);
	if (catalog_language()) {
		snprintf(handout, sizeof(handout), "%s/README.%s.md", dir,
			 catalog_language());
		if (is_file(handout))
			return lab_new(name, handout, dir, built);
	}
	snprintf(handout, sizeof(handout), "%s/README.md", dir);
	return is_file(handout) ? lab_new(name, handout, dir, built) : NULL;
}

struct lab *lab_find(const char *name, struct errmsg *err)
{
	char **names;
	size_t count;
	struct lab *lab;
	const char *near;

	if (strchr(name, '/') || is_file(name))
		return lab_by_path(name, err);
	lab = lab_by_name(name);
	if (lab)
		return lab;
	names = catalog_names(&count);
	near = nearest_word(name, (const char *const *)names, count);
	if (near)
		errmsg_set(err, "no lab is called '%s'; did you mean '%s'? "
			   "(`labs` lists them; a handout of your own is "
			   "given by its path)", name, near);
	else
		errmsg_set(err, "no lab is called '%s'; `labs` lists them (a "
			   "handout of your own is given by its path)", name);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return NULL;
}

void lab_free(struct lab *lab)
{
	if (!lab)
		return;
	free(lab->name);
	free(lab->handout);
	free(lab->source_dir);
	free(lab->program_dir);
	free(lab);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **catalog_names(size_t *count)
{
	char sources[PATH_MAX], programs[PATH_MAX];
	char readme[PATH_MAX + 300];
	char **names = xcalloc(1, sizeof(*names));
	struct dirent *d;
	DIR *dir;

	*count = 0;
	find_dirs(sources, programs, sizeof(sources));
	dir = opendir(sources);
	if (!dir)
		return names;
	while ((d = readdir(dir))) {
		snprintf(readme, sizeof(readme), "%s/%s/README.md", sources,
			 d->d_name);
		if (d->d_name[0] == '.' || !is_file(readme))
			continue;
		names = xrealloc(names, (*count + 2) * sizeof(*names));
		names[(*count)++] = xstrdup(d->d_name);
	}
	closedir(dir);
	qsort(names, *count, sizeof(*names), by_name);
	return names;
}
