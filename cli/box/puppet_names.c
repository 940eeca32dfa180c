/* puppet_names - C's names for flags, options and signals, both ways */
#include "box/puppet_call.h"
#include "nearest.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64

/* Length of the prefix of a name in the table. */
static size_t prefix_len(const struct puppet_names *names, const char *name)
{
	size_t n = strlen(names->prefix);

	if (strcmp(names->prefix, "_") == 0)
		return strchr(name, '_') ? strchr(name, '_') + 1 - name : 0;
	return strncasecmp(name, names->prefix, n) == 0 && name[n] ? n : 0;
}

static const char *bare(const struct puppet_names *names, const char *name)
{
	return name + prefix_len(names, name);
}

/* The same for a word that may be none of the names. */
static const char *typed_bare(const struct puppet_names *names,
			      const char *word)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->names[i].name;
		size_t n = prefix_len(names, name);

		if (n && strncasecmp(word, name, n) == 0 && word[n])
			return word + n;
	}
	return word;
}

const struct puppet_name *puppet_name_find(const struct puppet_names *names,
					   const char *word)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->names[i].name;

		if (strcasecmp(word, name) == 0 ||
		    strcasecmp(word, bare(names, name)) == 0)
			return &names->names[i];
	}
	return NULL;
}

void puppet_names_text(const struct puppet_names *names, int64_t value,
		       char *out, size_t size)
{
	size_t n = 0;

	snprintf(out, size, "0");
	for (size_t i = 0; i < names->count && n < size; i++) {
		int64_t bits = names->names[i].value;

		if (bits == 0 || (value & bits) != bits)
			continue;
		n += snprintf(out + n, size - n, "%s%s", n ? " | " : "",
			      names->names[i].name);
		value &= ~bits;
	}
	if (value && n < size)
		snprintf(out + n, size - n, "%s%#llx", n ? " | " : "",
			 (unsigned long long)value);
}

void puppet_name_short(const struct puppet_names *names, size_t i, char *out,
		       size_t size)
{
	const char *name = bare(names, names->names[i].name);
	size_t n;

	for (n = 0; name[n] && n + 1 < size; n++)
		out[n] = tolower((unsigned char)name[n]);
	out[n] = '\0';
}

bool puppet_name_near(const struct puppet_names *names, const char *word,
		      char *out, size_t size)
{
	char lower[NAMES_MAX][32], typed[64];
	const char *list[NAMES_MAX], *near;
	size_t n = 0;

	for (size_t i = 0; i < names->count && i < NAMES_MAX; i++) {
		puppet_name_short(names, i, lower[i], sizeof(lower[i]));
		list[i] = lower[i];
	}
	word = typed_bare(names, word);
	for (; word[n] && n + 1 < sizeof(typed); n++)
		typed[n] = tolower((unsigned char)word[n]);
	typed[n] = '\0';
	near = nearest_word(typed, list, names->count < NAMES_MAX ?
			    names->count : NAMES_MAX);
	if (near)
		snprintf(out, size, "%s", near);
	return near;
}

/* "RTMIN", "RTMIN+3", "RTMAX-1" */
static int rt_find(const char *word)
{
	bool max = strncasecmp(word, "RTMAX", 5) == 0;
	int sig = max ? SIGRTMAX : SIGRTMIN;
	int64_t n = 0;

	if (!max && strncasecmp(word, "RTMIN", 5) != 0)
		return -1;
	word += 5;
	if (*word && (*word != (max ? '-' : '+') ||
		      !puppet_number(word + 1, &n)))
		return -1;
	if (n < 0 || n > SIGRTMAX - SIGRTMIN)
		return -1;
	return max ? sig - (int)n : sig + (int)n;
}

int puppet_sig_find(const char *word)
{
	int64_t n;

	/* No signal of that number may exist: the kernel is to say so. */
	if (puppet_number(word, &n) && n >= 0 && n <= 10000)
		return (int)n;
	if (strncasecmp(word, "SIG", 3) == 0)
		word += 3;
	for (int sig = 1; sig < SIGRTMIN; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && strcasecmp(word, name) == 0)
			return sig;
	}
	return strcasecmp(word, "IO") == 0 ? SIGIO : rt_find(word);
}

void puppet_sig_text(int sig, char *out, size_t size)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		snprintf(out, size, "SIG%s", name);
	else if (sig == SIGRTMIN)
		snprintf(out, size, "SIGRTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(out, size, "SIGRTMIN + %d", sig - SIGRTMIN);
	else
		snprintf(out, size, "%d", sig);
}

bool puppet_sigset_find(const char *word, uint64_t *set)
{
	char one[32];

	for (*set = 0; *word;) {
		size_t n = strcspn(word, ",");
		int sig;

		if (n >= sizeof(one))
			return false;
		memcpy(one, word, n);
		one[n] = '\0';
		sig = puppet_sig_find(one);
		if (sig < 1 || sig > SIGRTMAX)
			return false;
		*set |= 1ULL << (sig - 1);
		word += n + (word[n] == ',');
	}
	return *set != 0;
}

bool puppet_sigset_text(uint64_t set, char *out, size_t size)
{
	size_t n = 0;

	snprintf(out, size, "none");
	for (int sig = 1; sig <= 64 && n < size; sig++) {
		char name[32];

		if (!(set >> (sig - 1) & 1))
			continue;
		puppet_sig_text(sig, name, sizeof(name));
		n += snprintf(out + n, size - n, "%s%s", n ? ", " : "", name);
	}
	return set != 0;
}
