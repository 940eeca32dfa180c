/* match_test - patterns, names and likeness */
#include "lab/match.h"

#include "buf.h"
#include "check.h"

#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- plain patterns ---------------------------------------------------- */

struct plain {
	const char *pattern, *text;
	bool matches;
};

static const struct plain plains[] = {
	/* the whole text has to be accounted for */
	{ "close(3) = 0", "close(3) = 0", true },
	{ "close(3) = 0", "close(3) = 00", false },
	{ "close(3)", "close(3) = 0", false },
	{ "lose(3) = 0", "close(3) = 0", false },
	{ "Close(3) = 0", "close(3) = 0", false },
	{ "", "", true },
	{ "", "x", false },
	{ "x", "", false },

	/* stars */
	{ "*", "", true },
	{ "*", "anything at all", true },
	{ "***", "abc", true },
	{ "bind(*) = 0", "bind(3, {sa_family=AF_INET}, 16) = 0", true },
	{ "bind(*) = 0", "bind(3, {sa_family=AF_INET}, 16) = -1", false },
	{ "*FIN*", "client:40001 > server:7000  FIN,ACK seq 1", true },
	{ "*FIN*", "client:40001 > server:7000  ACK seq 1", false },
	{ "a*b*c", "a-b-b-c-b-c", true },
	{ "a*b*c", "a-b-b-c-b", false },
	{ "*aab", "aaaab", true },
	{ "a**", "a", true },

	/* spaces */
	{ "a b", "a   \t b", true },
	{ "a    b", "a b", true },
	{ "a b", "ab", false },
	{ "ab", "a b", false },
	{ "  a b  ", "a b", true },
	{ "a b", "\t a b \t", true },
	{ "   ", "", true },
	{ "a *b", "a  b", true },
	{ "a * b", "a  b", true },
	{ "a * b", "a b", false },
	{ "a *", "a", false },
	{ "* b", "a b", true },

	/* escapes */
	{ "\\*", "*", true },
	{ "\\*", "x", false },
	{ "a\\*b", "a*b", true },
	{ "a\\*b", "axb", false },
	{ "\\$x", "$x", true },
	{ "$$x", "$x", true },
	{ "$$$$", "$$", true },
	{ "a\\\\b", "a\\b", true },
	{ "write(1, \"a\\n\", 2)", "write(1, \"a\\n\", 2)", true },
	{ "write(1, \"a\\n\", 2)", "write(1, \"an\", 2)", false },
	{ "\\", "\\", true },
	{ "5$", "5$", true },

	/* bytes beyond ASCII are themselves */
	{ "여기 *", "여기  있다", true },
	{ "여기 *", "저기  있다", false },
};

static void test_plain(void)
{
	const struct plain *p;
	struct names n = { 0 };
	size_t i;

	for (i = 0; i < sizeof(plains) / sizeof(plains[0]); i++) {
		p = &plains[i];
		CHECK(match(p->pattern, p->text, &n) == p->matches,
		      "'%s' %s '%s'", p->pattern,
		      p->matches ? "matches" : "does not match", p->text);
	}
	CHECK(n.count == 0, "no name was taken by patterns without names");
	names_release(&n);
}

/* --- names ------------------------------------------------------------- */

/* Matches, and the name has this value then. */
static void takes(const char *pattern, const char *text, const char *name,
		  const char *value)
{
	struct names n = { 0 };
	char what[256];

	snprintf(what, sizeof(what), "'%s' on '%s': $%s is '%s'", pattern,
		 text, name, value);
	if (CHECK(match(pattern, text, &n), "'%s' matches '%s'", pattern, text))
		check_str(names_get(&n, name), value, what);
	names_release(&n);
}

static void test_taking(void)
{
	takes("clone(*) = $child", "clone(child_stack=NULL) = 17", "child",
	      "17");
	takes("client:$port > server:7000 *FIN*",
	      "client:40001 > server:7000  FIN,ACK seq 1", "port", "40001");
	takes("$x", "a_b.c+d-e/f", "x", "a_b.c+d-e/f");
	takes("port $p.", "port 70.", "p", "70");
	takes("${x", "${x", "y", NULL);
	takes("$x0", "10", "x0", "10");
	takes("$x 0", "1 0", "x", "1");
	takes("$a$b", "1234", "a", "123");
	takes("$a$b", "1234", "b", "4");
	takes("*$x", "pid 42", "x", "42");
	takes("*$x*", "pid 42", "x", "pid");
	takes("* $x", "pid 42", "x", "42");
	takes("*=$x *", "a=1 b=2 c=3", "x", "1");
	takes("$x_1-*", "ab-cd-ef", "x_1", "ab-cd");
	takes("$$$x", "$5", "x", "5");
}

