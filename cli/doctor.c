#include "commands.h"

int cmd_doctor(struct session *s, int argc, char **argv, struct errmsg *err)
{
	(void)s;
	(void)argc;
	(void)argv;
	return errmsg_set(err, "not yet"), EXIT_CANNOT;
}
