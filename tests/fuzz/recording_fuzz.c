/*
 * recording_fuzz - a recording from anywhere, compared and kept
 *
 * The input is two recordings with a NUL between them; without one, it is
 * compared with itself.
 */
#include "buf.h"
#include "lab/keep.h"
#include "view/compare.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *a = xstrndup((const char *)data, size);
	size_t len = strlen(a);
	char *b = len < size ? xstrndup((const char *)data + len + 1,
					size - len - 1) : xstrdup(a);
	struct view_options opt = { .columns = size % 2 ? 80 : 120 };
	char *text = NULL;
	size_t written;
	FILE *out = open_memstream(&text, &written);
	struct errmsg err;

	/* A run is no different from itself. */
	if (compare_runs(a, "a", a, "a", out, &opt, &err) > 0)
		abort();
	compare_runs(a, "a", b, "b", out, &opt, &err);
	keep_as_handout(a, "title", out, &err);
	fclose(out);
	free(text);
	free(a);
	free(b);
	return 0;
}
