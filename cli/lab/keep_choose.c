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

#include "run.h"

#include <string.h>

#define ROW_MAX 16	/* expectations of one process in one segment */
/* Nothing for so long: nothing is on its way. Packets may have to wait. */
#define PAUSE_NS	8000000LL
#define WIRE_PAUSE_NS	50000000LL

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
	/* What the handler broke off was nothing that it had been told. */
	if (p->puppet && !p->in_call && ev->error &&
	    !strcmp(ev->call, "rt_sigreturn"))
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
	const struct event *ev = keeper_event(k, i);
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
	if (ev->kind == EV_BLOCKED)
		p->in_call = true;
	else if (ev->kind == EV_CALL && !is_broken_off(ev))
		p->in_call = false;
}

/* What a process is left in: the last that is heard of it in the segment. */
static void choose_sleep(struct keeper *k, const struct segment *seg)
{
	for (size_t n = 0; n < k->num_procs; n++) {
		struct process *p = &k->procs[n];
		size_t i = seg->end;

		while (i-- > seg->events)
			if (keeper_is_traced(keeper_event(k, i)) &&
			    keeper_event(k, i)->pid == p->pid)
				break;
		if (i + 1 == seg->events || i + 1 == 0)
			continue;
		if (keeper_event(k, i)->kind == EV_BLOCKED && p->name &&
		    seg->quiet_end && !p->under_way)
			k->keep[i] = true;
	}
}

/* --- a segment --------------------------------------------------------- */

/*
 * Was there a pause between the events before this entry and those after it? A
 * handout's commands come faster than that, a person's do not. At the end of
 * the recording nobody knows, but a person has looked at it. What is sent again
 * because something is held goes on all the while.
 */
static bool is_pause(const struct keeper *k, size_t entry)
{
	int64_t before = INT64_MIN, after = INT64_MAX, pause = PAUSE_NS;

	for (size_t i = k->first; i < k->last; i++) {
		const struct event *ev = keeper_event(k, i);

		if (ev && ev->kind == EV_PACKET)
			pause = WIRE_PAUSE_NS;
		if (k->repeated[i])
			continue;
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
		if (keeper_is_traced(keeper_event(k, i)))
			choose_call(k, i);
	seg->quiet_end = is_quiet(k, seg->end);
	choose_sleep(k, seg);
	keeper_choose_packets(k, seg);
	keeper_choose_states(k, seg);
}
