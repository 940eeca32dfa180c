#include "probe/count.h"

#include "buf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A piece of a line: nothing here is terminated. */
struct span {
	const char *at;
	size_t len;
};

static struct span next_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->len);
	struct span line = { text->at, end ? (size_t)(end - text->at) :
			     text->len };
	size_t used = line.len + (end != NULL);

	text->at += used;
	text->len -= used;
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span next_word(struct span *line)
{
	struct span word;

	while (line->len && is_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	word.at = line->at;
	while (line->len && !is_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	word.len = line->at - word.at;
	return word;
}

static bool is_word(struct span s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

static void add(struct counts *c, struct span group, struct span name,
		int64_t value)
{
	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 512;
		c->list = xrealloc(c->list, c->room * sizeof(*c->list));
	}
	if (is_word(group, "TcpExt"))
		group.len = 0;
	c->list[c->count++] = (struct counter){
		.name = xasprintf("%.*s%.*s", (int)group.len, group.at,
				  (int)name.len, name.at),
		.value = value,
	};
}

/* Counters have up to 64 bits without a sign; TcpMaxConn is -1. */
static bool parse_value(struct span word, int64_t *value)
{
	bool minus = word.len > 1 && *word.at == '-';
	uint64_t n = 0;
	size_t i;

	if (word.len <= minus || word.len > 20U + minus)
		return false;
	for (i = minus; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		n = n * 10 + (word.at[i] - '0');
	}
	*value = minus ? -n : n;
	return true;
}

static int bad(struct span line, const char *what, struct errmsg *err)
{
	return errmsg_set(err, "network counters: %s at \"%.*s\"", what,
			  line.len < 40 ? (int)line.len : 40, line.at);
}

/* "Udp: InDatagrams NoPorts" and, below it, "Udp: 31 0". */
static int parse_pair(struct span names, struct span values, struct counts *c,
		      struct errmsg *err)
{
	struct span head = names, group = next_word(&names);
	struct span other = next_word(&values);
	struct span name, word;
	int64_t value;

	if (group.len != other.len || memcmp(group.at, other.at, group.len))
		return bad(head, "no values follow", err);
	group.len--;		/* the colon */
	for (;;) {
		name = next_word(&names);
		word = next_word(&values);
		if (!name.len && !word.len)
			return 0;
		if (!name.len || !word.len)
			return bad(head, "not one value for each name", err);
		if (!parse_value(word, &value))
			return bad(word, "not a number", err);
		add(c, group, name, value);
	}
}

/* snmp6 has one counter a line: "Ip6InReceives    12". */
static int parse_single(struct span line, struct counts *c, struct errmsg *err)
{
	struct span head = line, none = { line.at, 0 };
	struct span name = next_word(&line), word = next_word(&line);
	int64_t value;

	if (!parse_value(word, &value) || next_word(&line).len)
		return bad(head, "not a name and a number", err);
	add(c, none, name, value);
	return 0;
}

int count_parse(const char *text, size_t len, struct counts *c,
		struct errmsg *err)
{
	struct span rest = { text, len }, line, copy, word;
	int rc = 0;

	while (rest.len && rc == 0) {
		line = next_line(&rest);
		copy = line;
		word = next_word(&copy);
		if (!word.len)
			continue;
		if (word.at[word.len - 1] == ':')
			rc = parse_pair(line, next_line(&rest), c, err);
		else
			rc = parse_single(line, c, err);
	}
	return rc;
}

void counts_release(struct counts *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->list[i].name);
	free(c->list);
	*c = (struct counts){ 0 };
}

/*
 * "thread-self": /proc/net belongs to the process's first thread, which may
 * be in another namespace than the caller.
 */
static const char *const paths[] = {
	[COUNT_NETSTAT]	= "/proc/thread-self/net/netstat",
	[COUNT_SNMP]	= "/proc/thread-self/net/snmp",
	[COUNT_SNMP6]	= "/proc/thread-self/net/snmp6",
};
static_assert(sizeof(paths) / sizeof(paths[0]) == NUM_COUNT_FILES,
	      "a file has no path");

int count_open(int fds[NUM_COUNT_FILES], struct errmsg *err)
{
	int i;

	for (i = 0; i < NUM_COUNT_FILES; i++) {
		fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] == -1 && !(i == COUNT_SNMP6 && errno == ENOENT))
			goto close_files;
	}
	return 0;

