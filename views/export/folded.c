/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folded stacks: a line for each, with the frames from the oldest to the newest separated
 * by semicolons, a space, and the figure.  A semicolon in a name would split it, so it
 * becomes a colon.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "views/export/stacks.h"
#include "views/export/writers.h"
#include "views/format/out.h"

static void join_colons(char **names, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		for (char *found = names[i]; (found = strchr(found, ';'));)
			*found = ':';
	}
}

int write_folded(const struct export_request *request, struct sink *sink, char problem[256])
{
	const struct column *weight = export_weight(request->table->view.sort);
	struct out out = {.sink = sink};
	struct stacks stacks;
	char **names = stacks_read(&stacks, request->table) ? stacks_names(&stacks) : NULL;

	(void)problem;
	if (names)
		join_colons(names, stacks.frames_length);
	for (size_t i = 0; names && i < stacks.length && !out.error; i++) {
		const struct stack *stack = &stacks.items[i];
		uint64_t value = export_value(weight, stack);

		for (size_t n = 0; value && n < stack->depth; n++) {
			out_text(&out, n ? ";" : "");
			out_text(&out, names[stacks_oldest(&stacks, stack, n)]);
		}
		if (value)
			out_format(&out, " %" PRIu64 "\n", value);
	}
	if (!names)
		out.error = -ENOMEM;
	stacks_names_free(names, stacks.frames_length);
	stacks_free(&stacks);
	return out_end(&out);
}
