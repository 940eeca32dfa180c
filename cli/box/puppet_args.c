/* puppet_args - the arguments that many calls share, from words */
#include "box/puppet_call.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool puppet_number(const char *word, int64_t *n)
{
	bool hex = strncasecmp(word, "0x", 2) == 0;
	char *end;

	if (!isdigit((unsigned char)*word) &&
	    !(*word == '-' && isdigit((unsigned char)word[1])))
		return false;
	errno = 0;
	*n = strtoll(word, &end, hex ? 16 : 10);
	return !*end && errno == 0 && *n > INT64_MIN / 4 && *n < INT64_MAX / 4;
}

/* "2", "0.5": at most a year, down to a nanosecond. */
bool puppet_seconds(const char *word, int64_t *ns)
{
	int64_t unit = 1000000000, sum = 0;
	bool digit = false, point = false;

	for (; *word; word++) {
		if (*word == '.' && !point) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*word))
			return false;
		digit = true;
		if (point) {
			unit /= 10;
			sum += (*word - '0') * unit;
		} else {
			sum = sum * 10 + (*word - '0') * unit;
		}
		if (sum > 365LL * 86400 * 1000000000)
			return false;
	}
	*ns = sum;
	return digit;
}

int puppet_num_add(struct puppet_parse *p, int64_t n)
{
	if (p->msg->num_count == PUPPET_NUMS)
		return puppet_bad(p, "that is too much for one line");
	p->msg->num[p->msg->num_count++] = n;
	return PUPPET_OK;
}

int puppet_timeout(struct puppet_parse *p, int64_t *ns)
{
	const char *word = p->key[KEY_TIMEOUT];

	*ns = -1;
	if (word && !puppet_seconds(word, ns))
		return puppet_bad(p, "'%.60s' is no time in seconds", word);
	return PUPPET_OK;
}

static bool find_open(const struct puppet_state *st, unsigned int kinds,
		      int64_t *fd)
{
	for (int i = st->count; i-- > 0;)
		if (kinds >> st->open[i].kind & 1) {
			*fd = st->open[i].fd;
			return true;
		}
	return false;
}

int take_fd(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *key = p->key[KEY_FD], *word = puppet_word(p);
	int64_t fd;

	if (key) {
		if (!puppet_number(key, &fd))
			return puppet_bad(p, "'%.60s' is no descriptor", key);
	} else if (p->at == 0 && word && puppet_number(word, &fd)) {
		p->at++;
	} else if (!find_open(p->st, arg->want, &fd) &&
		   !find_open(p->st, arg->or_want, &fd)) {
		return puppet_missing(p, arg->name);
	}
	if (fd < INT_MIN || fd > INT_MAX)
		return puppet_bad(p, "no descriptor is that large");
	/* The puppet's own end is not to be played with. */
	if (fd >= PUPPET_FD && fd < PUPPET_FD + 8)
		return puppet_bad(p, "%d is the puppet's own channel", (int)fd);
	p->msg->val[i] = fd;
	buf_fmt(&p->c[i], "%d", (int)fd);
	return PUPPET_OK;
}

int take_num(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	int64_t n;

	if (!word || (arg->optional && !puppet_number(word, &n)))
		return puppet_left_out(p, arg, i);
	if (!puppet_number(word, &n))
		return puppet_bad(p, "'%.60s' is no number (%s)", word,
				  arg->name);
	p->at++;
	p->msg->val[i] = n;
	buf_fmt(&p->c[i], "%lld", (long long)n);
	return PUPPET_OK;
}

static int length_of(struct puppet_parse *p, const struct puppet_arg *arg,
		     int64_t *n)
{
	const char *word = puppet_word(p);

	if (!word)
		return puppet_missing(p, arg->name);
	if (!puppet_number(word, n))
		return puppet_bad(p, "'%.60s' is no number (%s)", word,
				  arg->name);
	if (*n < 0 || *n > PUPPET_DATA_MAX)
		return puppet_bad(p, "%s is 0 to %d", arg->name,
				  PUPPET_DATA_MAX);
	p->at++;
	return PUPPET_OK;
}

int take_len(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	int rc = length_of(p, arg, &p->msg->val[i]);

	if (rc == PUPPET_OK)
		buf_fmt(&p->c[i], "%lld", (long long)p->msg->val[i]);
	return rc;
}

/* arg->c: what stands between the iovec and the number of its parts. */
int take_lens(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	int64_t n = 0, sum = 0;
	int rc, parts = 0;

	buf_str(&p->c[i], "(struct iovec[]){ ");
	do {
		rc = length_of(p, arg, &n);
		if (rc == PUPPET_OK && sum + n > PUPPET_DATA_MAX)
			rc = puppet_bad(p, "at most %d bytes in all",
					PUPPET_DATA_MAX);
		if (rc == PUPPET_OK)
			rc = puppet_num_add(p, n);
		if (rc != PUPPET_OK)
			return rc;
		buf_fmt(&p->c[i], "%s{ buf + %lld, %lld }", parts ? ", " : "",
			(long long)sum, (long long)n);
		sum += n;
		parts++;
	} while (puppet_word(p) && puppet_number(puppet_word(p), &n));
	buf_fmt(&p->c[i], " }%s%d", arg->c, parts);
	return PUPPET_OK;
}

