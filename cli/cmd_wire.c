/* The commands about the network: hosts, wire, count, ss, sysctl. */
#include "box/wire.h"
#include "buf.h"
#include "commands.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_host_name(const char *name)
{
	if (!isalpha((unsigned char)*name) || strlen(name) > 15)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

int cmd_hosts(struct session *s, int argc, char **argv, struct errmsg *err)
{
	for (int i = 1; i < argc; i++) {
		if (!is_host_name(argv[i])) {
			errmsg_set(err, "hosts: '%s' is no name for a host, "
				   "whose address is to be $NAME: a letter, "
				   "then letters, digits and _, 15 at most",
				   argv[i]);
			return EXIT_USAGE;
		}
		if (wire_add_host(s->run->wire, argv[i], err) == -1)
			return EXIT_CANNOT;
	}
	return EXIT_HELD;
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* 0 and *n; -1 and *err for more than anybody can mean. */
static int read_number(const char *s, int *n, struct errmsg *err)
{
	if (strlen(s) > 7)
		return errmsg_set(err, "wire: %s is too large a number", s);
	*n = atoi(s);
	return *n ? 0 : errmsg_set(err, "wire: 0 is none");
}

static char *rest_of(int argc, char **argv, int from)
{
	struct buf b = { 0 };

	for (int i = from; i < argc; i++)
		buf_fmt(&b, "%s%s", i > from ? " " : "", argv[i]);
	return buf_take(&b);
}

static int wire_usage(struct errmsg *err)
{
	errmsg_set(err, "wire: hold [PATTERN], next [N], drop [N | PATTERN], "
		   "release, delay MS, double; alone: what is held");
	return EXIT_USAGE;
}

/* next, or drop of what is held: at least one has to be there. */
static int take_held(struct session *s, const char *verb, int count,
		     struct errmsg *err)
{
	int n = !strcmp(verb, "next") ? wire_next(s->run->wire, count) :
		wire_drop(s->run->wire, count);

	if (n == count)
		return EXIT_HELD;
	errmsg_set(err, "wire %s: %d frame%s held, %d wanted", verb, n,
		   n == 1 ? " was" : "s were", count);
	return EXIT_NOT_HELD;
}

static int with_pattern(struct session *s, const char *verb, char *pattern,
			struct errmsg *err)
{
	const char *p = *pattern ? pattern : NULL;
	int rc = !strcmp(verb, "hold") ?
		wire_hold(s->run->wire, p, err) :
		wire_drop_all(s->run->wire, p, err);

	free(pattern);
	return rc == -1 ? EXIT_USAGE : EXIT_HELD;
}

/* For a program (--json) it is a note, for a person plain lines. */
static void say_wire(struct session *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = s->json ? open_memstream(&text, &size) : NULL;

	wire_describe(s->run->wire, f ? f : stdout);
	if (!f)
		return;
	fclose(f);
	s->view->ops->note(s->view, text);
	free(text);
}

int cmd_wire(struct session *s, int argc, char **argv, struct errmsg *err)
{
	struct wire *w = s->run->wire;
	const char *verb = argc > 1 ? argv[1] : "";
	int n = 1;

	if (argc == 3 && is_number(argv[2]) &&
	    read_number(argv[2], &n, err) == -1)
		return EXIT_USAGE;
	if (argc == 1) {
		say_wire(s);
		return EXIT_HELD;
	}
	if (box_is_plain(s->run->box)) {
		s->run->no_ground = "it rests on the wire, and plain mode has "
			"none that could be held";
		return EXIT_HELD;
	}
	if (!wire_num_hosts(w)) {
		errmsg_set(err, "wire: there is no wire; `hosts client "
			   "server` makes one");
		return EXIT_CANNOT;
	}
	if (!strcmp(verb, "hold"))
		return with_pattern(s, verb, rest_of(argc, argv, 2), err);
	if (!strcmp(verb, "next") || !strcmp(verb, "drop")) {
		if (argc == 2)
			return take_held(s, verb, 1, err);
		if (argc == 3 && is_number(argv[2]))
			return take_held(s, verb, n, err);
		if (!strcmp(verb, "drop"))
			return with_pattern(s, verb, rest_of(argc, argv, 2),
					    err);
	}
	if (argc == 2 && !strcmp(verb, "release"))
		return wire_release(w), EXIT_HELD;
	if (argc == 2 && !strcmp(verb, "double"))
		return wire_double(w), EXIT_HELD;
	if (argc == 3 && !strcmp(verb, "delay") && is_number(argv[2]))
		return wire_delay(w, n), EXIT_HELD;
	return wire_usage(err);
}

int cmd_count(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	wire_count(s->run->wire);
	return EXIT_HELD;
}

int cmd_ss(struct session *s, int argc, char **argv, struct errmsg *err)
{
	int host = argc > 1 ? wire_find_host(s->run->wire, argv[1], err) : -1;

	if (argc > 1 && host == -1)
		return EXIT_USAGE;
	wire_sockets(s->run->wire, host, stdout);
	return EXIT_HELD;
}

int cmd_sysctl(struct session *s, int argc, char **argv, struct errmsg *err)
{
	int host;

	if (box_is_plain(s->run->box)) {
		s->run->no_ground = "it rests on a setting that is the whole "
			"machine's without a box";
		return EXIT_HELD;
	}
	host = argc == 4 ? wire_find_host(s->run->wire, argv[1], err) : 0;
	if (host == -1)
		return EXIT_USAGE;
	if (box_sysctl(s->run->box, host, argv[argc - 2], argv[argc - 1],
		       err) == -1)
		return EXIT_CANNOT;
	return EXIT_HELD;
}
