/*
 * puppet - the words of a line against the table of calls
 *
 * The arguments of a call are taken off its words from left to right. The
 * descriptor, where a call takes one, is the first argument and may be left
 * out. So a number in first place has two readings: it is the descriptor if
 * the rest of the words then suffices, else it is the argument after it.
 * `recv 4 10` reads from 4, `recv 10` reads 10 bytes. fd=4 says it plainly.
 */
#include "box/puppet_call.h"
#include "nearest.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CALLS_MAX 128

static const struct puppet_group *const groups[] = {
	&puppet_net, &puppet_msg, &puppet_sockopt, &puppet_file,
	&puppet_ready, &puppet_proc, &puppet_signal,
};

static const char *const key_names[] = {
	[KEY_FD]	= "fd",
	[KEY_LEN]	= "len",
	[KEY_TIMEOUT]	= "timeout",
	[KEY_NFDS]	= "nfds",
	[KEY_MASK]	= "mask",
	[KEY_RIGHTS]	= "rights",
};
static_assert(COUNT(key_names) == NUM_PUPPET_KEYS, "a key has no name");

const struct puppet_call *puppet_call_at(size_t i)
{
	for (size_t g = 0; g < COUNT(groups); g++) {
		if (i < groups[g]->count)
			return &groups[g]->calls[i];
		i -= groups[g]->count;
	}
	return NULL;
}

static const struct puppet_call *find_call(const char *name, size_t *index)
{
	const struct puppet_call *call;

	for (size_t i = 0; (call = puppet_call_at(i)); i++)
		if (strcasecmp(call->name, name) == 0) {
			if (index)
				*index = i;
			return call;
		}
	return NULL;
}

bool puppet_takes_fd(const struct puppet_call *call)
{
	return call->args[0] && call->args[0]->take == take_fd;
}

static int no_such_call(const char *word, struct errmsg *err)
{
	const char *names[CALLS_MAX], *near;
	char begin[200] = "", low[32];
	size_t n, len = 0;

	for (n = 0; word[n] && n + 1 < sizeof(low); n++)
		low[n] = tolower((unsigned char)word[n]);
	low[n] = '\0';
	for (n = 0; n < CALLS_MAX && puppet_call_at(n); n++) {
		names[n] = puppet_call_at(n)->name;
		if (*low && strncmp(names[n], low, strlen(low)) == 0 &&
		    len < sizeof(begin))
			len += snprintf(begin + len, sizeof(begin) - len,
					"%s%s", len ? ", " : "", names[n]);
	}
	near = nearest_word(low, names, n);
	if (*begin)
		return errmsg_set(err, "no call '%.60s'; there is %s", word,
				  begin);
	if (near)
		return errmsg_set(err, "no call '%.60s'; did you mean %s? %s "
				  "takes %s", word, near, near,
				  *puppet_call_usage(near) ?
				  puppet_call_usage(near) : "nothing");
	return errmsg_set(err, "no call '%.60s'; `help puppet` lists them",
			  word);
}

static int takes(struct puppet_parse *p, const char *what)
{
	errmsg_set(p->err, "%s takes %s: %s", p->call->name,
		   *p->call->usage ? p->call->usage : "nothing", what);
	return PUPPET_BAD;
}

const char *puppet_word(const struct puppet_parse *p)
{
	return p->at < p->count ? p->words[p->at] : NULL;
}

int puppet_missing(struct puppet_parse *p, const char *what)
{
	char text[100];

	p->req->missing = what;
	snprintf(text, sizeof(text), "%s is missing", what);
	takes(p, text);
	return PUPPET_MISSING;
}

int puppet_bad(struct puppet_parse *p, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return takes(p, text);
}

int puppet_unknown(struct puppet_parse *p, const char *word,
		   const struct puppet_arg *arg)
{
	char near[40];

	p->near = arg->names && puppet_name_near(arg->names, word, near,
						 sizeof(near));
	if (p->near)
		return puppet_bad(p, "'%.60s' is no %s; did you mean %s?",
				  word, arg->name, near);
	return puppet_bad(p, "'%.60s' is no %s", word, arg->name);
}

int puppet_left_out(struct puppet_parse *p, const struct puppet_arg *arg,
		    int i)
{
	if (!arg->optional)
		return puppet_missing(p, arg->name);
	p->msg->val[i] = arg->value;
	buf_str(&p->c[i], arg->c ? arg->c : "");
	return PUPPET_OK;
}

