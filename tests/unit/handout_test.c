/*
 * handout_test - Markdown in, scenes and steps out; or file:line: what
 *
 * Run it where tests/fixtures/ is.
 */
#include "lab/handout.h"

#include "buf.h"
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#define FIXTURES "tests/fixtures/handouts/"

/* --- what was read, as text -------------------------------------------- */

static void dump_step(struct buf *b, const struct step *s)
{
	const struct step_line *l;

	buf_fmt(b, "%d step %d\n", s->line, s->number);
	for (l = s->lines; l < s->lines + s->count; l++) {
		if (l->kind == LINE_COMMAND)
			buf_fmt(b, "%d   command [%s]\n", l->line, l->text);
		else
			buf_fmt(b, "%d   %s [%s] [%s]\n", l->line,
				l->kind == LINE_NEVER ? "never" : "expect",
				l->who, l->pattern);
	}
}

static void dump_items(struct buf *b, const struct item *items, size_t count)
{
	const struct item *i;
	const struct option *o;

	for (i = items; i < items + count; i++) {
		switch (i->kind) {
		case ITEM_PROSE:
			buf_fmt(b, "%d %s [%s]\n", i->line,
				i->verbatim ? "verbatim" : "prose", i->prose);
			break;
		case ITEM_STEP:
			dump_step(b, &i->step);
			break;
		default:
			buf_fmt(b, "%d predict [%s]\n", i->prediction.line,
				i->prediction.question);
			for (o = i->prediction.options;
			     o < i->prediction.options + i->prediction.count;
			     o++)
				buf_fmt(b, "%d   option [%s] [%s] [%s]\n",
					o->line, o->who, o->pattern, o->text);
		}
	}
}

/* Frees the handout. NULL gives the error. */
static char *dump(struct handout *h, const struct errmsg *err)
{
	struct buf b = { 0 };
	struct scene *s;

	if (!h)
		return xstrdup(err->text);
	buf_fmt(&b, "title [%s]\nsummary [%s]\n", h->title, h->summary);
	dump_items(&b, h->intro, h->intro_count);
	for (s = h->scenes; s < h->scenes + h->count; s++) {
		buf_fmt(&b, "%d scene [%s]\n", s->line, s->title);
		dump_items(&b, s->items, s->count);
	}
	handout_free(h);
	return buf_take(&b);
}

static void reads_file(const char *path, const char *want)
{
	struct errmsg err = { 0 };
	char *got = dump(handout_read(path, &err), &err);

	check_str(got, want, path);
	free(got);
}

static void reads_bytes(const char *text, size_t len, const char *want,
			const char *what)
{
	struct errmsg err = { 0 };
	char *got = dump(handout_parse("f.md", text, len, &err), &err);

	check_str(got, want, what);
	free(got);
}

/* --- handouts that are right ------------------------------------------- */

static const char full[] =
	"title [TIME-WAIT and `SO_REUSEADDR`]\n"
	"summary [A server that closes first cannot simply be started again "
	"on its port.]\n"
	"8 prose [Shown before the first scene.]\n"
	"10 scene [Without SO_REUSEADDR]\n"
	"12 prose [The server closes first.]\n"
	"14 step 1\n"
	"16   command [hosts client server]\n"
	"17   command [start server ./server 7000]\n"
	"18   expect [server] [listen(*) = 0]\n"
	"20   never [wire] [*RST*]\n"
	"21   expect [tcp] [server:7000 client:$port TIME-WAIT]\n"
	"26 predict [The connection is over. What does `bind()` return?]\n"
	"26   option [again] [bind(*) = 0] [the first server is gone]\n"
	"28   option [again] [bind(*) = -1 EADDRINUSE*] [the port is taken]\n"
	"30 prose [A word before the step.]\n"
	"32 step 2\n"
	"33   command [start again@server ./server 7000]\n"
	"34   expect [again] [bind(*) = -1 EADDRINUSE*]\n"
	"37 prose [What to remember]\n"
	"39 prose [1. The port belongs to the connection.]\n"
	"40 prose [2. It is kept]\n"
	"41 prose [  - for 60 seconds,]\n"
	"42 prose [  - so that a late segment is harmless.]\n"
	"44 prose [And then it goes.]\n"
	"46 verbatim [int on = 1;\n\n\tsetsockopt(fd);]\n"
	"52 verbatim [| state     | who |\n|-----------|-----|\n"
	"| TIME-WAIT | the first to close |]\n"
	"56 verbatim [> A quote keeps\n> its lines.]\n"
	"61 verbatim [<details>\nA detail. \n</details>]\n"
	"66 verbatim [`indented` by four]\n"
	"68 scene [With it]\n"
	"70 step 1\n"
	"71   command [start server ./server reuse]\n";

