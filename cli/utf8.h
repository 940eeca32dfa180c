/*
 * utf8 - text from elsewhere: what of it are characters, and harmless ones
 *
 * What a traced program, a packet, a file's name or an argument brings may hold
 * escape sequences, or bytes that are no text at all. None of it reaches the
 * terminal or a line of JSON as it is.
 */
#ifndef UTF8_H
#define UTF8_H

#include "buf.h"

#include <stdbool.h>

/*
 * The length of the UTF-8 character at text, its code in *code; 0 if the bytes
 * are none (overlong, a surrogate, cut short): then *code is the first byte.
 */
size_t utf8_char(const char *text, size_t len, unsigned int *code);

bool utf8_is_control(unsigned int code);	/* C0, DEL and C1 */

/* In place: "?" for each byte of a control character, or of none. */
void utf8_clean(char *text);

/* Add a text that is certainly UTF-8: U+FFFD for each byte that is not. */
void utf8_add(struct buf *b, const char *text);

#endif
