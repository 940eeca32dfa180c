/*
 * doctor_advice - how a reason and its remedy are said; for doctor_advice*.c
 * alone
 *
 * A remedy is appended to *fix as doctor_advise() promises it: a line each,
 * shell or "# " and a remark.
 */
#ifndef DOCTOR_ADVICE_H
#define DOCTOR_ADVICE_H

#include "doctor.h"

#include <stdbool.h>

/* doctor_advice.c */

/* Behind what is there, "; " between them; what has no room is cut. */
void add_reason(struct finding *found, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "sudo ", or nothing for root. */
const char *sudo(const struct facts *f);
void set_sysctl(const struct facts *f, struct buf *fix, const char *name,
		long value);
/* Is this text in why it fails? */
bool says(const struct finding *found, const char *text);

/* doctor_advice_refused.c */

/* What keeps processes without privileges from a namespace of their own. */
void advise_refused(const struct facts *f, struct finding *found,
		    struct buf *fix);
/* Outside a container: what is on this process alone. */
void advise_filter(const struct facts *f, struct finding *found,
		   struct buf *fix);
/* The limits of namespaces(7): which of them leaves no room? */
void advise_limits(const struct facts *f, struct finding *found,
		   struct buf *fix);
void advise_userns(const struct facts *f, struct finding *found,
		   struct buf *fix);
void advise_box(const struct facts *f, struct finding *found, struct buf *fix);
void advise_tracing(const struct facts *f, struct finding *found,
		    struct buf *fix);

#endif
