/* complete - what TAB offers: commands, labs, scenes, actors, files */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "session.h"

void complete_init(struct session *s);

#endif
