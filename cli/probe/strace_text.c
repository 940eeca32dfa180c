#include "probe/strace_text.h"

#include "utf8.h"

const char *strace_number(const char *s, const char *end, int64_t *value)
{
	const char *at = s;
	int64_t v = 0;

	while (at < end && is_digit(*at) && at - s < 18)
		v = v * 10 + (*at++ - '0');
	if (at < end && is_digit(*at))
		return s;
	*value = v;
	return at;
}

const char *strace_fraction(const char *s, const char *end, int64_t *ns)
{
	int64_t unit = NS_PER_S;

	*ns = 0;
	if (s == end || *s != '.')
		return s;
	for (s++; s < end && is_digit(*s); s++) {
		unit /= 10;
		*ns += (*s - '0') * unit;
	}
	return s;
}

bool strace_capitals(char *word, const char *s, const char *end)
{
	size_t len = 0;

	while (s + len < end && is_upper(s[len]))
		len++;
	if (!len || len >= STRACE_WORD_MAX)
		return false;
	memcpy(word, s, len);
	word[len] = '\0';
	return true;
}

/* Is there a byte that is not printable ASCII? Eight at a time. */
static bool is_dirty(const char *s, size_t n)
{
	const uint64_t ones = 0x0101010101010101, high = ones * 0x80;
	uint64_t w, bad = 0;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&w, s, 8);
		bad |= w | ((w - ones * 0x20) & ~w) | (w + ones);
	}
	if (bad & high)
		return true;
	for (; n; s++, n--)
		if ((unsigned char)(*s - ' ') >= 0x7f - ' ')
			return true;
	return false;
}

static void add_clean(struct buf *out, const char *bytes, size_t n)
{
	const unsigned char *s = (const unsigned char *)bytes, *end = s + n;
	char octal[4] = "\\";
	unsigned int code;
	size_t len;

	while (s < end) {
		len = utf8_char((const char *)s, end - s, &code);
		if (len && !utf8_is_control(code)) {
			buf_add(out, s, len);
			s += len;
			continue;
		}
		octal[1] = '0' + (*s >> 6);
		octal[2] = '0' + (*s >> 3 & 7);
		octal[3] = '0' + (*s & 7);
		buf_add(out, octal, 4);
		s++;
	}
}

void strace_clean(struct buf *room, const char **s, const char **end)
{
	if (*end > *s && (*end)[-1] == '\r')
		--*end;
	if (!is_dirty(*s, *end - *s))
		return;
	buf_clear(room);
	add_clean(room, *s, *end - *s);
	*s = room->text;
	*end = room->text + room->len;
}
