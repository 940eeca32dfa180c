#include "puppets.h"

#include "buf.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STILL_NS 1000000000LL

struct puppet {
	char *name;
	int channel;		/* -1: it has ended */
	bool busy;		/* told, and not answered yet */
	char call[32];		/* what it was told */
	int64_t told_ns;	/* run_clock() */
	struct puppet_state state;
};

struct puppets {
	struct run *run;
	struct puppet **list;
	size_t count;
};

struct puppets *puppets_new(struct run *r)
{
	struct puppets *ps = xcalloc(1, sizeof(*ps));

	ps->run = r;
	return ps;
}

static void hang_up(struct puppets *ps, struct puppet *p)
{
	if (p->channel == -1)
		return;
	loop_remove(ps->run->loop, p->channel);
	close(p->channel);
	p->channel = -1;
	p->busy = false;
}

void puppets_free(struct puppets *ps)
{
	if (!ps)
		return;
	for (size_t i = 0; i < ps->count; i++) {
		hang_up(ps, ps->list[i]);
		free(ps->list[i]->name);
		free(ps->list[i]);
	}
	free(ps->list);
	free(ps);
}

static struct puppet *find(const struct puppets *ps, const char *name)
{
	for (size_t i = ps->count; i-- > 0;)
		if (ps->list[i]->channel != -1 &&
		    !strcmp(ps->list[i]->name, name))
			return ps->list[i];
	return NULL;
}

bool puppets_has(const struct puppets *ps, const char *name)
{
	return find(ps, name);
}

const char *puppets_name(const struct puppets *ps, size_t i)
{
	for (size_t k = 0; k < ps->count; k++)
		if (ps->list[k]->channel != -1 && i-- == 0)
			return ps->list[k]->name;
	return NULL;
}

static void on_answer(void *arg, int fd, short revents);

static struct puppet *add(struct puppets *ps, const char *name, int channel)
{
	struct puppet *p = xcalloc(1, sizeof(*p));

	p->name = xstrdup(name);
	p->channel = channel;
	ps->list = xrealloc(ps->list,
			    (ps->count + 1) * sizeof(struct puppet *));
	ps->list[ps->count++] = p;
	loop_add(ps->run->loop, channel, on_answer, ps);
	return p;
}

/* fork() answered: the child is a puppet too, and knows what its parent did. */
static void add_child(struct puppets *ps, const struct puppet *parent,
		      const struct puppet_answer *answer, int channel)
{
	char *name = answer->name[0] ? xstrdup(answer->name) :
		xasprintf("%s.%u", parent->name, parent->state.forks);
	struct puppet *child = add(ps, name, channel);

	child->state = parent->state;
	child->state.forks = 0;
	run_name_pid(ps->run, answer->ret, name);
	free(name);
}

static void on_answer(void *arg, int fd, short revents)
{
	static struct puppet_answer answer;
	struct puppets *ps = arg;
	struct puppet *p = NULL;
	struct errmsg err;
	int child, n;

	(void)revents;
	for (size_t i = 0; i < ps->count; i++)
		if (ps->list[i]->channel == fd)
			p = ps->list[i];
	if (!p)
		return;
	n = puppet_receive(fd, &answer, &child, &err);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		hang_up(ps, p);
		return;
	}
	p->busy = false;
	puppet_learn(&p->state, &answer);
	if (child != -1)
		add_child(ps, p, &answer, child);
}

int puppets_start(struct puppets *ps, const char *name, int host,
		  struct errmsg *err)
{
	int channel;

	if (run_start_puppet(ps->run, name, host, &channel, err) == -1)
		return -1;
	add(ps, name, channel);
	return 0;
}

enum puppet_parsed puppets_tell(struct puppets *ps, const char *const *words,
				int count, struct puppet_request *req,
				struct errmsg *err)
{
	struct puppet *p = find(ps, words[0]);
	enum puppet_parsed rc;

	if (!p) {
		errmsg_set(err, "no puppet is called %s", words[0]);
		return PUPPET_BAD;
	}
	if (count < 2) {
		errmsg_set(err, "%s what? For example: %s socket tcp; `help "
			   "puppet` lists the calls", p->name, p->name);
		return PUPPET_BAD;
	}
	if (p->busy) {
		errmsg_set(err, "%s is still in %s(): what it waits for has "
			   "to come first, or a signal that it catches (`%s "
			   "sigaction USR1` before; else the signal kills it)",
			   p->name, p->call, p->name);
		return PUPPET_BAD;
	}
	rc = puppet_parse(&p->state, words + 1, count - 1, req, err);
	if (rc != PUPPET_OK)
		return rc;
	if (puppet_send(p->channel, req, err) == -1)
		return PUPPET_BAD;
	p->busy = true;
	snprintf(p->call, sizeof(p->call), "%s", words[1]);
	p->told_ns = run_clock();
	if (run_proc_named(ps->run, words[0]))
		run_proc_named(ps->run, words[0])->in_call = false;
	return PUPPET_OK;
}

bool puppets_busy(const struct puppets *ps, const char *name)
{
	const struct puppet *p = find(ps, name);

	return p && p->busy;
}

bool puppets_settled(const struct puppets *ps, const char *name)
{
	const struct puppet *p = find(ps, name);
	const struct proc *proc = run_proc_named(ps->run, name);

	if (!p || !p->busy)
		return true;
	/* Stopped, or strace is not to be seen: nothing more will be told. */
	if (run_at_rest(ps->run) && run_clock() - p->told_ns > STILL_NS)
		return true;
	return proc && proc->in_call;
}
