/* ask - the person's answers while a lab is being played */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>
#include <stddef.h>

/* A number from 1 to max; 0 if the person gives none (Enter, ^C, ^D). */
int ask_number(const char *what, int max);

/* A line of words, into text; false if the person gives none. */
bool ask_text(const char *what, char *text, size_t size);

/* Has a line been typed? Does not wait; takes it. */
bool ask_enter_pressed(void);

#endif