close_files:
	errmsg_errno(err, "%s", paths[i]);
	while (i > 0)
		close(fds[--i]);
	return -1;
}

/* The kernel writes the text anew for a read at offset 0, and only then. */
static int read_text(int fd, struct buf *b, struct errmsg *err)
{
	char bytes[16384];
	ssize_t n;

	buf_clear(b);
	do {
		n = pread(fd, bytes, sizeof(bytes), b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errmsg_errno(err, "read network counters");
		buf_add(b, bytes, n);
	} while (n);
	return 0;
}

int count_read(const int fds[NUM_COUNT_FILES], struct counts *c,
	       struct errmsg *err)
{
	struct buf b = { 0 };
	int i, rc = 0;

	counts_release(c);
	for (i = 0; i < NUM_COUNT_FILES && rc == 0; i++) {
		if (fds[i] == -1)
			continue;
		rc = read_text(fds[i], &b, err);
		if (rc == 0)
			rc = count_parse(b.text, b.len, c, err);
	}
	buf_release(&b);
	return rc;
}

/* The names stand in the same order each time: try the neighbour first. */
static int64_t get_near(const struct counts *c, const char *name, size_t *near)
{
	size_t i;

	if (*near < c->count && !strcmp(c->list[*near].name, name))
		return c->list[(*near)++].value;
	for (i = 0; i < c->count; i++) {
		if (strcmp(c->list[i].name, name))
			continue;
		*near = i + 1;
		return c->list[i].value;
	}
	return 0;
}

int64_t count_get(const struct counts *c, const char *name)
{
	size_t near = 0;

	return get_near(c, name, &near);
}

void count_changes(const struct counts *old, const struct counts *now,
		   struct count_change **changes, size_t *n)
{
	struct count_change *c = xcalloc(now->count + 1, sizeof(*c));
	size_t i, near = 0;

	*changes = c;
	for (i = 0; i < now->count; i++) {
		c->name = now->list[i].name;
		c->now = now->list[i].value;
		c->old = get_near(old, c->name, &near);
		if (c->old != c->now)
			c++;
	}
	*n = c - *changes;
}

static const char *const noise[] = {
	/* How much went by. */
	"Ip*InReceives", "Ip*InDelivers", "Ip*OutRequests", "Ip*OutTransmits",
	"Ip*ForwDatagrams", "Ip*Octets", "Ip*castPkts", "Ip*ECT[01]Pkts",
	"Ip*NoECTPkts", "TcpInSegs", "TcpOutSegs", "Udp*Datagrams",
	"Icmp*InMsgs", "Icmp*OutMsgs", "TCPOrigDataSent", "TCPDelivered",
	"BusyPollRxPackets",

	/* The same once more, by another name. */
	"IcmpMsg*", "Icmp6*Type*", "TcpTimeoutRehash",
	"TcpDuplicateDataRehash",

	/* What IPv6 does of its own accord. */
	"Icmp6*Neighbor*", "Icmp6*Router*", "Icmp6*GroupMemb*", "Icmp6*MLDv2*",

	/* How the kernel went about it: fast paths, ACKs put off or merged. */
	"TCPHPHits", "TCPHPAcks", "TCPPureAcks", "DelayedACKs",
	"DelayedACKLocked", "TCPAutoCorking", "TCPRcvCoalesce",
	"TCPBacklogCoalesce", "TCPAckCompressed", "TCPHystart*",
	"TCPSackShift*", "TCPSackMerged", "TCPMemoryPressuresChrono",

	/* No counters: how many there are now, and settings. */
	"TcpCurrEstab", "MPTcpExtMPCurrEstab", "TcpRto*", "TcpMaxConn",
	"IpForwarding", "IpDefaultTTL",
};

bool count_is_noise(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (fnmatch(noise[i], name, 0) == 0)
			return true;
	return false;
}
