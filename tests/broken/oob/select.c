/*
 * select, broken on purpose: the urgent byte is never fetched
 *
 * It sees the exceptional condition and then reads without MSG_OOB. All else is
 * the lab's own program.
 */
#include <sys/socket.h>

#undef MSG_OOB
#define MSG_OOB 0	/* the defect */
#include "../../../labs/oob/select.c"
