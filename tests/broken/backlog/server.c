/*
 * server, broken on purpose: the backlog is one too small
 *
 * It knows that Linux takes n + 1 connections, and asks for one less. All else
 * is the lab's own program.
 */
#include <sys/socket.h>

#define listen(fd, n) listen(fd, (n) - 1)	/* the defect */
#include "../../../labs/backlog/server.c"