/* Put key=value aside where the call knows the key, the rest into words. */
static int sort_words(struct puppet_parse *p, const char *const *words,
		      int count)
{
	unsigned int keys = p->call->keys;

	if (puppet_takes_fd(p->call))
		keys |= 1U << KEY_FD;
	for (int w = 0; w < count; w++) {
		const char *eq = strchr(words[w], '=');
		int key = 0;

		while (key < NUM_PUPPET_KEYS &&
		       !(keys >> key & 1 && eq &&
			 strlen(key_names[key]) == (size_t)(eq - words[w]) &&
			 strncasecmp(words[w], key_names[key],
				     eq - words[w]) == 0))
			key++;
		if (key < NUM_PUPPET_KEYS)
			p->key[key] = eq + 1;
		else if (p->count == PUPPET_WORDS)
			return puppet_bad(p, "more than %d words",
					  PUPPET_WORDS);
		else
			p->words[p->count++] = words[w];
	}
	return PUPPET_OK;
}

static int too_much(struct puppet_parse *p)
{
	const struct puppet_arg *with = NULL;

	for (int i = 0; i < PUPPET_VALS && p->call->args[i]; i++)
		if (p->call->args[i]->names)
			with = p->call->args[i];
	if (with)
		return puppet_unknown(p, puppet_word(p), with);
	return puppet_bad(p, "'%.60s' is too much", puppet_word(p));
}

static void start_over(struct puppet_parse *p)
{
	p->at = 0;
	p->near = false;
	p->msg->num_count = p->msg->text_count = 0;
	p->msg->addr_len = p->msg->data_len = 0;
	memset(p->msg->val, 0, sizeof(p->msg->val));
	p->req->missing = NULL;
	buf_clear(&p->before);
	for (int i = 0; i < PUPPET_VALS; i++)
		buf_clear(&p->c[i]);
}

/* One reading of the words. A descriptor that is left out is asked for last. */
static int read_words(struct puppet_parse *p, bool fd_is_there)
{
	bool skip = puppet_takes_fd(p->call) && !fd_is_there;
	int rc = PUPPET_OK;

	start_over(p);
	p->fd_given = !skip || p->key[KEY_FD];
	for (int i = skip; i < PUPPET_VALS && p->call->args[i]; i++) {
		rc = p->call->args[i]->take(p, p->call->args[i], i);
		if (rc != PUPPET_OK)
			return rc;
	}
	if (p->at < p->count)
		return too_much(p);
	return skip ? p->call->args[0]->take(p, p->call->args[0], 0) : rc;
}

static int read_both_ways(struct puppet_parse *p)
{
	struct errmsg first_err;
	const char *missing;
	int rc, first, first_at;
	bool first_near;
	int64_t n;

	if (p->key[KEY_FD] || !puppet_takes_fd(p->call) || !p->count ||
	    !puppet_number(p->words[0], &n))
		return read_words(p, false);
	first = read_words(p, true);
	if (first == PUPPET_OK)
		return first;
	first_at = p->at;
	first_near = p->near;
	first_err = *p->err;
	missing = p->req->missing;
	rc = read_words(p, false);
	if (rc == PUPPET_OK || p->at > first_at)
		return rc;
	/*
	 * Neither works: speak of the reading that made sense for longer, else
	 * of the one that only lacks something or knows what was meant.
	 */
	if (p->at == first_at &&
	    (rc == PUPPET_MISSING || (p->near && !first_near)))
		return rc;
	*p->err = first_err;
	p->req->missing = missing;
	return first;
}

static void make_c_line(struct puppet_parse *p)
{
	struct buf line = { 0 };

	if (p->before.len)
		buf_add(&line, p->before.text, p->before.len);
	for (const char *c = p->call->c; *c; c++) {
		if (c[0] == '$' && c[1] >= '0' && c[1] < '0' + PUPPET_VALS) {
			const struct buf *arg = &p->c[*++c - '0'];

			if (arg->len)
				buf_add(&line, arg->text, arg->len);
		} else {
			buf_char(&line, *c);
		}
	}
	if (line.len >= sizeof(p->req->c_line)) {
		size_t end = sizeof(p->req->c_line) - 4;

		while ((line.text[end] & 0xc0) == 0x80)
			end--;
		memcpy(line.text + end, "...", 4);
	}
	snprintf(p->req->c_line, sizeof(p->req->c_line), "%s",
		 line.text ? line.text : "");
	buf_release(&line);
}

