/*
 * Which events a command is sure to cause again, in an order that is sure.
 *
 * Expectations look at events from their commands on, so an event may only be
 * expected where it cannot have come before them. That is known of a process
 * that slept, and had done so for a while, or had not begun, when the command
 * was given; of one that was on its way it is not, until it does what only the
 * command can have caused, or what the handout that was played had expected at
 * this place.
 *
 * The lines of one speaker are expected in their order, so of wire, tcp and
 * proc only what comes in one order is taken. To leave a line out is always
 * safe: an expectation is met by the first event that fits after the one
 * before.
 */
#include "keeper.h"

#include "buf.h"
#include "keep_line.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX 16	/* expectations of one process in one segment */
/* Nothing for so long: nothing is on its way. Packets may have to wait. */
#define PAUSE_NS	8000000LL
#define WIRE_PAUSE_NS	50000000LL

static const struct event *event_at(const struct keeper *k, size_t i)
{
	return k->story->list[i].ev;
}

static bool one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

/* --- processes --------------------------------------------------------- */

/* Calls that time alone ends. */
static bool is_timed(const struct event *ev)
{
	static const char *const calls[] = { "nanosleep", "clock_nanosleep",
		"restart_syscall", NULL };

	return one_of(ev->call, calls);
}

/* What the C library does for every program, and each one otherwise. */
static bool is_noise(const struct process *p, const struct event *ev)
{
	static const char *const calls[] = { "mmap", "munmap", "mprotect",
		"brk", "fstat", "newfstatat", "stat", "lstat", "statx",
		"lseek", "access", "faccessat2", "getrandom", "futex",
		"set_robust_list", "rseq", "arch_prctl", "set_tid_address",
		"prlimit64", "uname", "getpid", "getppid", "gettid",
		"sched_yield", "exit_group", "exit", "restart_syscall",
		NULL };

	if (p->puppet)
		return !strcmp(ev->call, "sigaltstack");
	return one_of(ev->call, calls) ||
		(!strcmp(ev->call, "ioctl") && ev->args &&
		 strstr(ev->args, ", TC"));
}

static bool is_broken_off(const struct event *ev)
{
	return ev->kind == EV_CALL && ev->error &&
		!strncmp(ev->error, "ERESTART", 8);
}

/* An actor's command line says it already; where it begins nothing is known. */
static bool is_start(const struct process *p, const struct event *ev)
{
	return !p->parent && p->motion == MOTION_NONE &&
		!strcmp(ev->call, "execve");
}

static bool is_sure_call(const struct process *p, const struct event *ev)
{
	if (is_noise(p, ev) || is_start(p, ev))
		return false;
	/* Where its end finds it is chance. */
	if (!ev->has_ret && !ev->error)
		return false;
	if (is_broken_off(ev))
		return p->rested && !p->events;
	return strcmp(ev->call, "execve") != 0 || ev->ret == 0;
}

/* A signal that comes of what the process itself has just done. */
static bool is_own_signal(const struct process *p, const struct event *ev)
{
	static const char *const faults[] = { "SIGSEGV", "SIGFPE", "SIGILL",
		"SIGBUS", "SIGABRT", "SIGTRAP", "SIGSYS", NULL };
	static const char *const calls[] = { "kill", "tkill", "tgkill",
		"raise", NULL };

	if (one_of(ev->signal, faults))
		return true;
	if (!p->previous || p->previous->kind != EV_CALL)
		return false;
	if (!strcmp(ev->signal, "SIGPIPE"))
		return p->previous->error &&
			!strcmp(p->previous->error, "EPIPE");
	return one_of(p->previous->call, calls);
}

/* Others come when they like; but a process that sleeps can be nowhere else. */
static bool is_sure_signal(const struct process *p, const struct event *ev)
{
	if (!ev->signal)
		return false;
	return is_own_signal(p, ev) ||
		(p->rested && (!p->events ||
			       (p->events == 1 && p->previous &&
				is_broken_off(p->previous))));
}

