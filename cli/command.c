#include "command.h"

#include "buf.h"
#include "commands.h"
#include "lab/match.h"
#include "nearest.h"
#include "puppets.h"
#include "view/record.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANYWHERE (CMD_SHELL | CMD_PROMPT)
#define IN_BOX (CMD_PROMPT | CMD_HANDOUT)

static const struct command commands[] = {
	{ "labs", "", "list the labs", 0, 0, ANYWHERE, COMPLETE_NOTHING,
	  cmd_labs, NULL },
	{ "show", "LAB", "show a lab's handout without playing it", 1, 1,
	  ANYWHERE, COMPLETE_LAB, cmd_show, NULL },
	{ "run", "LAB... [SCENE] [KNOB=VALUE...]",
	  "play labs on the kernel", 1, -1, ANYWHERE | CMD_NOT_IN_LAB,
	  COMPLETE_LAB, cmd_run,
	  "LAB is a name from `labs`, or the path of any handout. Several "
	  "are played in turn. SCENE is a number; without it all scenes are "
	  "played. KNOB=VALUE turns what the handout sets with `> set`: then "
	  "what differs is shown, and is no failure." },
	{ "source", "LAB [PROGRAM]", "show the C of a lab's programs", 1, 2,
	  ANYWHERE, COMPLETE_LAB, cmd_source, NULL },
	{ "command", "LAB", "print the commands that a lab runs, one a line",
	  1, 1, ANYWHERE, COMPLETE_LAB, cmd_command,
	  "For your own strace: underglass command zombie | xargs strace "
	  "-f" },
	{ "set", "NAME VALUE", "give $NAME a value; a knob, in a handout", 2,
	  2, IN_BOX | CMD_NEEDS_BOX, COMPLETE_NOTHING, cmd_set, NULL },
	{ "start", "NAME[@HOST] PROGRAM [ARG...]",
	  "start a program as an actor in the box", 2, -1,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_FILE, cmd_start, NULL },
	{ "type", "NAME TEXT",
	  "type at an actor's terminal: a line, or ^C, ^D, ^Z, ^\\", 2, -1,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_ACTOR, cmd_type,
	  "TEXT is followed by Enter, unless it is a control character "
	  "alone." },
	{ "kill", "-SIGNAL NAME", "send a signal to an actor or its child", 2,
	  2, IN_BOX | CMD_NEEDS_BOX, COMPLETE_ACTOR, cmd_kill, NULL },
	{ "wait", "NAME", "wait until an actor has ended", 1, 1,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_ACTOR, cmd_wait, NULL },
	{ "ps", "", "the box's processes and their states", 0, 0,
	  CMD_PROMPT | CMD_NEEDS_BOX, COMPLETE_NOTHING, cmd_ps, NULL },
	{ "fds", "NAME", "what a process has open", 1, 1,
	  CMD_PROMPT | CMD_NEEDS_BOX, COMPLETE_ACTOR, cmd_fds, NULL },
	{ "shell", "[HOST]", "a shell of your own, inside", 0, 1,
	  CMD_PROMPT | CMD_NEEDS_BOX, COMPLETE_HOST, cmd_shell,
	  "Your own ps, ss, nc and strace see the same box from there. It is "
	  "not traced." },
	{ "reset", "", "end the box and everything in it", 0, 0,
	  CMD_PROMPT | CMD_NOT_IN_LAB, COMPLETE_NOTHING, cmd_reset, NULL },
	{ "step", "LAB [SCENE] [KNOB=VALUE...]",
	  "play a lab, stopping before each step", 1, -1,
	  CMD_PROMPT | CMD_NOT_IN_LAB, COMPLETE_LAB, cmd_step,
	  "Enter goes on by one step, `continue` runs on, `quit` ends the "
	  "lab. Meanwhile the processes stand, held frames too, and the "
	  "commands for the box work." },
	{ "demo", "LAB [SCENE] [KNOB=VALUE...]",
	  "play a lab in front of a class, one key a step", 1, -1,
	  CMD_PROMPT | CMD_NOT_IN_LAB, COMPLETE_LAB, cmd_demo, NULL },
	{ "continue", "", "run on, after `step`", 0, 0, CMD_PROMPT,
	  COMPLETE_NOTHING, cmd_continue, NULL },
	{ "quiz", "[N]", "predictions from all labs, mixed", 0, 1,
	  CMD_PROMPT | CMD_NOT_IN_LAB, COMPLETE_NOTHING, cmd_quiz, NULL },
	{ "why", "NUMBER|TEXT", "more about an event of the time line", 1, 1,
	  CMD_PROMPT, COMPLETE_NOTHING, cmd_why,
	  "NUMBER is from `timeline`; TEXT finds the last event that has "
	  "it." },
	{ "man", "[SECTION] CALL", "the manual page of a call or signal", 1,
	  2, CMD_PROMPT, COMPLETE_NOTHING, cmd_man, NULL },
	{ "limit", "SECONDS", "how long a step waits for its evidence", 1, 1,
	  IN_BOX, COMPLETE_NOTHING, cmd_limit, NULL },
	{ "hosts", "NAME...", "make hosts, with a wire between them", 1, 16,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_NOTHING, cmd_hosts,
	  "Each is a network namespace; $NAME is then its address, and an "
	  "actor of that name runs there. Every frame passes by `wire`." },
	{ "wire", "[hold|drop [PATTERN] | next|drop [N] | release | delay MS "
	  "| double]", "be the wire: keep frames back, let them go", 0, -1,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_NOTHING, cmd_wire,
	  "hold [PATTERN]: keep back every frame (that matches). next [N]: "
	  "let the next of them go. drop [N]: throw the next of them away; "
	  "drop PATTERN: every frame that matches, from now on. release: let "
	  "all go, and hold and drop no more. delay MS: each frame takes so "
	  "long. double: the next frame goes twice. Alone: what is held." },
	{ "ss", "[HOST]", "the TCP sockets and their states, as they are now",
	  0, 1, CMD_PROMPT | CMD_NEEDS_BOX, COMPLETE_HOST, cmd_ss, NULL },
	{ "count", "", "what the kernel's network counters have counted", 0,
	  0, IN_BOX | CMD_NEEDS_BOX, COMPLETE_NOTHING, cmd_count, NULL },
	{ "sysctl", "HOST NAME VALUE", "change a setting of one host", 2, 3,
	  IN_BOX | CMD_NEEDS_BOX, COMPLETE_HOST, cmd_sysctl,
	  "For example: sysctl server net.ipv4.tcp_abort_on_overflow 1. "
	  "Without hosts: sysctl NAME VALUE. It is the box's own, and goes "
	  "with it." },
	{ "pids", "", "print the outside's pids of what lives in boxes", 0, 0,
	  ANYWHERE, COMPLETE_NOTHING, cmd_pids, NULL },
	{ "timeline", "", "everything that happened, once more", 0, 0,
	  CMD_PROMPT, COMPLETE_NOTHING, cmd_timeline, NULL },
	{ "ladder", "", "the exchange as a sequence diagram", 0, 0,
	  CMD_PROMPT, COMPLETE_NOTHING, cmd_ladder, NULL },
	{ "again", "KNOB=VALUE...", "the last run once more, compared with it",
	  0, -1, CMD_PROMPT | CMD_NOT_IN_LAB, COMPLETE_NOTHING, cmd_again,
	  "It is played without being shown; then both runs are, side by side "
	  "or one above the other, with what is different marked." },
	{ "compare", "LAB SCENE SCENE | FILE FILE", "two runs, side by side",
	  2, 3, ANYWHERE | CMD_NOT_IN_LAB, COMPLETE_LAB, cmd_compare,
	  "Two scenes of a lab are played without being shown, and then "
	  "compared; or two recordings, from `save FILE.jsonl` or --json. "
	  "Numbers of processes, ports that the kernel chose and times do not "
	  "count. From 110 columns on the runs stand side by side." },
	{ "save", "FILE", "keep what happened: .md, .jsonl or .pcap", 1, 1,
	  CMD_PROMPT, COMPLETE_FILE, cmd_save,
	  "FILE.md is a new handout of what was done by hand; FILE.jsonl the "
	  "run, for `view`; FILE.pcap what went over the wire, for tcpdump "
	  "and Wireshark." },
	{ "view", "FILE [timeline|ladder|json|events]",
	  "show a saved run again", 1, 2, ANYWHERE, COMPLETE_FILE, cmd_view,
	  "FILE is from `save FILE.jsonl` or --json; - is standard input." },
	{ "predict", "on|off", "ask for a prediction before a step, or not",
	  1, 1, CMD_PROMPT, COMPLETE_NOTHING, cmd_predict, NULL },
	{ "doctor", "", "test what works here, and say what would help", 0, 0,
	  ANYWHERE, COMPLETE_NOTHING, cmd_doctor, NULL },
	{ "help", "[COMMAND | TOPIC]", "say what a command does", 0, 2,
	  ANYWHERE, COMPLETE_COMMAND, cmd_help, NULL },
	{ "version", "", "print the version", 0, 0, ANYWHERE,
	  COMPLETE_NOTHING, cmd_version, NULL },
	{ "quit", "", "leave", 0, 0, CMD_PROMPT, COMPLETE_NOTHING, cmd_quit,
	  NULL },
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *command_at(size_t i)
{
	return i < NUM_COMMANDS ? &commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

void command_usage(const struct command *cmd, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", cmd->name, *cmd->args ? " " : "",
		 cmd->args);
}

/* A puppet's name begins a line too. r: NULL where there is no box. */
static int unknown(const struct run *r, unsigned int door, const char *name,
		   struct errmsg *err)
{
	const char *names[NUM_COMMANDS + RUN_MAX_PROCESSES];
	size_t count = 0;
	char hint[80];

	for (size_t i = 0; i < NUM_COMMANDS; i++)
		if (commands[i].flags & door)
			names[count++] = commands[i].name;
	for (size_t i = 0; r && i < RUN_MAX_PROCESSES; i++)
		if (puppets_name(r->puppets, i))
			names[count++] = puppets_name(r->puppets, i);
	nearest_hint(hint, sizeof(hint), name, names, count,
		     "; `help` lists them");
	return errmsg_set(err, "no command '%.100s'%s", name, hint);
}

/* The first word is no command: is it somebody who takes no orders? */
static int not_a_command(const struct session *s, unsigned int door,
			 const char *name, struct errmsg *err)
{
	const struct actor *a = s->run ? run_actor(s->run, name) : NULL;

	if (!a)
		return unknown(s->run, door, name, err);
	if (a->exited)
		return errmsg_set(err, "%.100s has ended", name);
	return errmsg_set(err, "%.100s is no puppet, and makes its own calls; "
			  "`type`, `kill`, `fds`, `wait` act on it", name);
}

int command_check(unsigned int door, int argc, char *const *argv,
		  struct errmsg *err)
{
	const struct command *cmd = command_find(argv[0]);
	char usage[128];
	int args = argc - 1;

	if (!cmd)
		return unknown(NULL, door, argv[0], err);
	if (!(cmd->flags & door))
		return errmsg_set(err, "%s: only %s", cmd->name,
				  door == CMD_HANDOUT ?
				  "at the prompt, not in a handout" :
				  "at the prompt or in a handout");
	if (args >= cmd->min_args &&
	    (cmd->max_args == -1 || args <= cmd->max_args))
		return 0;
	command_usage(cmd, usage, sizeof(usage));
	return errmsg_set(err, "%s: too %s words; usage: %s", cmd->name,
			  args < cmd->min_args ? "few" : "many", usage);
}

int command_run(struct session *s, unsigned int door, int argc, char **argv,
		struct errmsg *err)
{
	const struct command *cmd;

	if (s->run && (door & IN_BOX) && puppets_has(s->run->puppets, argv[0]))
		return cmd_tell(s, argc, argv, err);
	cmd = command_find(argv[0]);
	if (!cmd)
		return not_a_command(s, door, argv[0], err), EXIT_USAGE;
	if (command_check(door, argc, argv, err) == -1)
		return EXIT_USAGE;
	if ((cmd->flags & CMD_NOT_IN_LAB) && s->lab) {
		errmsg_set(err, "%s: a lab stands still here; `continue` or "
			   "`quit` ends it first", cmd->name);
		return EXIT_USAGE;
	}
	if ((cmd->flags & CMD_NEEDS_BOX) && !s->run &&
	    session_improvise(s, err) == -1)
		return EXIT_CANNOT;
	return cmd->run(s, argc, argv, err);
}

/*
 * What a person does to the box is part of what happened: as it was typed, with
 * its $names, for `save FILE.md`. On a terminal it can be read already.
 */
static bool record_typed(struct session *s, const char *line, const char *word)
{
	struct view *v = s->interactive ? record_view(s->record) : s->view;
	const struct command *cmd = command_find(word);
	struct errmsg ignored;
	char *typed;

	if (cmd ? !(cmd->flags & CMD_HANDOUT) :
	    !s->run || !puppets_has(s->run->puppets, word))
		return false;
	if (cmd && (cmd->flags & CMD_NEEDS_BOX) && !s->run &&
	    session_improvise(s, &ignored) == -1)
		return false;
	line += strspn(line, " \t");
	typed = xstrndup(line, strcspn(line, "\r\n"));
	v->ops->command(v, typed);
	free(typed);
	if (s->run)
		run_touch(s->run);
	return true;
}

int command_line(struct session *s, unsigned int door, const char *line,
		 struct errmsg *err)
{
	const struct names none = { 0 };
	struct words w;
	bool acts = false;
	char *expanded;
	int rc;

	expanded = names_expand(s->run ? &s->run->names : &none, line, err);
	if (!expanded)
		return EXIT_USAGE;
	rc = words_split(&w, expanded, err);
	free(expanded);
	if (rc == -1)
		return EXIT_USAGE;
	if (door == CMD_PROMPT && w.count)
		acts = record_typed(s, line, w.list[0]);
	rc = w.count ? command_run(s, door, w.count, w.list, err) :
		EXIT_HELD;
	/* A script goes on when all that came of it has come. */
	if (acts && !s->interactive && s->run && rc == EXIT_HELD)
		session_rest(s);
	words_release(&w);
	return rc;
}
