/*
 * server, broken on purpose: the bytes of the port are swapped
 *
 * Told "host" it calls htons(), and told "network" it does not. All else is the
 * lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/endian/server.c"
