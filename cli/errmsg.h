/*
 * errmsg - why something failed, in words
 *
 * A function that can fail returns 0, or -1 with *err filled in. It prints
 * nothing: only the command that the user gave prints, and only once.
 */
#ifndef ERRMSG_H
#define ERRMSG_H

struct errmsg {
	char text[512];
};

/* Both fill in *err and return -1. errmsg_errno() adds the reason in errno. */
int errmsg_set(struct errmsg *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int errmsg_errno(struct errmsg *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