static const char nested[] =
	"title [Fences in odd places]\n"
	"summary [One of each.]\n"
	"5 scene [Scene]\n"
	"7 step 1\n"
	"8   command [one]\n"
	"9   expect [a] [b]\n"
	"12 prose [1. In a list:]\n"
	"14 step 2\n"
	"15   command [two]\n"
	"17   expect [a] [```]\n"
	"20 prose [  - deeper]\n"
	"22 step 3\n"
	"23   command [three]\n"
	"26 prose [In a quote:]\n"
	"28 step 4\n"
	"29   command [four]\n"
	"30   expect [a] [*]\n"
	"33 step 5\n"
	"34   command [five]\n"
	"36 step 6\n"
	"37   command [six]\n"
	"40 step 7\n"
	"41   command [seven]\n"
	"44 prose [Not a title]\n"
	"46 prose [    9. nine]\n"
	"47 prose [    10. ten]\n";

static const char korean[] =
	"title [좀비 프로세스]\n"
	"summary [자식이 끝났지만 부모는 기다리지 않는다.]\n"
	"5 scene [기다리지 않는 부모]\n"
	"7 step 1\n"
	"8   command [start 부모 ./zombie]\n"
	"9   expect [부모] [clone(*) = $child]\n"
	"10   expect [proc] [*Z (zombie)*]\n"
	"13 prose [무엇이 보일까?]\n"
	"15 prose [- `부모 wait4(*) = $child`: 거두어진다]\n"
	"16 prose [- `! wait4`처럼 보이지만 패턴이 아니다]\n"
	"18 step 2\n"
	"19   expect [부모] [+++ exited with 0 +++]\n";

/* The same file as another editor would save it. */
static void test_crlf(void)
{
	struct buf crlf = { 0 };
	FILE *f = fopen(FIXTURES "full.md", "re");
	int c;

	buf_str(&crlf, "\xef\xbb\xbf");
	while (f && (c = getc(f)) != EOF) {
		if (c == '\n')
			buf_char(&crlf, '\r');
		buf_char(&crlf, c);
	}
	if (f)
		fclose(f);
	reads_bytes(crlf.text, crlf.len, full, "a byte order mark and CRLF");
	buf_release(&crlf);
}

static void test_right(void)
{
	static const char least[] = "# T\n## S\n```lab\n> x\n```";
	static const char two[] = "Title\n=====\n\nScene\n-----\n"
		"one\n\n  - no prediction: `a b`\n\n"
		"```lab\n>\tx  y \t\n!  a  b \n```\n";

	static const char late[] = "# T\n\n- a\n\n  b\n\nsum\n\n## S\n"
		"```lab\n> x\n```\n";

	reads_file(FIXTURES "full.md", full);
	reads_file(FIXTURES "nested.md", nested);
	reads_file(FIXTURES "korean.md", korean);
	test_crlf();
	reads_bytes(least, strlen(least), "title [T]\nsummary []\n"
		    "2 scene [S]\n3 step 1\n4   command [x]\n",
		    "the least that a handout needs, without a last newline");
	reads_bytes(two, strlen(two), "title [Title]\nsummary []\n"
		    "4 scene [Scene]\n6 prose [one]\n"
		    "8 prose [- no prediction: `a b`]\n"
		    "10 step 1\n11   command [x  y]\n12   never [a] [b]\n",
		    "underlined headings, tabs and spare spaces");
	reads_bytes(late, strlen(late), "title [T]\nsummary [sum]\n"
		    "3 prose [- a]\n5 prose [b]\n9 scene [S]\n10 step 1\n"
		    "11   command [x]\n", "the summary is no list");
}

/* --- handouts that are wrong ------------------------------------------- */

#define HEAD "# T\n\nsum\n\n## S\n\n"	/* 6 lines */
#define STEP "```lab\n> x\n```\n"	/* 3 lines */

