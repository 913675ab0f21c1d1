/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows in exactly the form of str(Statistic) and str(StatisticDiff), whose place in code
 * is the oldest of the frames: for a stack, where the program began.  The stack itself
 * follows, in the form of Traceback.format().
 */
#include <inttypes.h>
#include <stdlib.h>
#include "views/format/format.h"
#include "views/text/text_parts.h"

/* As str(Frame); a frame without a line is MODULE!FUNCTION, line 0. */
static void text_tracemalloc_put_frame(struct out *out, const struct row_frame *frame)
{
	out_safe(out, frame->file);
	if (!lang_has_line(frame->lang, frame->line) && *frame->function) {
		out_text(out, "!");
		out_safe(out, frame->function);
	}
	out_format(out, ":%u", frame->line);
}

static void put_key(struct out *out, const struct table *table, const struct row *row)
{
	struct row_frame *frames;
	size_t n;

	switch (table->view.by) {
	case BY_LINENO:
	case BY_FILENAME:
		text_tracemalloc_put_frame(out, &row->newest);
		return;
	case BY_TRACEBACK:
		frames = malloc((row->frames_length + 1) * sizeof(*frames));
		n = frames ? table_frames(table, row, frames, row->frames_length) : 0;
		if (n)
			text_tracemalloc_put_frame(out, &frames[n - 1]);
		free(frames);
		return;
	default:
		out_safe(out, row->key);
	}
}

static void text_tracemalloc_put_row(struct out *out, const struct table *table,
				     const struct row *row)
{
	char size[FORMAT_MAX], diff[FORMAT_MAX], average[FORMAT_MAX];

	put_key(out, table, row);
	format_size((double)row->now.size, false, size);
	if (table->diff) {
		format_size((double)row->size_diff, true, diff);
		out_format(out, ": size=%s (%s), count=%" PRIu64 " (%+" PRId64 ")", size, diff,
			   row->now.count, row->count_diff);
	} else {
		out_format(out, ": size=%s, count=%" PRIu64, size, row->now.count);
	}
	if (row->now.count) {
		format_size((double)row->now.size / (double)row->now.count, false, average);
		out_format(out, ", average=%s", average);
	}
	out_text(out, "\n");
}

int text_tracemalloc(const struct table *table, text_source source, void *user,
		     struct sink *sink)
{
	struct text_style style = {.source = source, .user = user};
	struct out out = {.sink = sink};
	struct row row;

	for (size_t i = 0; i < table->length && !out.error; i++) {
		table_read(table, i, &row);
		/* A tracemalloc.Snapshot has no statistic for what has been freed. */
		if (!table->diff && !row.now.count)
			continue;
		text_tracemalloc_put_row(&out, table, &row);
		if (table->view.by == BY_TRACEBACK)
			text_stack(&out, table, &row, &style);
	}
	return out_end(&out);
}
