/*
 * doctor_report - what the doctor tells; for doctor.c and doctor_report.c alone
 *
 * report_machine() comes first, then report_check() for each check when it has
 * been tried, then report_end(). All of it goes to stdout, as text or, with
 * --json, as a line for each check and one for the end.
 */
#ifndef DOCTOR_REPORT_H
#define DOCTOR_REPORT_H

#include "doctor.h"
#include "session.h"
#include "view/style.h"

#include <stdbool.h>

#define FOR_BOX		(1U << 0)	/* labs in the box need it */
#define FOR_PLAIN	(1U << 1)	/* labs in plain mode need it */

enum group {
	GROUP_MACHINE,
	GROUP_BOX,
	GROUP_PLAIN,
	GROUP_SCREEN,

	NUM_GROUPS
};

struct check {
	const char *name;
	enum group group;
	unsigned int needed_by;
	const char *needed_for;
	const char *costs;	/* what is not to be had without it */
};

/* By enum check_id. */
extern const struct check doctor_checks[];

struct doctor {
	struct session *s;
	struct style st;
	struct facts facts;
	struct finding found[NUM_CHECKS];
	bool answered[NUM_CHECKS];
};

/* Not with --json: there it is said at the end. */
void report_machine(const struct doctor *d);
/* If it fails, what explains it is added to its finding. */
void report_check(struct doctor *d, enum check_id id);
/* In which mode labs run, and what they miss. Returns the exit status. */
int report_end(const struct doctor *d);

#endif
