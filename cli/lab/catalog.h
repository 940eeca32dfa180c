/*
 * catalog - where labs are
 *
 * A lab is a name (a folder of the labs that come with the program) or the path
 * of a handout. Programs of a lab of ours are built beside underglass; those of
 * anybody's handout are in the handout's own folder.
 */
#ifndef CATALOG_H
#define CATALOG_H

#include "errmsg.h"

#include <stddef.h>

struct lab {
	char *name;		/* "zombie", or the path as it was given */
	char *handout;		/* path of the README.md */
	char *source_dir;	/* the C files */
	char *program_dir;	/* what ./NAME means */
};

/* NULL, and *err with the nearest names. */
struct lab *lab_find(const char *name_or_path, struct errmsg *err);
void lab_free(struct lab *lab);

/* The names, in order. Free each and the list. */
char **catalog_names(size_t *count);

/* In the user's language where there is one: README.ko.md. May be NULL. */
const char *catalog_language(void);

#endif
