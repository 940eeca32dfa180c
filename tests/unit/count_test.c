/*
 * count_test - counters from recorded files, and the changes between two
 *
 * The recordings are described in tests/fixtures/diag/README.md.
 */
#include "probe/count.h"

#include "buf.h"
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FIXTURES	"tests/fixtures/proc/"

static const char *const files[NUM_COUNT_FILES] = {
	"netstat", "snmp", "snmp6"
};

static void open_fixtures(const char *when, int fds[NUM_COUNT_FILES])
{
	char path[128];
	int i;

	for (i = 0; i < NUM_COUNT_FILES; i++) {
		snprintf(path, sizeof(path), FIXTURES "%s-%s.txt", when,
			 files[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] == -1) {
			printf("Bail out! no %s here\n", path);
			exit(1);
		}
	}
}

static struct counts reading(const char *when)
{
	struct counts c = { 0 };
	struct errmsg err = { 0 };
	int fds[NUM_COUNT_FILES], i;

	open_fixtures(when, fds);
	CHECK(count_read(fds, &c, &err) == 0, "%s is read %s", when, err.text);
	for (i = 0; i < NUM_COUNT_FILES; i++)
		close(fds[i]);
	return c;
}

static void test_names(void)
{
	struct counts c = reading("after");

	CHECK(c.count > 300, "%zu counters", c.count);
	CHECK(count_get(&c, "TcpRetransSegs") > 0, "TcpRetransSegs");
	CHECK(count_get(&c, "UdpNoPorts") == 1, "UdpNoPorts");
	CHECK(count_get(&c, "IcmpOutDestUnreachs") == 1,
	      "IcmpOutDestUnreachs");
	CHECK(count_get(&c, "ListenOverflows") >= 1, "ListenOverflows, plain");
	CHECK(count_get(&c, "IpExtInOctets") > 1000, "IpExtInOctets");
	CHECK(count_get(&c, "TcpMaxConn") == -1, "TcpMaxConn is -1");
	CHECK(count_get(&c, "Ip6InReceives") > 0, "Ip6InReceives");
	CHECK(count_get(&c, "Nonsense") == 0, "what is not there is 0");
	counts_release(&c);
	CHECK(!c.list && !c.count, "released");
}

