/* ask - the person's answers while a lab is being played */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

/* A number from 1 to max; 0 if the person gives none (Enter, ^C, ^D). */
int ask_number(const char *what, int max);

/* Has a line been typed? Does not wait; takes it. */
bool ask_enter_pressed(void);

#endif
