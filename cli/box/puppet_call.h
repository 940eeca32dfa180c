/*
 * puppet_call - how the table of a puppet's calls is made; for puppet_*.c only
 *
 * One call is one entry: its arguments in order, the C line with $0, $1, ...
 * where the arguments go, and the function that makes the call. Each argument
 * is taken off the words by its take function, which fills in the message and
 * says how the argument reads in C.
 */
#ifndef PUPPET_CALL_H
#define PUPPET_CALL_H

#include "box/puppet.h"

#include <sys/types.h>

#define PUPPET_MAGIC 0x70757031U
#define PUPPET_WORDS 128

/* A pid that is asked for by getpid() when the call is made. */
#define PUPPET_SELF INT64_MIN

struct puppet_name {
	const char *name;	/* as in C */
	int64_t value;
};

/*
 * Typed in any case, with or without the prefix. The prefix "_" stands for all
 * up to the first underscore: SO_, TCP_.
 */
struct puppet_names {
	const char *prefix;
	const struct puppet_name *names;
	size_t count;
};

/* Words of the form key=value, which may stand anywhere after the call. */
enum puppet_key {
	KEY_FD,
	KEY_LEN,
	KEY_TIMEOUT,
	KEY_NFDS,
	KEY_MASK,
	KEY_RIGHTS,

	NUM_PUPPET_KEYS
};

struct puppet_parse {
	const struct puppet_state *st;
	const struct puppet_call *call;
	const char *words[PUPPET_WORDS];	/* no call, no keys */
	int count, at;				/* at: the next to be taken */
	bool fd_given;		/* so a number is not a misread descriptor */
	bool near;		/* the error names a word that is near */
	const char *key[NUM_PUPPET_KEYS];	/* the value, or NULL */
	struct puppet_request *req;
	struct puppet_message *msg;		/* &req->message */
	struct errmsg *err;
	struct buf before;		/* C that goes before the call */
	struct buf c[PUPPET_VALS];		/* each argument in C */
};

struct puppet_arg {
	/* 0, PUPPET_BAD or PUPPET_MISSING. i: the argument's index. */
	int (*take)(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i);
	const char *name;		/* as in the usage */
	const struct puppet_names *names;
	bool optional;
	int64_t value;			/* if it is left out */
	const char *c;			/* if it is left out: in C */
	unsigned int want, or_want;	/* take_fd: kinds, as bits */
};

/* What a call that succeeded does to what the puppet has open. */
enum puppet_effect {
	EFFECT_NONE,
	EFFECT_SOCKET,
	EFFECT_LISTEN,
	EFFECT_CONNECT,
	EFFECT_ACCEPT,		/* new_fd: connected */
	EFFECT_PIPE,
	EFFECT_FILE,
	EFFECT_EPOLL,
	EFFECT_DUP,		/* new_fd: of the same kind as fd */
	EFFECT_CLOSE,
	EFFECT_FORK,

	NUM_PUPPET_EFFECTS
};

struct puppet;
struct puppet_act {
	struct puppet *self;
	struct puppet_message *msg;
	const int64_t *val;		/* msg->val */
	struct puppet_answer *answer;
	unsigned char *buf;		/* of PUPPET_DATA_MAX bytes */
};

struct puppet_call {
	const char *name, *usage, *summary;
	const struct puppet_arg *args[PUPPET_VALS];
	const char *c;
	/* Makes the call. Returns what it returned; errno as it left it. */
	long (*act)(struct puppet_act *a);
	enum puppet_effect effect;
	unsigned int keys;		/* that it knows, as bits */
};

struct puppet_group {
	const struct puppet_call *calls;
	size_t count;
};
extern const struct puppet_group puppet_net, puppet_msg, puppet_sockopt,
	puppet_file, puppet_ready, puppet_proc, puppet_signal;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The table (puppet.c). NULL beyond the end. */
const struct puppet_call *puppet_call_at(size_t i);
bool puppet_takes_fd(const struct puppet_call *call);

/* For take functions: the next word or NULL; the two ways to fail. */
const char *puppet_word(const struct puppet_parse *p);
int puppet_missing(struct puppet_parse *p, const char *what);
int puppet_bad(struct puppet_parse *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "'peke' is no FLAG; did you mean peek?" */
int puppet_unknown(struct puppet_parse *p, const char *word,
		   const struct puppet_arg *arg);
/* The argument is left out: its value and its C come from *arg. */
int puppet_left_out(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i);

/* Take functions (puppet_args.c). */
int take_fd(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_num(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_len(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_lens(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_mode(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_pid(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_time(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_word(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_flags(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_text(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_texts(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_path(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_args(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_sig(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_sigs(struct puppet_parse *p, const struct puppet_arg *arg, int i);

int take_addr(struct puppet_parse *p, const struct puppet_arg *arg, int i);
int take_bind_addr(struct puppet_parse *p, const struct puppet_arg *arg,
		   int i);

/* Parts of them. */
bool puppet_number(const char *word, int64_t *n);
bool puppet_seconds(const char *word, int64_t *ns);
int puppet_num_add(struct puppet_parse *p, int64_t n);
/* timeout=SECONDS in nanoseconds, -1 without; PUPPET_BAD if it is none. */
int puppet_timeout(struct puppet_parse *p, int64_t *ns);

/*
 * Quoted as in C, cut with "..." where out is full (of at least 16 bytes):
 * then false. Octal escapes, three digits, are safe whatever follows them.
 */
bool puppet_quote(char *out, size_t size, const void *bytes, size_t len,
		  char quote);
/* One signal, or several with commas, as a set with bit 0 for signal 1. */
bool puppet_sigset_find(const char *word, uint64_t *set);

/* Names (puppet_names.c). */
const struct puppet_name *puppet_name_find(const struct puppet_names *names,
					   const char *word);
/* "O_RDWR | O_APPEND", the rest in hex; "0" for none. */
void puppet_names_text(const struct puppet_names *names, int64_t value,
		       char *out, size_t size);
/* Without the prefix, in small letters, as it is best typed. */
void puppet_name_short(const struct puppet_names *names, size_t i, char *out,
		       size_t size);
/* The nearest, in the same form; false if none is near. */
bool puppet_name_near(const struct puppet_names *names, const char *word,
		      char *out, size_t size);
int puppet_sig_find(const char *word);		/* -1: there is none */
void puppet_sig_text(int sig, char *out, size_t size);
bool puppet_sigset_text(uint64_t set, char *out, size_t size);

/* For act functions (puppet_calls.c). */
const char *puppet_text(const struct puppet_act *a, unsigned int i,
			size_t *len);		/* len may be NULL */
pid_t puppet_pid(int64_t val);	/* PUPPET_SELF is looked up */
void puppet_say(struct puppet_act *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void puppet_say_bytes(struct puppet_act *a, const void *bytes, size_t len);
void puppet_say_addr(struct puppet_act *a, const void *bytes, size_t len);
void puppet_new_fd(struct puppet_act *a, int fd);
long puppet_fork(struct puppet_act *a);

#endif