static bool is_sure(const struct process *p, const struct event *ev)
{
	switch (ev->kind) {
	case EV_CALL:
		return is_sure_call(p, ev);
	case EV_SIGNAL:
		return is_sure_signal(p, ev);
	case EV_STOP:
		return p->rested || p->killed;
	case EV_EXIT:
		return true;
	default:
		return false;	/* EV_BLOCKED: at the segment's end */
	}
}

/* What was typed for it, read from its terminal; ^D is read as the end. */
static bool reads_typed(const struct process *p, const struct event *ev)
{
	const char *text = ev->kind == EV_CALL && ev->args &&
		!strcmp(ev->call, "read") && !strncmp(ev->args, "0, \"", 4) ?
		ev->args + 4 : NULL;

	if (!text || !p->typed || !ev->has_ret || ev->ret < 0)
		return false;
	return *p->typed ? !strncmp(text, p->typed, strlen(p->typed)) :
		ev->ret == 0;
}

/* Can only the command have caused it? */
static bool is_answer(const struct process *p, const struct event *ev)
{
	if (reads_typed(p, ev) || ev->expected)
		return true;
	return p->killed && ev->signal && ev->kind != EV_CALL &&
		!strncmp(ev->signal, "SIG", 3) &&
		!strcmp(ev->signal + 3, p->killed);
}

static enum motion motion_after(const struct keeper *k,
				const struct process *p,
				const struct event *ev)
{
	if (ev->kind == EV_EXIT)
		return MOTION_OVER;
	if (ev->kind == EV_STOP)
		return MOTION_ASLEEP;
	/* A puppet has returned, and waits to be told. */
	if (ev->kind != EV_BLOCKED)
		return p->puppet ? MOTION_ASLEEP : MOTION_GOING;
	/* A person's next command is slower than the same in a handout. */
	return is_timed(ev) && k->played ? MOTION_GOING : MOTION_ASLEEP;
}

static void choose_call(struct keeper *k, size_t i)
{
	const struct event *ev = event_at(k, i);
	struct process *p = keeper_process(k, ev->pid);

	if (p->under_way && is_answer(p, ev))
		p->under_way = false;
	k->keep[i] = p->name && (ev->expected ||
				 (!p->under_way && p->kept < ROW_MAX &&
				  is_sure(p, ev)));
	/* A child is as sure as the call that made it. */
	if (ev->kind == EV_CALL && ev->has_ret && ev->ret > 0 &&
	    run_makes_process(ev->call) && keeper_process(k, ev->ret))
		keeper_process(k, ev->ret)->under_way = p->under_way;
	p->kept += k->keep[i];
	p->events++;
	p->previous = ev;
	p->motion = motion_after(k, p, ev);
}

/* What a process is left in: the last that is heard of it in the segment. */
static void choose_sleep(struct keeper *k, const struct segment *seg)
{
	for (size_t n = 0; n < k->num_procs; n++) {
		struct process *p = &k->procs[n];
		size_t i = seg->end;

		while (i-- > seg->events)
			if (keeper_is_traced(event_at(k, i)) &&
			    event_at(k, i)->pid == p->pid)
				break;
		if (i + 1 == seg->events || i + 1 == 0)
			continue;
		if (event_at(k, i)->kind == EV_BLOCKED && p->name &&
		    seg->quiet_end && !p->under_way)
			k->keep[i] = true;
	}
}

/* --- packets ----------------------------------------------------------- */

static bool is_packet(const struct event *ev)
{
	return ev && ev->kind == EV_PACKET && ev->from && ev->to;
}

static bool same_ends(const struct event *a, const struct event *b)
{
	return (!strcmp(a->from, b->from) && !strcmp(a->to, b->to)) ||
		(!strcmp(a->from, b->to) && !strcmp(a->to, b->from));
}

static bool was_sent_before(const struct keeper *k, size_t i)
{
	const struct event *ev = event_at(k, i);
	char *segment = keep_segment(ev->text);
	bool before = false;

	for (size_t n = i; n-- > k->first && !before;) {
		const struct event *old = event_at(k, n);
		char *earlier;

		if (!is_packet(old) || old->fate != ev->fate)
			continue;
		earlier = keep_segment(old->text);
		before = !strcmp(earlier, segment);
		free(earlier);
	}
	free(segment);
	return before;
}

