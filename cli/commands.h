/* commands - the functions behind the table of command.c */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "command.h"

#define COMMAND(name) \
	int name(struct session *s, int argc, char **argv, struct errmsg *err)

/* cmd_lab.c */
COMMAND(cmd_labs);
COMMAND(cmd_show);
COMMAND(cmd_run);
COMMAND(cmd_source);
COMMAND(cmd_command);

/* cmd_box.c */
COMMAND(cmd_set);
bool set_can_name(const char *name);	/* can it be used as $name? */
COMMAND(cmd_start);
COMMAND(cmd_type);
COMMAND(cmd_tell);	/* a puppet; not in the table */
COMMAND(cmd_kill);
COMMAND(cmd_wait);
COMMAND(cmd_limit);
COMMAND(cmd_pids);

/* cmd_look.c */
COMMAND(cmd_ps);
COMMAND(cmd_fds);
COMMAND(cmd_why);
COMMAND(cmd_man);
COMMAND(cmd_reset);

/* cmd_shell.c */
COMMAND(cmd_shell);

/* cmd_pace.c */
COMMAND(cmd_step);
COMMAND(cmd_demo);
COMMAND(cmd_continue);
COMMAND(cmd_quiz);

/* cmd_wire.c */
COMMAND(cmd_hosts);
COMMAND(cmd_wire);
COMMAND(cmd_count);
COMMAND(cmd_ss);
COMMAND(cmd_sysctl);

/* cmd_after.c */
COMMAND(cmd_timeline);
COMMAND(cmd_ladder);
COMMAND(cmd_save);
COMMAND(cmd_view);

/* cmd_compare.c */
COMMAND(cmd_again);
COMMAND(cmd_compare);

/* cmd_help.c */
COMMAND(cmd_help);
COMMAND(cmd_version);
COMMAND(cmd_predict);
COMMAND(cmd_quit);

/* doctor.c */
COMMAND(cmd_doctor);

#undef COMMAND

#endif