static void test_known(void)
{
	struct names n = { 0 };

	names_set(&n, "port", "7000");
	names_set(&n, "star", "*");
	names_set(&n, "none", "");
	CHECK(match("x:$port y", "x:7000 y", &n), "a known name is its value");
	CHECK(!match("x:$port y", "x:7001 y", &n), "and nothing else");
	CHECK(!match("x:$port", "x:70001", &n), "not the beginning of a run");
	CHECK(match("$star", "*", &n), "a value is literal");
	CHECK(!match("$star", "abc", &n), "its star is no star");
	CHECK(match("a$none b", "a b", &n), "a value may be empty");
	check_str(names_get(&n, "por"), NULL, "part of a name is no name");
	CHECK(match("$portx", "x", &n), "a longer name is another one");
	names_set(&n, "port", names_get(&n, "port"));
	check_str(names_get(&n, "port"), "7000", "a name set to its own value");
	names_set(&n, "port", "8000");
	check_str(names_get(&n, "port"), "8000", "a name set anew");
	check_str(names_get(&n, "unknown"), NULL, "an unknown name has none");
	names_release(&n);
	check_str(names_get(&n, "port"), NULL, "nothing after the release");
}

static void test_twice(void)
{
	struct names n = { 0 };

	CHECK(!match("$x = $x", "1 = 2", &n), "one name, two values");
	CHECK(n.count == 0, "a failed match takes nothing");
	CHECK(match("$x = $x", "12 = 12", &n), "one name, one value");
	check_str(names_get(&n, "x"), "12", "which it then has");
	names_release(&n);

	takes("$x*$x", "abcab", "x", "ab");
	takes("$x$x", "aaaaaa", "x", "aaa");
	takes("$x.$y $x$y", "1.2.3 1.23", "x", "1.2");
	takes("*$x=$x", "abc=c", "x", "c");
	takes("*$x*($x)*", "a b c d (c) e", "x", "c");
	takes("* $x*$y,$y,$x", "1 22 5 3,3,22", "y", "3");
	CHECK(!match("$x$x", "aaaaa", &n), "an odd run has no halves");
	CHECK(!match("*$x*<$x>*", "a b c <d>", &n), "nowhere the same");
	CHECK(n.count == 0, "and still nothing is taken");
	names_release(&n);
}

static void test_partly(void)
{
	struct names n = { 0 };

	names_set(&n, "a", "1");
	CHECK(!match("$a $b $c x", "1 2 3 y", &n), "the end differs");
	CHECK(n.count == 1, "names are left as they were");
	CHECK(match("$a $b $c x", "1 2 3 x", &n), "the end fits");
	CHECK(n.count == 3, "both unknown names are taken");
	check_str(names_get(&n, "c"), "3", "$c");
	names_release(&n);
}

/* --- time -------------------------------------------------------------- */

static char *repeat(const char *s, size_t times)
{
	struct buf b = { 0 };

	while (times--)
		buf_str(&b, s);
	return buf_take(&b);
}

static void bounded(const char *pattern, const char *text, bool matches)
{
	struct names n = { 0 };
	double start = now();
	bool found = match(pattern, text, &n);
	double took = now() - start;

	CHECK(found == matches, "'%.40s' on %zu bytes: %s", pattern,
	      strlen(text), matches ? "matches" : "does not match");
	CHECK(took < 5, "'%.40s' on %zu bytes: %.3f s", pattern, strlen(text),
	      took);
	names_release(&n);
}

static void test_bounds(void)
{
	char *as = repeat("a", 10000), *words = repeat("ab ", 3000);
	char *spaces = repeat(" ", 10000), *many = repeat("*a", 400);
	char *gap = xasprintf("x%sx", spaces);
	char *names = repeat("$a$b$c$d", 5);

	bounded("*a*a*a*a*a*a*b", as, false);
	bounded("*a*a*a*a*a*a*", as, true);
	bounded("*$p*$q*$r*$s*!", as, false);
	bounded("$p$q$r$s!", as, false);
	bounded("* $p* $q* $r* $s!", words, false);
	bounded("x * * * * * * y", gap, false);
	bounded("x * * * * * * x", gap, true);
	bounded(many, as, true);
	bounded(as, as, false);		/* more than PATTERN_MAX */
	/* a name met again in its own pattern: the budget ends it */
	bounded("*$x*$x*b", as, false);
	bounded("$x$y$x$y!", as, false);
	bounded(names, as, false);

	free(as);
	free(words);
	free(spaces);
	free(many);
	free(gap);
	free(names);
}

/* --- the rest ---------------------------------------------------------- */

static void refused(const char *pattern, const char *why)
{
	struct errmsg err = { 0 };

	CHECK(match_check(pattern, &err) == -1 && strstr(err.text, why),
	      "'%.20s' is refused: %s", pattern, err.text);
}

