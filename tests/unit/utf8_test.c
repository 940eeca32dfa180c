/* utf8: what is a character, and what is left of text from elsewhere. */
#include "check.h"
#include "utf8.h"

static void test_char(void)
{
	static const struct {
		const char *bytes;
		size_t len, want;
		unsigned int code;
		const char *what;
	} cases[] = {
		{ "a", 1, 1, 'a', "ASCII" },
		{ "\xc3\xa9", 2, 2, 0xe9, "two bytes" },
		{ "\xed\x95\x9c", 3, 3, 0xd55c, "three bytes" },
		{ "\xf0\x9f\x90\xa7", 4, 4, 0x1f427, "four bytes" },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff, "the last one" },
		{ "\xc3\xa9", 1, 0, 0xc3, "cut short" },
		{ "\xc0\xaf", 2, 0, 0xc0, "overlong, two bytes" },
		{ "\xe0\x80\xaf", 3, 0, 0xe0, "overlong, three bytes" },
		{ "\xf0\x80\x80\xaf", 4, 0, 0xf0, "overlong, four bytes" },
		{ "\xed\xa0\x80", 3, 0, 0xed, "a surrogate" },
		{ "\xf4\x90\x80\x80", 4, 0, 0xf4, "past the last one" },
		{ "\xf8\x88\x80\x80", 4, 0, 0xf8, "five bytes" },
		{ "\x80", 1, 0, 0x80, "a continuation alone" },
		{ "\xe1\x80g", 3, 0, 0xe1, "no continuation" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int code;
		size_t n = utf8_char(cases[i].bytes, cases[i].len, &code);

		CHECK(n == cases[i].want && code == cases[i].code,
		      "%s: %zu bytes, U+%04X", cases[i].what, n, code);
	}
}

static void test_clean(void)
{
	char text[] = "a\033[31m\x7f\t\n\xc2\x9b" "31m\xc3\xa9\xff\xc3";

	utf8_clean(text);
	check_str(text, "a?[31m???" "??31m\xc3\xa9??",
		  "no control, no byte that is no text");
	text[0] = '\0';
	utf8_clean(text);
	check_str(text, "", "an empty text");
}

static void test_add(void)
{
	struct buf b = { 0 };

	buf_str(&b, ">");
	utf8_add(&b, "\033\xff\xc3\xa9\xe1\x80");
	check_str(b.text, ">\033\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd",
		  "certainly UTF-8, and nothing else is changed");
	buf_release(&b);
}

int main(void)
{
	test_char();
	test_clean();
	test_add();
	return check_done();
}