static bool is_data(const struct event *ev)
{
	return strstr(ev->text, " len ");
}

/* Two writes may go as one segment, or as two. */
static bool is_split(const struct keeper *k, const struct segment *seg,
		     const struct event *ev)
{
	char *segment;
	bool split = false;

	if (!is_data(ev) || !strstr(ev->text, " seq "))
		return false;
	segment = keep_segment(ev->text);
	for (size_t i = seg->events; i < seg->end && !split; i++) {
		const struct event *other = event_at(k, i);
		char *theirs;

		if (!is_packet(other) || !is_data(other) ||
		    other->fate != ev->fate ||
		    strcmp(other->from, ev->from) != 0 ||
		    strcmp(other->to, ev->to) != 0)
			continue;
		theirs = keep_segment(other->text);
		split = strcmp(theirs, segment) != 0;
		free(theirs);
	}
	free(segment);
	return split;
}

/* Where the sender's bytes end: the number that is to be acknowledged. */
static long end_of(const char *text)
{
	const char *seq = strstr(text, " seq ");
	long from = 0, to = 0;

	if (!seq)
		return 0;
	if (sscanf(seq, " seq %ld:%ld", &from, &to) < 2)
		to = from;
	return to + (memmem(text, seq - text, "SYN", 3) != NULL) +
		(memmem(text, seq - text, "FIN", 3) != NULL);
}

/* Was it sent without knowing of what the other side had sent last? */
static bool has_crossed(const struct keeper *k, const struct segment *seg,
			size_t i)
{
	const struct event *ev = event_at(k, i), *last = NULL;
	const char *ack = strstr(ev->text, " ack ");
	long number;

	while (i-- > seg->events && !last) {
		last = event_at(k, i);
		if (!k->keep[i] || !is_packet(last) ||
		    strcmp(last->from, ev->to) != 0 ||
		    strcmp(last->to, ev->from) != 0)
			last = NULL;
	}
	if (!last || !strstr(last->text, " seq "))
		return false;
	if (!ack || sscanf(ack, " ack %ld", &number) != 1)
		return !strstr(ev->text, " RST ");
	return number < end_of(last->text);
}

/* How many processes have made connections in this segment? */
static int count_callers(const struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	int callers = 0;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = event_at(k, i);

		if (!keeper_is_traced(ev) || !ev->call ||
		    strcmp(ev->call, "connect") != 0 ||
		    (first && first->pid == ev->pid))
			continue;
		first = ev;
		callers++;
	}
	return callers;
}

static void choose_packets(struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	bool one = count_callers(k, seg) != 1;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = event_at(k, i);

		if (!is_packet(ev))
			continue;
		k->keep[i] = ev->expected;
		if (ev->expected || !seg->quiet_start ||
		    was_sent_before(k, i) ||
		    (!ev->fate && strstr(ev->text, " ACK seq ") &&
		     !is_data(ev)) ||
		    is_split(k, seg, ev) || has_crossed(k, seg, i) ||
		    (first && one && !same_ends(first, ev)))
			continue;
		k->keep[i] = true;
		if (!first)
			first = ev;
	}
}

/* --- sampled states ---------------------------------------------------- */

static bool same_socket(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && !strcmp(a->from, b->from) &&
		!strcmp(a->to, b->to);
}

/* The last that was seen of this socket before the segment; or NULL. */
static const struct event *state_before(const struct keeper *k,
					const struct segment *seg,
					const struct event *ev)
{
	for (size_t i = seg->events; i-- > k->first;) {
		const struct event *old = event_at(k, i);

		if (old && old->kind == EV_TCP && old->from && old->to &&
		    old->state && same_socket(old, ev))
			return old;
	}
	return NULL;
}

static bool is_last_of_socket(const struct keeper *k,
			      const struct segment *seg, size_t i)
{
	for (size_t n = i + 1; n < seg->end; n++) {
		const struct event *ev = event_at(k, n);

		if (ev && ev->kind == EV_TCP && ev->from && ev->to &&
		    same_socket(ev, event_at(k, i)))
			return false;
	}
	return true;
}

