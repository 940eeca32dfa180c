#include "utf8.h"

#include <string.h>

size_t utf8_char(const char *text, size_t len, unsigned int *code)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	unsigned int c = s[0];
	size_t n;

	*code = c;
	if (c < 0x80)
		return 1;
	n = c >= 0xf8 ? 0 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	if (!n || n > len)
		return 0;
	c &= 0x7f >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return n;
}

bool utf8_is_control(unsigned int code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

void utf8_clean(char *text)
{
	size_t len = strlen(text), i, n;
	unsigned int code;

	for (i = 0; i < len; i += n) {
		n = utf8_char(text + i, len - i, &code);
		if (n && !utf8_is_control(code))
			continue;
		n = n ? n : 1;
		memset(text + i, '?', n);
	}
}

void utf8_add(struct buf *b, const char *text)
{
	size_t len = strlen(text), i, n;
	unsigned int code;

	for (i = 0; i < len; i += n) {
		n = utf8_char(text + i, len - i, &code);
		if (n)
			buf_add(b, text + i, n);
		else
			buf_str(b, "\xef\xbf\xbd");
		n = n ? n : 1;
	}
}