static const struct count_change *find(const struct count_change *list,
				       size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

static void test_changes(void)
{
	struct counts before = reading("before"), after = reading("after");
	struct count_change *list;
	const struct count_change *c;
	size_t n, i, told = 0;

	count_changes(&before, &before, &list, &n);
	CHECK(n == 0, "nothing has changed");
	free(list);
	count_changes(&before, &after, &list, &n);
	c = find(list, n, "UdpNoPorts");
	CHECK(c && c->old == 0 && c->now == 1, "UdpNoPorts 0 -> 1");
	c = find(list, n, "IcmpMsgOutType3");
	CHECK(c && c->old == 0 && c->now == 1,
	      "a counter that was not there was 0");
	CHECK(find(list, n, "TcpActiveOpens") != NULL, "TcpActiveOpens");
	CHECK(!find(list, n, "TcpMaxConn"), "TcpMaxConn has not changed");
	for (i = 0; i < n; i++) {
		CHECK(list[i].old != list[i].now, "%s %lld -> %lld",
		      list[i].name, (long long)list[i].old,
		      (long long)list[i].now);
		told += !count_is_noise(list[i].name);
	}
	CHECK(told > 5 && told < n, "%zu of %zu are no noise", told, n);
	free(list);
	counts_release(&before);
	counts_release(&after);
}

static int parse(const char *text, struct counts *c, struct errmsg *err)
{
	size_t len = strlen(text);
	char *copy = xcalloc(len ? len : 1, 1);
	int rc;

	/* No string: ASan is to find a look behind its end. */
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(copy, text, len);
	rc = count_parse(copy, len, c, err);
	free(copy);
	return rc;
}

static void refused(const char *text)
{
	struct counts c = { 0 };
	struct errmsg err = { 0 };
	bool ok = parse(text, &c, &err) == -1 && *err.text;
	char *nl;

	while ((nl = strchr(err.text, '\n')))
		*nl = ' ';
	CHECK(ok, "refused: %s", err.text);
	counts_release(&c);
}

static void test_parse(void)
{
	struct counts c = { 0 };
	struct errmsg err = { 0 };

	CHECK(parse("", &c, &err) == 0 && !c.count, "nothing");
	CHECK(parse("Udp: A B\nUdp: 1 2\n\nTcpExt: C\nTcpExt: 3", &c, &err) ==
	      0 && c.count == 3, "pairs of lines, the last not ended");
	CHECK(count_get(&c, "UdpA") == 1 && count_get(&c, "UdpB") == 2 &&
	      count_get(&c, "C") == 3, "their names");
	CHECK(parse("Ip6X   \t 4\n", &c, &err) == 0 &&
	      count_get(&c, "Ip6X") == 4 && count_get(&c, "UdpA") == 1,
	      "one a line, added to what is there");
	CHECK(parse("Ip: Z\nIp: 18446744073709551615\n", &c, &err) == 0 &&
	      (uint64_t)count_get(&c, "IpZ") == UINT64_MAX, "64 bits");
	counts_release(&c);
	refused("Udp: A B\nUdp: 1\n");
	refused("Udp: A\nUdp: 1 2\n");
	refused("Udp: A B\nTcp: 1 2\n");
	refused("Udp: A B\n");
	refused("Udp: A\nUdp: x\n");
	refused("Udp: A\nUdp: -\n");
	refused("Udp: A\nUdp: 123456789012345678901\n");
	refused("Name\n");
	refused("Name 1 2\n");
}

static void test_noise(void)
{
	static const char *const noisy[] = {
		"IpExtInOctets", "IpExtOutOctets", "IpInReceives",
		"IpOutTransmits", "IpExtInNoECTPkts", "Ip6OutRequests",
		"Ip6OutMcastPkts", "TcpInSegs", "TcpOutSegs", "TcpCurrEstab",
		"UdpInDatagrams", "Udp6OutDatagrams", "UdpLiteInDatagrams",
		"TCPPureAcks", "TCPHPHits", "TCPAutoCorking", "TCPDelivered",
		"TCPOrigDataSent", "DelayedACKs", "IcmpMsgOutType3",
		"Icmp6OutMLDv2Reports", "Icmp6OutType143",
	};
	static const char *const telling[] = {
		"ListenOverflows", "ListenDrops", "TcpRetransSegs",
		"TcpActiveOpens", "TcpPassiveOpens", "TcpAttemptFails",
		"TcpEstabResets", "TcpOutRsts", "TCPTimeouts",
		"TCPSynRetrans", "TCPAbortOnData", "TCPReqQFullDoCookies",
		"SyncookiesSent", "UdpNoPorts", "UdpRcvbufErrors",
		"UdpInCsumErrors", "IcmpOutDestUnreachs", "IpExtInNoRoutes",
		"IpInAddrErrors", "DelayedACKLost", "TW",
	};
	size_t i;

	for (i = 0; i < sizeof(noisy) / sizeof(noisy[0]); i++)
		CHECK(count_is_noise(noisy[i]), "%s is noise", noisy[i]);
	for (i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		CHECK(!count_is_noise(telling[i]), "%s is told", telling[i]);
}

/* The kernel here and now: its files are what the recordings were. */
static void test_live(void)
{
	int fds[NUM_COUNT_FILES], i;
	struct counts c = { 0 }, again = { 0 };
	struct errmsg err = { 0 };

	CHECK(count_open(fds, &err) == 0, "the kernel's files %s", err.text);
	CHECK(count_read(fds, &c, &err) == 0, "are read %s", err.text);
	CHECK(count_read(fds, &again, &err) == 0 && again.count >= c.count,
	      "and read again %s", err.text);
	CHECK(c.count > 100, "%zu counters", c.count);
	for (i = 0; i < NUM_COUNT_FILES; i++)
		if (fds[i] != -1)
			close(fds[i]);
	fds[0] = 99999;
	CHECK(count_read(fds, &c, &err) == -1, "refused: %s", err.text);
	counts_release(&c);
	counts_release(&again);
}

int main(void)
{
	test_names();
	test_changes();
	test_parse();
	test_noise();
	test_live();
	return check_done();
}