int take_mode(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	unsigned long mode;
	char *end;

	if (!word)
		return puppet_left_out(p, arg, i);
	errno = 0;
	mode = strtoul(word, &end, 8);
	if (!isdigit((unsigned char)*word) || *end || errno || mode > 07777)
		return arg->optional ? puppet_left_out(p, arg, i)
			: puppet_bad(p, "'%.60s' is no mode, as 0644 is", word);
	p->at++;
	p->msg->val[i] = mode;
	buf_fmt(&p->c[i], "0%lo", mode);
	return PUPPET_OK;
}

int take_pid(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);

	if (!word || strcasecmp(word, "self") != 0)
		return take_num(p, arg, i);
	p->at++;
	p->msg->val[i] = PUPPET_SELF;
	buf_str(&p->c[i], "getpid()");
	return PUPPET_OK;
}

/* In nanoseconds; in C as a struct timespec. */
int take_time(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	int64_t ns;

	if (!word)
		return puppet_left_out(p, arg, i);
	if (!puppet_seconds(word, &ns))
		return puppet_bad(p, "'%.60s' is no time in seconds", word);
	p->at++;
	p->msg->val[i] = ns;
	buf_fmt(&p->c[i], "{ %lld, %lld }", (long long)ns / 1000000000,
		(long long)ns % 1000000000);
	return PUPPET_OK;
}

/* Numbers do too, so that the kernel can be seen to refuse them. */
int take_word(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const struct puppet_name *name;
	const char *word = puppet_word(p);

	if (!word)
		return puppet_left_out(p, arg, i);
	name = puppet_name_find(arg->names, word);
	if (name) {
		p->msg->val[i] = name->value;
		buf_str(&p->c[i], name->name);
	} else if (!arg->optional && p->fd_given &&
		   puppet_number(word, &p->msg->val[i])) {
		buf_fmt(&p->c[i], "%lld", (long long)p->msg->val[i]);
	} else {
		return arg->optional ? puppet_left_out(p, arg, i)
				     : puppet_unknown(p, word, arg);
	}
	p->at++;
	return PUPPET_OK;
}

int take_flags(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word;
	bool any = false;
	int64_t sum = 0;

	while ((word = puppet_word(p))) {
		const struct puppet_name *name =
			puppet_name_find(arg->names, word);
		int64_t bits;

		if (name)
			bits = name->value;
		else if (strncasecmp(word, "0x", 2) != 0 ||
			 !puppet_number(word, &bits))
			break;
		buf_fmt(&p->c[i], "%s%s", any ? " | " : "",
			name ? name->name : word);
		sum |= bits;
		any = true;
		p->at++;
	}
	if (!any && word && !arg->optional)
		return puppet_unknown(p, word, arg);
	if (!any)
		return puppet_left_out(p, arg, i);
	p->msg->val[i] = sum;
	return PUPPET_OK;
}

int take_sig(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	char name[32];
	int sig;

	if (!word)
		return puppet_left_out(p, arg, i);
	sig = puppet_sig_find(word);
	if (sig == -1)
		return puppet_bad(p, "'%.60s' is no signal", word);
	p->at++;
	p->msg->val[i] = sig;
	puppet_sig_text(sig, name, sizeof(name));
	buf_str(&p->c[i], name);
	return PUPPET_OK;
}

/* All the words that are left: signals, or one of `none` and `all`. */
int take_sigs(struct puppet_parse *p, const struct puppet_arg *arg, int i)
{
	const char *word = puppet_word(p);
	uint64_t set = 0;

	if (!word)
		return puppet_missing(p, arg->name);
	buf_str(&p->c[i], "&set");
	if (strcasecmp(word, "all") == 0) {
		p->at++;
		memset(&p->msg->val[i], 0xff, sizeof(p->msg->val[i]));
		buf_str(&p->before, "sigfillset(&set); ");
		return PUPPET_OK;
	}
	buf_str(&p->before, "sigemptyset(&set); ");
	if (strcasecmp(word, "none") == 0) {
		p->at++;
		return PUPPET_OK;
	}
	for (; (word = puppet_word(p)); p->at++) {
		int sig = puppet_sig_find(word);
		char name[32];

		if (sig < 1 || sig > SIGRTMAX)
			return puppet_bad(p, "'%.60s' is no signal", word);
		set |= 1ULL << (sig - 1);
		puppet_sig_text(sig, name, sizeof(name));
		buf_fmt(&p->before, "sigaddset(&set, %s); ", name);
	}
	memcpy(&p->msg->val[i], &set, sizeof(set));
	return PUPPET_OK;
}
