#include "record.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>

struct record {
	FILE *out;		/* writes to text */
	char *text;
	size_t size;
	bool full;
	struct view *view;
};

static FILE *open_text(struct record *r)
{
	FILE *f = open_memstream(&r->text, &r->size);

	return f ? f : fopen("/dev/null", "we");
}

struct record *record_new(void)
{
	struct record *r = xcalloc(1, sizeof(*r));

	r->out = open_text(r);
	r->view = view_record_new(r->out);
	return r;
}

void record_free(struct record *r)
{
	fclose(r->out);
	free(r->text);
	free(r);
}

struct view *record_view(struct record *r)
{
	return r->view;
}

char *record_take(struct record *r)
{
	char *text;

	fclose(r->out);
	text = r->text ? r->text : xstrdup("");
	r->text = NULL;
	r->full = false;
	r->out = open_text(r);
	view_record_to(r->view, r->out);
	return text;
}

void record_clear(struct record *r)
{
	free(record_take(r));
}

const char *record_text(struct record *r)
{
	fflush(r->out);
	return r->text ? r->text : "";
}

bool record_limit(struct record *r)
{
	FILE *null;

	if (r->full)
		return false;
	fflush(r->out);
	if (r->size <= RECORD_MAX)
		return false;
	null = fopen("/dev/null", "we");
	if (!null)
		return false;
	/* What is there stays; more goes nowhere. */
	fclose(r->out);
	r->out = null;
	view_record_to(r->view, null);
	r->full = true;
	return true;
}
