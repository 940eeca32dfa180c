/* topics - what `help TOPIC` says, for a person in class */
#ifndef TOPICS_H
#define TOPICS_H

#include <stddef.h>

struct topic {
	const char *name, *summary, *text;
};

const struct topic *topic_at(size_t i);		/* NULL past the end */
const struct topic *topic_find(const char *name);

#endif
