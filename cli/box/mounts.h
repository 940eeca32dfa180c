/*
 * mounts - the box's own files
 *
 * A /proc that shows the box's pids; an empty /tmp and /dev/shm; /etc/hosts and
 * /etc/resolv.conf that know the box's hosts only; and an overlay over `dir`,
 * so that actors see its files and what they write goes to memory. The rest is
 * the machine's, as the calling user may see it: mount_namespaces(7).
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "errmsg.h"

/* Inside the new mount namespace. dir may be NULL. */
int mounts_make(const char *dir, struct errmsg *err);

/*
 * A program below the machine's /tmp, which the box's own hides: its folder is
 * shown in its place, read-only; of a program in /tmp itself, the file alone.
 * As execve(2) takes it, from cwd. Where that fails, execve() will say so.
 */
void mounts_show_program(const char *program, const char *cwd);

/* Add a line to the box's /etc/hosts. */
int mounts_add_host(const char *addr, const char *name, struct errmsg *err);

#endif