static bool is_on_lo(const struct event *ev)
{
	return !ev->host || !strcmp(ev->host, "lo");
}

static bool is_listener(const struct event *ev)
{
	return !strcmp(ev->to, "*");
}

static long unread(const struct event *ev)
{
	const char *bytes = strstr(ev->text, " unread ");

	return bytes ? atol(bytes + strlen(" unread ")) : 0;
}

/*
 * A change of nothing but how much lies there unread. It is told at rest, as
 * a change from what was told last; and as nobody knows at which moments all
 * will be at rest again, it has to be another number than each one before.
 */
static bool is_of_bytes(const struct keeper *k, const struct segment *seg,
			const struct event *ev)
{
	if (!unread(ev) || !ev->old_state || strcmp(ev->old_state, ev->state))
		return false;
	for (size_t i = k->first; i < seg->events; i++) {
		const struct event *old = event_at(k, i);

		if (old && old->kind == EV_TCP && old->from && old->to &&
		    same_socket(old, ev) && unread(old) == unread(ev))
			return false;
	}
	return true;
}

/*
 * A state that lasts, and is another one than before: the last of the segment,
 * seen at rest, or one that lasts by itself.
 */
static bool is_lasting(const struct keeper *k, const struct segment *seg,
		       size_t i)
{
	const struct event *ev = event_at(k, i), *old;

	if (!ev->from || !ev->to || !ev->state || !seg->quiet_start ||
	    !is_last_of_socket(k, seg, i))
		return false;
	old = state_before(k, seg, ev);
	if (old && (is_listener(ev) || is_of_bytes(k, seg, ev) ?
		    !strcmp(old->text, ev->text) :
		    !strcmp(old->state, ev->state)))
		return false;
	/* That it is gone is told of what has been seen: on lo, by chance. */
	if (!strcmp(ev->state, "CLOSED") && is_on_lo(ev) && !old)
		return false;
	return seg->quiet_end || (!is_listener(ev) &&
				  (!strcmp(ev->state, "TIME-WAIT") ||
				   !strcmp(ev->state, "CLOSED")));
}

/*
 * Between hosts each frame is looked at on its way, so the states of one
 * connection come in one order. A listener's, and those on lo, do not: of them
 * one alone is taken.
 */
static void choose_states(struct keeper *k, const struct segment *seg)
{
	const struct event *first = NULL;
	size_t listener = seg->end, lone = seg->end;
	bool expected = false;

	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = event_at(k, i);

		if (!ev || ev->kind != EV_TCP)
			continue;
		k->keep[i] = ev->expected;
		expected |= k->keep[i];
	}
	for (size_t i = seg->events; i < seg->end && !expected; i++) {
		const struct event *ev = event_at(k, i);

		if (!ev || ev->kind != EV_TCP || !is_lasting(k, seg, i))
			continue;
		if (is_listener(ev))
			listener = i;
		else if (is_on_lo(ev))
			lone = i;
		else if (!first || same_ends(first, ev)) {
			k->keep[i] = true;
			first = ev;
		}
		k->at_rest[i] = seg->quiet_end &&
			is_of_bytes(k, seg, ev);
	}
	if (!first && lone < seg->end)
		k->keep[lone] = true;
	else if (!first && listener < seg->end)
		k->keep[listener] = true;
}

/* Nothing else was seen of it in this segment. */
static bool is_last_in_proc(const struct keeper *k, const struct segment *seg,
			    size_t i)
{
	for (size_t n = i + 1; n < seg->end; n++)
		if (event_at(k, n) && event_at(k, n)->kind == EV_PROC &&
		    event_at(k, n)->pid == event_at(k, i)->pid)
			return false;
	return true;
}

static bool ended_here(const struct keeper *k, const struct segment *seg,
		       pid_t pid)
{
	for (size_t i = seg->events; i < seg->end; i++)
		if (keeper_is_traced(event_at(k, i)) && k->keep[i] &&
		    event_at(k, i)->kind == EV_EXIT &&
		    event_at(k, i)->pid == pid)
			return true;
	return false;
}

