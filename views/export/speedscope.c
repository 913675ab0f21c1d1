/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * speedscope's own JSON: one list of frames, and a sampled profile for each figure, in
 * which a stack is a sample and the figure is its weight.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "views/export/json_text.h"
#include "views/export/stacks.h"
#include "views/export/writers.h"
#include "views/row/sum.h"

static const enum column_id figures[] = {COLUMN_SIZE, COLUMN_COUNT, COLUMN_TOTAL,
					 COLUMN_ALLOCATIONS, COLUMN_TEMPORARY};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static void speedscope_put_frame(struct out *out, const struct row_frame *frame)
{
	char *name = stacks_name(frame, false);

	out_text(out, "{\"name\": ");
	json_string(out, name ? name : "?");
	if (*frame->file) {
		out_text(out, ", \"file\": ");
		json_string(out, frame->file);
	}
	if (frame->line)
		out_format(out, ", \"line\": %u", frame->line);
	out_text(out, "}");
	free(name);
}

static uint64_t sum(const struct stacks *stacks, const struct column *weight)
{
	uint64_t all = 0;

	for (size_t i = 0; i < stacks->length; i++)
		figure_add(&all, export_value(weight, &stacks->items[i]));
	return all;
}

static void put_samples(struct out *out, const struct stacks *stacks,
			const struct column *weight)
{
	const char *between = "";

	for (size_t i = 0; i < stacks->length && !out->error; i++) {
		const struct stack *stack = &stacks->items[i];

		if (!export_value(weight, stack))
			continue;
		out_format(out, "%s\n   [", between);
		for (size_t n = 0; n < stack->depth; n++)
			out_format(out, n ? ",%" PRIu32 : "%" PRIu32,
				   stacks_oldest(stacks, stack, n));
		out_text(out, "]");
		between = ",";
	}
}

static void put_weights(struct out *out, const struct stacks *stacks,
			const struct column *weight)
{
	const char *between = "";

	for (size_t i = 0; i < stacks->length && !out->error; i++) {
		uint64_t value = export_value(weight, &stacks->items[i]);

		if (!value)
			continue;
		out_format(out, "%s%" PRIu64, between, value);
		between = ",";
	}
}

static void speedscope_put_profile(struct out *out, const struct stacks *stacks,
				   const struct column *weight)
{
	out_format(out, "\n  {\"type\": \"sampled\", \"name\": \"%s\", \"unit\": \"%s\", "
		   "\"startValue\": 0, \"endValue\": %" PRIu64 ",\n   \"samples\": [",
		   weight->weight, weight->bytes ? "bytes" : "none", sum(stacks, weight));
	put_samples(out, stacks, weight);
	out_text(out, "],\n   \"weights\": [");
	put_weights(out, stacks, weight);
	out_text(out, "]}");
}

/* Writes a profile for each figure that is not 0 everywhere, and for the view's own
 * figure in any case. */
static void put_profiles(struct out *out, const struct stacks *stacks, enum column_id sort)
{
	const struct column *first = export_weight(sort);
	bool listed = false;
	unsigned n = 0, active = 0;

	out_text(out, " \"profiles\": [");
	for (size_t i = 0; i < FIGURES || !listed; i++) {
		const struct column *weight =
			i < FIGURES ? export_weight(figures[i]) : first;

		if (weight != first && !sum(stacks, weight))
			continue;
		if (weight == first) {
			listed = true;
			active = n;
		}
		out_text(out, n++ ? "," : "");
		speedscope_put_profile(out, stacks, weight);
	}
	out_format(out, "],\n \"activeProfileIndex\": %u}\n", active);
}

static void speedscope_put_title(struct out *out, const struct export_request *request)
{
	const struct program *program = request->now.program;
	const char *slash = strrchr(request->now.file, '/');
	const char *name = slash ? slash + 1 : request->now.file;

	if (!*name && program && program->argc)
		name = program->argv[0];
	out_text(out, ",\n \"exporter\": \"memtop " MEMTOP_VERSION "\", \"name\": ");
	json_string(out, name);
	out_text(out, ",\n");
}

int write_speedscope(const struct export_request *request, struct sink *sink,
		     char problem[256])
{
	struct out out = {.sink = sink};
	struct stacks stacks;

	(void)problem;
	if (!stacks_read(&stacks, request->table)) {
		stacks_free(&stacks);
		return -ENOMEM;
	}
	out_text(&out, "{\"$schema\": \"https://www.speedscope.app/file-format-schema.json\",\n"
		 " \"shared\": {\"frames\": [");
	for (size_t i = 0; i < stacks.frames_length && !out.error; i++) {
		out_text(&out, i ? ",\n  " : "\n  ");
		speedscope_put_frame(&out, &stacks.frames[i]);
	}
	out_text(&out, "]}");
	speedscope_put_title(&out, request);
	put_profiles(&out, &stacks, request->table->view.sort);
	stacks_free(&stacks);
	return out_end(&out);
}
