/*
 * puppet - an actor that makes the system calls that a person types
 *
 * The line `a recv 10 peek` becomes recv(3, buf, 10, MSG_PEEK) in the process
 * of actor a. Two sides, one table of calls:
 *
 * The program's side. puppet_parse() turns the words after the actor's name
 * into a request: a flat message, and the C line that it amounts to.
 * puppet_send() puts it on the channel, puppet_receive() takes the answer off
 * it, puppet_learn() tells the state of that actor what it has open now. The
 * state is what lets the next line leave the descriptor out.
 *
 * The actor's side. puppet_main() serves a channel (one end of a SOCK_SEQPACKET
 * pair): take a request, make that one call, answer. Its own descriptors lie at
 * PUPPET_FD and above and are close-on-exec, so 3, 4, ... come out as in any
 * program. What lies between the return of a recvfrom() on PUPPET_FD and the
 * next sendto() or sendmsg() on PUPPET_FD is the call that was asked for;
 * everything outside of that span is the puppet's own housekeeping. In the
 * span there is no other call, except where the C line is more than one too:
 * raise() and abort() of the C library, and kill(getpid(), ...).
 *
 * A call that blocks blocks the puppet: nothing is answered until it returns,
 * and a signal ends it with EINTR, or not, as for any program. A call that does
 * not return (exit, abort, a successful execve, a deadly signal) closes the
 * channel.
 */
#ifndef PUPPET_H
#define PUPPET_H

#include "buf.h"
#include "errmsg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUPPET_FD 1000
#define PUPPET_DATA_MAX 65536	/* bytes that one line can send or read */
#define PUPPET_TEXTS 32
#define PUPPET_NUMS 72
#define PUPPET_VALS 6

/* What kind of thing a descriptor is, as far as the answers told. */
enum puppet_kind {
	PUPPET_SOCKET,		/* neither listening nor connected */
	PUPPET_LISTENER,
	PUPPET_CONNECTED,
	PUPPET_PIPE_READ,
	PUPPET_PIPE_WRITE,
	PUPPET_FILE,
	PUPPET_EPOLL,

	NUM_PUPPET_KINDS
};

/*
 * What one puppet has open. Zeroed: nothing. The child of a fork starts with a
 * copy of its parent's state, with forks set to 0.
 */
struct puppet_state {
	struct {
		int fd;
		enum puppet_kind kind;
	} open[64];		/* the newest last */
	int count;
	unsigned int forks;	/* children that it has made */
};

/* What travels to the actor: no pointers, data cut off after data_len. */
struct puppet_message {
	uint32_t magic;
	uint32_t call;			/* index into the table */
	int64_t val[PUPPET_VALS];	/* by argument */
	int64_t num[PUPPET_NUMS];	/* lists, and arguments of many parts */
	uint32_t num_count;
	struct {
		uint32_t at, len;	/* in data, where a NUL follows it */
	} text[PUPPET_TEXTS];
	uint32_t text_count;
	unsigned char addr[256];	/* a struct sockaddr */
	uint32_t addr_len;
	uint32_t data_len;
	unsigned char data[PUPPET_DATA_MAX + PUPPET_TEXTS];
};

struct puppet_request {
	struct puppet_message message;
	char c_line[4096];
	const char *missing;	/* PUPPET_MISSING: its name, as "LEN" */
};

struct puppet_answer {
	uint32_t magic;
	uint32_t call;
	int64_t ret;
	int32_t error;		/* errno where ret is -1, else 0 */
	int32_t fd;		/* the descriptor that was acted on, or -1 */
	int32_t new_fd[2];	/* descriptors that came of it */
	uint32_t new_count;
	char name[32];		/* fork: the name given for the child, or "" */
	uint32_t text_len;
	char text[4096];	/* what came with the result, or "" */
};

enum puppet_parsed {
	PUPPET_BAD = -1,	/* *err says why, and what the call takes */
	PUPPET_OK = 0,
	PUPPET_MISSING = 1,	/* something is left out: *err, req->missing */
};

/*
 * words[0] is the call: { "recv", "10", "peek" }. After PUPPET_MISSING the
 * prompt may ask for req->missing, put the answer after the other words (where
 * missing is "FD", as fd=N) and parse again.
 */
int puppet_parse(const struct puppet_state *st, const char *const *words,
		 int count, struct puppet_request *req, struct errmsg *err);

/* How the words are written; the same for all calls, several lines. */
const char *puppet_words_help(void);

const char *puppet_call_name(size_t i);		/* NULL after the last */
const char *puppet_call_usage(const char *name);	/* NULL: no such call */
const char *puppet_call_summary(const char *name);
/* Usage, summary, and each word that the call knows. */
int puppet_call_help(const char *name, struct buf *out, struct errmsg *err);
/* The i-th word (flag, option, command) that it knows, as in C, or NULL. */
const char *puppet_call_word(const char *name, size_t i);

/* Never waits: a channel full of requests is an error. */
int puppet_send(int channel, const struct puppet_request *req,
		struct errmsg *err);

/*
 * 1: *answer is there. 0: the channel is closed. -1: *err; errno EAGAIN says
 * that there is nothing yet, if the channel is non-blocking. *child is the
 * channel to the child of a fork, which the caller then owns, else -1.
 */
int puppet_receive(int channel, struct puppet_answer *answer, int *child,
		   struct errmsg *err);

/* For each answer, in order. */
void puppet_learn(struct puppet_state *st, const struct puppet_answer *answer);

/* "= 3", "= 5, received \"hello\"", "= -1 EINTR (Interrupted system call)" */
void puppet_answer_text(const struct puppet_answer *answer, struct buf *out);

/*
 * The actor: serve the channel until it is closed, then return 0. fd may be
 * any descriptor; it is moved to PUPPET_FD.
 */
int puppet_main(int fd);

#endif
