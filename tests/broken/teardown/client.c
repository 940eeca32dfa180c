/*
 * client, broken on purpose: it shuts down where it should close
 *
 * The same FIN is sent, but the descriptor stays open. All else is the lab's
 * own program.
 */
#include <sys/socket.h>
#include <unistd.h>

#define close(fd) shutdown(fd, SHUT_WR)	/* the defect */
#include "../../../labs/teardown/client.c"
