#include "ladder.h"

#include "buf.h"
#include "style.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SIDES	8
#define SIDE_MIN	18	/* for states and calls, at each outer side */

struct ladder {
	struct view view;
	struct view_ops ops;
	struct style st;
	struct event **events;
	size_t count;
	char *sides[MAX_SIDES];
	int num_sides;
	struct { pid_t pid; int fd; } *sockets;
	size_t num_sockets;
	bool drawn;
};

/* "server:7000" -> "server" where hosts have names; on lo the whole end. */
static char *side_of(const char *end, bool hosts)
{
	const char *colon = strrchr(end, ':');

	if (!hosts || !colon)
		return xstrdup(end);
	return xstrndup(end, colon - end);
}

static int find_side(const struct ladder *l, const char *name)
{
	for (int i = 0; i < l->num_sides; i++)
		if (!strcmp(l->sides[i], name))
			return i;
	return -1;
}

static int event_side(const struct ladder *l, const char *end)
{
	char *name = side_of(end, true);
	int i = find_side(l, name);

	free(name);
	return i != -1 ? i : find_side(l, end);
}

/* The ends of what went over the wire, in the order of their first frame. */
static void find_sides(struct ladder *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct event *ev = l->events[i];
		const char *ends[] = { ev->from, ev->to };
		bool hosts;

		if (ev->kind != EV_PACKET || !ev->from || !ev->to)
			continue;
		hosts = ev->host && strcmp(ev->host, "lo") != 0;
		for (int k = 0; k < 2; k++) {
			char *name = side_of(ends[k], hosts);

			if (find_side(l, name) == -1 &&
			    l->num_sides < (hosts ? MAX_SIDES : 2))
				l->sides[l->num_sides++] = name;
			else
				free(name);
		}
	}
}

/* Where column i's line stands; the rest is for its words. */
static int column_of(const struct ladder *l, int side)
{
	int columns = l->st.columns > 120 ? 120 : l->st.columns;
	int edge = columns / 4 > SIDE_MIN ? columns / 4 : SIDE_MIN;

	if (l->num_sides < 2)
		return edge;
	return edge + side * (columns - 2 * edge) / (l->num_sides - 1);
}

static const char *bar(const struct ladder *l)
{
	return l->st.utf8 ? "\u2502" : "|";
}

/*
 * A row as cells, one a column of the terminal, so that arrows and words can be
 * put anywhere.
 */
struct row {
	char *cells[256];	/* NULL: a space */
	int count;
};

static void row_init(const struct ladder *l, struct row *row)
{
	*row = (struct row){ .count = 256 };
	for (int i = 0; i < l->num_sides; i++)
		row->cells[column_of(l, i)] = xstrdup(bar(l));
}

static void row_put(struct row *row, int at, const char *what)
{
	if (at < 0 || at >= row->count)
		return;
	free(row->cells[at]);
	row->cells[at] = xstrdup(what);
}

static void row_text(struct row *row, int at, const char *text)
{
	char one[2] = "";

	for (; *text; text++) {
		one[0] = *text;
		row_put(row, at++, one);
	}
}

static void row_print(struct ladder *l, struct row *row, enum ink ink)
{
	struct buf b = { 0 };
	int last = -1;

	for (int i = 0; i < row->count; i++)
		if (row->cells[i])
			last = i;
	for (int i = 0; i <= last; i++)
		buf_str(&b, row->cells[i] ? row->cells[i] : " ");
	for (int i = 0; i < row->count; i++)
		free(row->cells[i]);
	fprintf(l->st.out, "%s%s%s\n", style_ink(&l->st, ink), b.text,
		style_off(&l->st));
	buf_release(&b);
}

/* Words beside a column's line: left of the first, right of the others. */
static void put_words(struct ladder *l, int side, const char *words,
		      enum ink ink)
{
	int at = column_of(l, side), room;
	struct buf cut = { 0 };
	struct row row;

	row_init(l, &row);
	if (side == 0)
		room = at - 1;
	else if (side + 1 < l->num_sides)
		room = column_of(l, side + 1) - at - 3;
	else
		room = l->st.columns - at - 2;
	style_cut(&(struct style){ 0 }, &cut, words, room);
	row_text(&row, side == 0 ? at - 1 - (int)cut.len : at + 2, cut.text);
	row_print(l, &row, ink);
	buf_release(&cut);
}

static void add_socket(struct ladder *l, pid_t pid, int fd)
{
	l->sockets = xrealloc(l->sockets,
			      (l->num_sockets + 1) * sizeof(*l->sockets));
	l->sockets[l->num_sockets].pid = pid;
	l->sockets[l->num_sockets++].fd = fd;
}

static size_t find_socket(const struct ladder *l, pid_t pid, int fd)
{
	size_t i = 0;

	while (i < l->num_sockets && (l->sockets[i].pid != pid ||
				      l->sockets[i].fd != fd))
		i++;
	return i;
}