int puppet_parse(const struct puppet_state *st, const char *const *words,
		 int count, struct puppet_request *req, struct errmsg *err)
{
	struct puppet_parse p = {
		.st = st, .req = req, .msg = &req->message, .err = err,
	};
	size_t index;
	int rc;

	req->missing = NULL;
	req->c_line[0] = '\0';
	if (count < 1) {
		errmsg_set(err, "which call?");
		return PUPPET_BAD;
	}
	p.call = find_call(words[0], &index);
	if (!p.call) {
		no_such_call(words[0], err);
		return PUPPET_BAD;
	}
	memset(&req->message, 0, offsetof(struct puppet_message, data));
	req->message.magic = PUPPET_MAGIC;
	req->message.call = index;
	rc = sort_words(&p, words + 1, count - 1);
	if (rc == PUPPET_OK)
		rc = read_both_ways(&p);
	if (rc == PUPPET_OK)
		make_c_line(&p);
	buf_release(&p.before);
	for (int i = 0; i < PUPPET_VALS; i++)
		buf_release(&p.c[i]);
	return rc;
}

const char *puppet_call_name(size_t i)
{
	const struct puppet_call *call = puppet_call_at(i);

	return call ? call->name : NULL;
}

const char *puppet_call_usage(const char *name)
{
	const struct puppet_call *call = find_call(name, NULL);

	return call ? call->usage : NULL;
}

const char *puppet_call_summary(const char *name)
{
	const struct puppet_call *call = find_call(name, NULL);

	return call ? call->summary : NULL;
}

const char *puppet_call_word(const char *name, size_t i)
{
	const struct puppet_call *call = find_call(name, NULL);

	for (int a = 0; call && a < PUPPET_VALS && call->args[a]; a++) {
		const struct puppet_names *names = call->args[a]->names;

		if (names && i < names->count)
			return names->names[i].name;
		i -= names ? names->count : 0;
	}
	return NULL;
}

static void help_words(const struct puppet_arg *arg, struct buf *out)
{
	size_t at;

	buf_fmt(out, "  %s:", arg->name);
	at = strlen(arg->name) + 3;
	for (size_t i = 0; i < arg->names->count; i++) {
		char word[40];

		puppet_name_short(arg->names, i, word, sizeof(word));
		at += strlen(word) + 1;
		if (at > 78) {
			buf_str(out, "\n   ");
			at = strlen(word) + 4;
		}
		buf_fmt(out, " %s", word);
	}
	buf_char(out, '\n');
}

int puppet_call_help(const char *name, struct buf *out, struct errmsg *err)
{
	const struct puppet_call *call = find_call(name, NULL);

	if (!call)
		return no_such_call(name, err);
	buf_fmt(out, "%s%s%s\n  %s\n", call->name, *call->usage ? " " : "",
		call->usage, call->summary);
	for (int i = 0; i < PUPPET_VALS && call->args[i]; i++)
		if (call->args[i]->names)
			help_words(call->args[i], out);
	return 0;
}

const char *puppet_words_help(void)
{
	return
"A puppet makes the call that is typed: its name, then what it takes.\n"
"  descriptor  the first argument, or fd=4, or left out: then the newest one\n"
"              that fits. A number in first place is the descriptor if the\n"
"              rest suffices: recv 4 10 reads from 4, recv 10 reads 10 bytes.\n"
"  flags       by their C names, in any case, the prefix may be left out:\n"
"              MSG_PEEK, peek. Several: one word each.\n"
"  text        \\n \\r \\t \\0 \\xNN \\\\ as in C; x*1000 is 1000 times x,\n"
"              \\* a plain star. A text that is also a flag's name: \\x6fob.\n"
"  address     10.0.0.1 7000, any 7000, ::1 7000, /tmp/socket, @abstract,\n"
"              unspec; len=N gives a wrong length.\n"
"  time        seconds, also 0.5; timeout=2 for select, poll, epoll_wait.\n"
"  signal      USR1, SIGUSR1, 10, RTMIN+1.\n"
"  pid         a number, or self.\n";
}