static void test_check(void)
{
	struct errmsg err = { 0 };
	char *longest = repeat("x", PATTERN_MAX);
	char *longer = repeat("x", PATTERN_MAX + 1);

	refused("", "empty pattern");
	refused("  \t", "empty pattern");
	refused("a $ b", "without a name");
	refused("$", "without a name");
	refused("$1", "without a name");
	refused("$$$", "without a name");
	refused(longer, "more than 1024 bytes");
	refused("a:* \u2192 b:7000 SYN*", "write >");
	refused("SYN seq 0 win 64\u2026", "write *");
	CHECK(!match_check("*", &err), "'*' is a pattern");
	CHECK(!match_check("$$ \\$ $x \\", &err), "dollars done right");
	CHECK(!match_check(longest, &err), "a pattern of the greatest length");
	free(longest);
	free(longer);
}

static void test_nearness(void)
{
	const char *failed = "bind(3, {sa_family=AF_INET, sin_port=htons(7000),"
		" sin_addr=inet_addr(\"0.0.0.0\")}, 16) = -1 EADDRINUSE "
		"(Address already in use)";
	const char *pattern = "bind(*) = 0";
	struct names n = { 0 };
	int bind = match_nearness(pattern, failed, &n);
	int close = match_nearness(pattern, "close(3) = 0", &n);
	int sign = match_nearness(pattern, "--- SIGCHLD {...} ---", &n);
	int done, other, fin, ack;
	char *many = repeat("ab", 5000);

	CHECK(bind > close, "bind that failed (%d) is nearer than close (%d)",
	      bind, close);
	CHECK(close > sign, "close (%d) is nearer than a signal (%d)", close,
	      sign);
	CHECK(bind < 100, "what does not match is not 100");
	done = match_nearness("close(*) = -1 EBADF*", "close(3) = 0", &n);
	other = match_nearness("close(*) = -1 EBADF*", "read(9, 0x7ffc, 1) = "
			       "-1 EBADF (Bad file descriptor)", &n);
	CHECK(done > other, "the same call (%d) is nearer than the same "
	      "result (%d)", done, other);
	CHECK(match_nearness(pattern, "bind(3) = 0", &n) == 100, "100");
	CHECK(match_nearness("abc", "xabcx", &n) == 99, "all, and more: 99");
	CHECK(match_nearness("abc", "xyz", &n) == 0, "nothing in common");
	CHECK(match_nearness("$x", "((", &n) == 0, "no literal, no likeness");
	CHECK(match_nearness("a  b c", "a\tb d", &n) > 60, "spaces are alike");
	CHECK(match_nearness("abc", "a-b-c", &n) <
	      match_nearness("abc", "-ab-c", &n), "what is joined is nearer");
	CHECK(match_nearness(many, many, &n) == 0, "too long is no pattern");
	many[9999] = 'x';
	CHECK(match_nearness("xx", many, &n) == 0, "a long text is cut");
	names_set(&n, "port", "40001");
	fin = match_nearness("client:$port > server:7000 *FIN*",
			     "client:40001 > server:7000  ACK seq 1", &n);
	ack = match_nearness("client:$port > server:7000 *FIN*",
			     "server:7000 > client:40001  ACK seq 1", &n);
	CHECK(fin > ack, "the known value counts (%d, %d)", fin, ack);
	CHECK(n.count == 1, "nearness takes no names");
	free(many);
	names_release(&n);
}

static void expands(const struct names *n, const char *word, const char *want)
{
	struct errmsg err = { 0 };
	char *got = names_expand(n, word, &err);
	char what[64];

	snprintf(what, sizeof(what), "'%s' expands", word);
	check_str(got, want, what);
	if (!got)
		CHECK(err.text[0], "and it says why: %s", err.text);
	free(got);
}

static void test_expand(void)
{
	struct errmsg err = { 0 };
	struct names n = { 0 };

	names_set(&n, "server", "10.0.0.1");
	names_set(&n, "n", "5");
	expands(&n, "", "");
	expands(&n, "plain", "plain");
	expands(&n, "$server:$n", "10.0.0.1:5");
	expands(&n, "$n$n", "55");
	expands(&n, "$$n", "$n");
	expands(&n, "*\\n", "*\\n");
	expands(&n, "'$n $$' \"$n '$n'\" $n", "'$n $$' \"5 '5'\" 5");
	expands(&n, "\\$n it\\'s $n", "\\$n it\\'s 5");
	expands(&n, "$nn", NULL);
	expands(&n, "a$", NULL);
	expands(&n, "$5", NULL);
	CHECK(!names_expand(&n, "x$port", &err) && strstr(err.text, "$port"),
	      "an unknown name is named");
	CHECK(!names_expand(&n, "$sevrer", &err) &&
	      strstr(err.text, "did you mean 'server'"), "and the nearest");
	names_release(&n);
}

int main(void)
{
	test_plain();
	test_taking();
	test_known();
	test_twice();
	test_partly();
	test_bounds();
	test_check();
	test_nearness();
	test_expand();
	return check_done();
}