/* Which descriptors are internet sockets: learned from the calls. */
static void learn_sockets(struct ladder *l, const struct event *ev)
{
	size_t n = l->num_sockets;

	if (ev->kind != EV_CALL || !ev->has_ret || ev->ret < 0)
		return;
	if (!strncmp(ev->call, "accept", 6) ||
	    (!strcmp(ev->call, "socket") && ev->args &&
	     !strncmp(ev->args, "AF_INET", 7)))
		add_socket(l, ev->pid, ev->ret);
	/* A child has what its parent had. */
	if ((!strncmp(ev->call, "clone", 5) || strstr(ev->call, "fork")) &&
	    ev->ret > 0)
		for (size_t i = 0; i < n; i++)
			if (l->sockets[i].pid == ev->pid)
				add_socket(l, ev->ret, l->sockets[i].fd);
	if (!strcmp(ev->call, "close") && ev->args) {
		size_t i = find_socket(l, ev->pid, atoi(ev->args));

		if (i < n)
			l->sockets[i] = l->sockets[--l->num_sockets];
	}
}

static bool on_socket(const struct ladder *l, const struct event *ev)
{
	return ev->args && find_socket(l, ev->pid, atoi(ev->args)) <
		l->num_sockets;
}

static bool is_socket_call(const char *call)
{
	static const char *const calls[] = {
		"bind", "listen", "accept", "accept4", "connect", "shutdown",
		"close", "sendto", "recvfrom", "sendmsg", "recvmsg", "write",
		"read", "socket",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call, calls[i]))
			return true;
	return false;
}

/* "bind() EADDRINUSE"; NULL for what has nothing to do with the exchange. */
static char *call_words(const struct ladder *l, const struct event *ev)
{
	if (!is_socket_call(ev->call) || !strcmp(ev->call, "socket"))
		return NULL;
	if (!on_socket(l, ev))
		return NULL;
	if (ev->kind == EV_BLOCKED)
		return xasprintf("%s() ...", ev->call);
	if (ev->error)
		return xasprintf("%s() %s", ev->call, ev->error);
	if (ev->has_ret && ev->ret)
		return xasprintf("%s() = %lld", ev->call, ev->ret);
	return xasprintf("%s()", ev->call);
}

/*
 * Of a segment, a window explains little; where there is an urgent pointer, it
 * is what the segment is about; and in a narrow column an ACK alone is better
 * known by what it acknowledges.
 */
static void shorten_segment(char *text, size_t room)
{
	char *seq = strstr(text, " seq "), *ack = strstr(text, " ack ");
	char *win = strstr(text, " win "), *urg;

	if (!win)
		return;
	urg = strstr(win, " urg ");
	*win = '\0';
	if (urg) {
		urg[5 + strcspn(urg + 5, " ")] = '\0';
		memmove(ack ? ack : win, urg, strlen(urg) + 1);
	} else if (strlen(text) > room && seq && ack &&
		   !strncmp(text, "ACK ", 4) && !strchr(text, ':')) {
		memmove(seq, ack, strlen(ack) + 1);
	}
}

/* "seq" at the end, without its number. */
static bool ends_in_key(const char *text, size_t n)
{
	static const char *const keys[] = { "seq", "ack", "urg", "len", "id" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i]);

		if (n > len && text[n - len - 1] == ' ' &&
		    !strncmp(text + n - len, keys[i], len))
			return true;
	}
	return false;
}

/* "SYN seq 0": what stands after the two ends, as far as it fits. */
static char *label_of(const struct event *ev, int room)
{
	const char *p = strstr(ev->text, "  ");
	char *text;
	size_t n;

	p = p ? p + 2 : ev->text;
	text = xstrndup(p, strcspn(p, "<["));
	shorten_segment(text, room);
	n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	/* Whole words only. */
	while (n && ((int)n > room || ends_in_key(text, n))) {
		while (n && text[n - 1] != ' ')
			n--;
		while (n && text[n - 1] == ' ')
			n--;
	}
	text[n] = '\0';
	return text;
}