static bool is_lasting_proc(const struct keeper *k, const struct segment *seg,
			    size_t i)
{
	const struct event *ev = event_at(k, i);

	if (!is_last_in_proc(k, seg, i))
		return false;
	if (!strcmp(ev->state, "gone"))
		return keeper_process(k, ev->pid)->parent &&
			(ended_here(k, seg, ev->pid) || seg->quiet_start);
	return seg->quiet_start && seg->quiet_end &&
		(ev->state[0] == 'Z' || ev->state[0] == 'T' ||
		 !strncmp(ev->state, "parent ", 7));
}

/*
 * Of one process at a time: who of two is gone first is up to the scheduler. A
 * zombie is seen for sure if it stays one.
 */
static void choose_proc(struct keeper *k, const struct segment *seg)
{
	const struct event *only = NULL;
	bool expected = false;

	for (size_t i = seg->events; i < seg->end; i++)
		expected |= event_at(k, i) && event_at(k, i)->expected &&
			event_at(k, i)->kind == EV_PROC;
	for (size_t i = seg->events; i < seg->end; i++) {
		const struct event *ev = event_at(k, i);
		const struct process *p = ev && ev->kind == EV_PROC &&
			ev->state ? keeper_process(k, ev->pid) : NULL;

		if (!p || !p->name)
			continue;
		k->keep[i] = expected ? ev->expected != NULL :
			(!only || only->pid == ev->pid) &&
			is_lasting_proc(k, seg, i);
		if (k->keep[i])
			only = ev;
	}
}

static void choose_counts(struct keeper *k, const struct segment *seg)
{
	for (size_t i = seg->events; i < seg->end; i++)
		if (event_at(k, i) && event_at(k, i)->kind == EV_COUNT)
			k->keep[i] = event_at(k, i)->expected;
}

/* --- a segment --------------------------------------------------------- */

/*
 * Was there a pause between the events before this entry and those after it? A
 * handout's commands come faster than that, a person's do not. At the end of
 * the recording nobody knows, but a person has looked at it.
 */
static bool is_pause(const struct keeper *k, size_t entry)
{
	int64_t before = INT64_MIN, after = INT64_MAX, pause = PAUSE_NS;

	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = event_at(k, i);

		if (ev && ev->kind == EV_PACKET)
			pause = WIRE_PAUSE_NS;
		if (ev && i < entry && ev->t_ns > before)
			before = ev->t_ns;
		if (ev && i >= entry && ev->t_ns < after)
			after = ev->t_ns;
	}
	if (before == INT64_MIN)
		return true;
	if (after == INT64_MAX)
		return !k->played;
	return after - before >= pause;
}

static bool is_quiet(const struct keeper *k, size_t entry)
{
	for (size_t i = 0; i < k->num_procs; i++)
		if (k->procs[i].motion == MOTION_GOING)
			return false;
	return is_pause(k, entry);
}

void keeper_choose(struct keeper *k, struct segment *seg)
{
	bool pause = is_pause(k, seg->commands);

	seg->quiet_start = is_quiet(k, seg->commands);
	for (size_t i = 0; i < k->num_procs; i++) {
		struct process *p = &k->procs[i];
		/* A puppet that takes a command sleeps in no call. */
		bool sure = pause || p->told;

		p->rested = p->motion == MOTION_ASLEEP && sure;
		p->under_way = !p->told &&
			(p->motion == MOTION_GOING ||
			 (p->motion == MOTION_ASLEEP && !sure));
		p->events = p->kept = 0;
		p->previous = NULL;
	}
	for (size_t i = seg->events; i < seg->end; i++)
		if (keeper_is_traced(event_at(k, i)))
			choose_call(k, i);
	seg->quiet_end = is_quiet(k, seg->end);
	choose_sleep(k, seg);
	choose_packets(k, seg);
	choose_states(k, seg);
	choose_proc(k, seg);
	choose_counts(k, seg);
}
