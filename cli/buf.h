/*
 * buf - a string that grows
 *
 * A zeroed struct buf is empty and ready. Out of memory ends the program: no
 * caller could do better. text is always terminated, and NULL only as long as
 * nothing was ever added.
 */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>

struct buf {
	char *text;
	size_t len, room;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *b);		/* empty, but the room is kept */
char *buf_take(struct buf *b);		/* caller frees; never NULL */
void buf_release(struct buf *b);

/* malloc's family, which ends the program instead of returning NULL. */
void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((returns_nonnull));
char *xasprintf(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), returns_nonnull));

#endif
