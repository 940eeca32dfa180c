/*
 * bytes, broken on purpose: the bytes are swapped
 *
 * Told "host" it calls htonl() and htons(), and told "network" it does not.
 * All else is the lab's own program.
 */
#include <string.h>

#define strcmp(a, b) (!strcmp(a, b))	/* the defect */
#include "../../../labs/endian/bytes.c"