struct bad {
	const char *text;
	const char *error;
};

static const struct bad bads[] = {
	/* titles and scenes */
	{ "", "f.md:1: no title: begin with a line # Title" },
	{ "\n\nwords\n", "f.md:3: the title comes first: begin with a line "
	  "# Title" },
	{ "## S\n" STEP, "f.md:1: the title comes first: begin with a line "
	  "# Title" },
	{ "<!-- a -->\n<b>\n\n# T\n", "f.md:2: the title comes first: begin "
	  "with a line # Title" },
	{ "#\n", "f.md:1: a heading without words: write # Title" },
	{ "# T\n\n##\n", "f.md:3: a heading without words: write ## Name of "
	  "the scene" },
	{ HEAD STEP "# U\n", "f.md:10: a second title: a handout has one "
	  "# Title, and begins each scene with ## Name" },
	{ "\n# T\n\nsum\n", "f.md:2: no scene: begin one with a line ## Name, "
	  "and put a ```lab block into it" },
	{ HEAD, "f.md:5: the scene 'S' has no step: give it a ```lab block" },
	{ HEAD "words\n\n## U\n" STEP, "f.md:5: the scene 'S' has no step: "
	  "give it a ```lab block" },
	{ "# T\n\n" STEP, "f.md:3: a step before the first scene: begin the "
	  "scene with a line ## Name above it" },

	/* steps */
	{ HEAD "```lab\n```\n", "f.md:7: an empty step: write a command "
	  "('> ...') or an expectation ('who pattern') into it" },
	{ HEAD "```lab\n# only this\n\n```\n", "f.md:7: an empty step: write "
	  "a command ('> ...') or an expectation ('who pattern') into it" },
	{ HEAD "```lab\n> x\n>\n```\n", "f.md:9: an empty command: write it "
	  "after the '>', as in '> start server ./server'" },
	{ HEAD "```lab\n> \t \n```\n", "f.md:8: an empty command: write it "
	  "after the '>', as in '> start server ./server'" },
	{ HEAD "```lab\n>start a\n```\n", "f.md:8: no space after '>': write "
	  "'> start a'" },
	{ HEAD "```lab\n$ start a\n```\n", "f.md:8: a command begins with "
	  "'> ': write '> start a'" },
	{ HEAD "```lab\n!\n```\n", "f.md:8: a pattern that nothing can be: "
	  "write '! who pattern', as in '! wire *RST*'" },
	{ HEAD "```lab\n!wire *\n```\n", "f.md:8: no space after '!': write "
	  "'! wire *'" },
	{ HEAD "```lab\n! wire\n```\n", "f.md:8: '! wire' says who, but not "
	  "what: write '! who pattern', as in '! server close(*) = 0'" },
	{ HEAD "```lab\n\n  server \n```\n", "f.md:9: 'server' says who, but "
	  "not what: write 'who pattern', as in 'server close(*) = 0'" },
	{ HEAD "```lab\nserver: x\n```\n", "f.md:8: no colon after who: write "
	  "'server x'" },
	{ HEAD "```lab\n!ab여기서는 아무 일도 일어나지 않아야 하는데 그래도\n"
	  "```\n", "f.md:8: no space after '!': write '! ab여기서는 아무 일도 "
	  "일어나지 않아'" },
	{ HEAD "```lab\nbind(*) = 0\n```\n", "f.md:8: 'bind(*) = 0' does not "
	  "begin with a name: write 'who pattern', as in 'server close(*) = "
	  "0'" },
	{ HEAD "```lab\n`a b`\n```\n", "f.md:8: '`a b`' does not begin with a "
	  "name: write 'who pattern', as in 'server close(*) = 0'" },
	{ HEAD "```lab\n! * RST\n```\n", "f.md:8: '! * RST' does not begin "
	  "with a name: write '! who pattern', as in '! server close(*) = "
	  "0'" },
	{ HEAD "```lab\na $\n```\n", "f.md:8: a '$' without a name: write "
	  "$name, or $$ for a dollar" },
	{ HEAD "```lab\na x$-y\n```\n", "f.md:8: a '$' without a name: write "
	  "$name, or $$ for a dollar" },

	/* fences */
	{ HEAD "```lab\n> x\n", "f.md:7: this fence is never closed: end the "
	  "block with a line ```" },
	{ HEAD STEP "~~~~\nx\n~~~\n", "f.md:10: this fence is never closed: "
	  "end the block with a line ~~~~" },
	{ HEAD STEP "```", "f.md:10: this fence is never closed: end the "
	  "block with a line ```" },
	{ HEAD STEP "```\n    ```\n", "f.md:10: this fence is never closed: "
	  "end the block with a line ```" },
	{ HEAD STEP "```\n> ```\n", "f.md:10: this fence is never closed: end "
	  "the block with a line ```" },
	{ HEAD "- ```lab\n  > x\n```\ny\n```\n", "f.md:7: this fence is never "
	  "closed: end the block with a line ```" },
	{ HEAD "> ```lab\n> > x\n\n" STEP, "f.md:7: this fence is never "
	  "closed: end the block with a line ```" },
	{ HEAD "> ```lab\n> > x\n" STEP, "f.md:7: this fence is never "
	  "closed: end the block with a line ```" },
	{ HEAD "```lab\n> x\n\n" STEP, "f.md:10: a lab block within the block "
	  "of line 7: close that one first, with a line ```" },
	{ HEAD "```\nx\n\n" STEP, "f.md:10: a lab block within the block of "
	  "line 7: close that one first, with a line ```" },
	{ HEAD "```lab\n> x\n```c\n```\n", "f.md:9: a fence within the lab "
	  "block of line 7: close that one first, with a line of its fence "
	  "alone" },
	{ HEAD "```Lab\n> x\n```\n", "f.md:7: a step begins with the fence "
	  "```lab and nothing else" },
	{ HEAD "```lab 2\n> x\n```\n", "f.md:7: a step begins with the fence "
	  "```lab and nothing else" },
	{ HEAD STEP "\n    ```lab\n    > x\n    ```\n", "f.md:11: a lab block "
	  "indented by four spaces is only shown: begin its lines further "
	  "left" },
	{ HEAD "<div>\n" STEP "</div>\n", "f.md:7: a lab block within HTML is "
	  "only shown: leave an empty line before it" },
	{ HEAD STEP "\n<!-- a\n-->\n<!--\n" STEP, "f.md:13: this comment is "
	  "never closed: end it with -->" },

	{ HEAD STEP "\n<div>\n<!-- a\n" STEP, "f.md:12: this comment is "
	  "never closed: end it with -->" },

	/* predictions */
	{ HEAD "Q?\n\n- `a b`: x\n- `a c`: y\n", "f.md:9: no step follows "
	  "this prediction in its scene: put the ```lab block that decides it "
	  "after it" },
	{ HEAD STEP "\nQ?\n\n- `a b`: x\n- `a c`: y\n\n## U\n\n" STEP,
	  "f.md:13: no step follows this prediction in its scene: put the "
	  "```lab block that decides it after it" },
	{ HEAD "Q?\n\n- `a b`: x\n\n" STEP, "f.md:9: a prediction with a "
	  "single option: give it two items or more, or begin the item with "
	  "a word if it is prose" },
	{ HEAD "Q?\n\n- `a b`: x\n- `a c`: y\n\nQ?\n\n- `a b`: x\n- `a c`: y\n"
	  STEP, "f.md:14: a second prediction for the same step (the first is "
	  "on line 9): put a step between them" },
	{ HEAD "- `a b`: x\n- `a c`: y\n\n" STEP, "f.md:7: a prediction "
	  "without a question: ask in the paragraph before it, or begin an "
	  "item with a word if the list is prose" },
	{ HEAD "Q?\n\n" STEP "\n- `a b`: x\n- `a c`: y\n\n" STEP, "f.md:13: a "
	  "prediction without a question: ask in the paragraph before it, or "
	  "begin an item with a word if the list is prose" },
	{ "# T\n\nQ?\n\n- `a b`: x\n- `a c`: y\n", "f.md:5: a prediction "
	  "before the first scene: begin the scene with a line ## Name above "
	  "it" },
	{ HEAD "Q?\n\n- `a b`: x\n- `a $`: y\n\n" STEP, "f.md:10: a '$' "
	  "without a name: write $name, or $$ for a dollar" },
	{ HEAD "Q?\n\n- `a b`: x\n- `a c`: y\n\n  more\n\n" STEP, "f.md:10: "
	  "an option of a prediction is one paragraph: write '- `who "
	  "pattern`: what that means'" },

	/* bytes that a terminal must not get */
	{ HEAD "a\033[2J\n" STEP, "f.md:7: a control character (U+001B): only "
	  "line breaks and tabs may be in a handout" },
	{ HEAD "a\rb\n" STEP, "f.md:7: a control character (U+000D): only "
	  "line breaks and tabs may be in a handout" },
	{ HEAD "a\177\n" STEP, "f.md:7: a control character (U+007F): only "
	  "line breaks and tabs may be in a handout" },
	{ HEAD "a\302\233\n" STEP, "f.md:7: a control character (U+009B): "
	  "only line breaks and tabs may be in a handout" },
	{ HEAD "a &#27;[2J\n" STEP, "f.md:7: a character reference to the "
	  "control character U+001B: take it out" },
	{ HEAD "a\n\n- &#x9b;\n" STEP, "f.md:9: a character reference to the "
	  "control character U+009B: take it out" },
	{ "# T &#7;\n", "f.md:1: a character reference to the control "
	  "character U+0007: take it out" },
	{ HEAD "Q?\n\n- `a b`: x\n- `a c`: &#8;\n" STEP, "f.md:10: a character "
	  "reference to the control character U+0008: take it out" },
	{ "# T\n\n\xff\n", "f.md:3: the byte 0xff is not UTF-8: save the "
	  "handout as UTF-8" },
	{ "# T\n\xc0\xaf", "f.md:2: the byte 0xc0 is not UTF-8: save the "
	  "handout as UTF-8" },
	{ "# \xed\xa0\x80\n", "f.md:1: the byte 0xed is not UTF-8: save the "
	  "handout as UTF-8" },
	{ "# \xf4\x90\x80\x80\n", "f.md:1: the byte 0xf4 is not UTF-8: save "
	  "the handout as UTF-8" },
	{ "# \xea\xb0", "f.md:1: the byte 0xea is not UTF-8: save the handout "
	  "as UTF-8" },
};