static void put_arrow(struct ladder *l, const struct event *ev, int from,
		      int to)
{
	const char *line = l->st.utf8 ? "\u2500" : "-";
	bool right = to > from;
	bool stops = ev->fate && (!strncmp(ev->fate, "held", 4) ||
				  !strcmp(ev->fate, "dropped"));
	int a = column_of(l, right ? from : to) + 1;
	int b = column_of(l, right ? to : from) - 1;
	int end = right ? b : a, at, step = right ? 1 : -1;
	char *label = label_of(ev, b - a - 8);
	enum ink ink = INK_PLAIN;
	struct row row;

	row_init(l, &row);
	if (stops)
		end = (a + b) / 2 + (right ? (int)strlen(label) / 2 + 4 :
				     -(int)strlen(label) / 2 - 4);
	for (int i = right ? a : b; i != end + step && i >= 0; i += step)
		row_put(&row, i, line);
	row_put(&row, right ? a : b, " ");
	if (!stops) {
		row_put(&row, end, " ");
		row_put(&row, end - step, l->st.utf8 ?
			(right ? "\u25b6" : "\u25c0") : (right ? ">" : "<"));
	} else if (!strncmp(ev->fate, "held", 4)) {
		row_put(&row, end, l->st.utf8 ? "\u2590" : "]");
		ink = INK_ASK;
	} else {
		row_put(&row, end, l->st.utf8 ? "\u2717" : "x");
		ink = INK_BAD;
	}
	at = (a + b) / 2 - ((int)strlen(label) + 2) / 2 + 1;
	row_put(&row, at - 1, " ");
	row_text(&row, at, label);
	row_put(&row, at + (int)strlen(label), " ");
	row_print(l, &row, ink);
	free(label);
}

static void draw_packet(struct ladder *l, const struct event *ev)
{
	int from, to;

	if (!ev->from || !ev->to)
		return;
	from = event_side(l, ev->from);
	to = event_side(l, ev->to);
	if (from != -1 && to != -1 && from != to)
		put_arrow(l, ev, from, to);
}

static void draw_event(struct ladder *l, const struct event *ev)
{
	char *words;
	int side;

	if (ev->kind == EV_PACKET) {
		draw_packet(l, ev);
	} else if (ev->kind == EV_TCP && ev->from && ev->state &&
		   (!ev->old_state || strcmp(ev->old_state, ev->state))) {
		bool listener = ev->old_state &&
			!strcmp(ev->old_state, "LISTEN");

		side = event_side(l, ev->from);
		if (side != -1)
			put_words(l, side, listener ? "(LISTEN ends)" :
				  ev->state, INK_BOLD);
	} else if ((ev->kind == EV_CALL || ev->kind == EV_BLOCKED) &&
		   ev->host && !ev->folded) {
		side = find_side(l, ev->host);
		words = side != -1 ? call_words(l, ev) : NULL;
		learn_sockets(l, ev);
		if (words)
			put_words(l, side, words, INK_DIM);
		free(words);
	}
}

static void draw(struct ladder *l)
{
	struct row row;

	if (l->drawn || !l->count)
		return;
	l->drawn = true;
	find_sides(l);
	if (l->num_sides < 2) {
		fputs("nothing went over the wire\n", l->st.out);
		return;
	}
	row_init(l, &row);
	for (int i = 0; i < l->num_sides; i++) {
		int n = strlen(l->sides[i]);

		free(row.cells[column_of(l, i)]);
		row.cells[column_of(l, i)] = NULL;
		row_text(&row, i ? column_of(l, i) - (i + 1 <
			 l->num_sides ? n / 2 : 0) :
			 column_of(l, i) - n + 1, l->sides[i]);
	}
	row_print(l, &row, INK_TITLE);
	for (size_t i = 0; i < l->count; i++)
		draw_event(l, l->events[i]);
}

static void forget(struct ladder *l)
{
	for (size_t i = 0; i < l->count; i++)
		event_free(l->events[i]);
	free(l->events);
	for (int i = 0; i < l->num_sides; i++)
		free(l->sides[i]);
	free(l->sockets);
	l->sockets = NULL;
	l->num_sockets = 0;
	l->events = NULL;
	l->count = 0;
	l->num_sides = 0;
	l->drawn = false;
}

static void ladder_scene(struct view *v, const struct view_scene *s)
{
	struct ladder *l = (struct ladder *)v;

	draw(l);
	forget(l);
	fprintf(l->st.out, "\n%s%s %s %s%s\n\n",
		style_ink(&l->st, INK_TITLE), s->lab, style_dot(&l->st),
		s->title, style_off(&l->st));
}

static void ladder_event(struct view *v, const struct event *ev)
{
	struct ladder *l = (struct ladder *)v;

	l->events = xrealloc(l->events, (l->count + 1) * sizeof(*l->events));
	l->events[l->count] = event_copy(ev);
	l->events[l->count++]->expected = NULL;	/* not ours to keep */
}

static void ladder_verdict(struct view *v, const struct view_verdict *vd)
{
	(void)vd;
	draw((struct ladder *)v);
}

static void ladder_end(struct view *v)
{
	struct ladder *l = (struct ladder *)v;

	draw(l);
	forget(l);
	free(l);
}

struct view *view_ladder_new(FILE *out, const struct view_options *opt)
{
	struct ladder *l = xcalloc(1, sizeof(*l));

	l->ops = view_quiet_ops;
	l->ops.scene = ladder_scene;
	l->ops.event = ladder_event;
	l->ops.verdict = ladder_verdict;
	l->ops.end = ladder_end;
	l->view.ops = &l->ops;
	style_init(&l->st, out, opt->columns);
	return &l->view;
}
