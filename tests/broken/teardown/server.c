/*
 * server, broken on purpose: it never closes the connection
 *
 * Where close() should be called, nothing is. All else is the lab's own
 * program.
 */
#include <unistd.h>

#define close(fd) ((void)(fd))	/* the defect */
#include "../../../labs/teardown/server.c"