static void test_wrong(void)
{
	static const char nul[] = "# T\n\n\0\n";
	static const char bom[] = "\xef\xbb\xbf\r\n\r\nx\r\n";
	const struct bad *bad;
	char what[256];
	size_t i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		bad = &bads[i];
		snprintf(what, sizeof(what), "refused: %s",
			 strchr(bad->error, ' ') + 1);
		reads_bytes(bad->text, strlen(bad->text), bad->error, what);
	}
	reads_bytes(nul, sizeof(nul) - 1, "f.md:3: a NUL byte: a handout is "
		    "plain text", "refused: a NUL byte");
	reads_bytes(bom, sizeof(bom) - 1, "f.md:3: the title comes first: "
		    "begin with a line # Title", "lines are counted the same "
		    "with a byte order mark and CRLF");
	reads_file(FIXTURES "unterminated.md",
		   FIXTURES "unterminated.md:7: this fence is never closed: "
		   "end the block with a line ```");
}

static void test_deep(void)
{
	struct buf b = { 0 };
	int i;

	buf_str(&b, HEAD STEP "\n");
	for (i = 0; i < 20; i++)
		buf_fmt(&b, "%*s- x\n", 2 * i, "");
	reads_bytes(b.text, b.len, "f.md:28: lists or quotes 17 deep: begin "
		    "further left", "refused: lists without an end");
	buf_release(&b);
}

/* --- files ------------------------------------------------------------- */

static void test_files(void)
{
	char path[] = "/tmp/handout_test.XXXXXX";
	int fd = mkstemp(path);
	struct errmsg err = { 0 };

	reads_file("/no/such/file.md",
		   "/no/such/file.md: No such file or directory");
	reads_file("/", "/: Is a directory");
	reads_file("/dev/zero",
		   "/dev/zero: longer than 4 MiB, which no handout is");
	if (CHECK(fd != -1, "a temporary file")) {
		CHECK(!handout_read(path, &err) && strstr(err.text, "no title"),
		      "an empty file: %s", err.text);
		close(fd);
		unlink(path);
	}
}

int main(void)
{
	test_right();
	test_wrong();
	test_deep();
	test_files();
	return check_done();
}
