/*
 * sender, broken on purpose: nothing is urgent
 *
 * It sends everything without MSG_OOB. All else is the lab's own program.
 */
#include <sys/socket.h>

#undef MSG_OOB
#define MSG_OOB 0	/* the defect */
#include "../../../labs/oob/sender.c"
