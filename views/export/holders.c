/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of holders as JSON and as CSV. */
#include <errno.h>
#include <inttypes.h>
#include "views/export/csv_parts.h"
#include "views/export/json_parts.h"
#include "views/export/json_text.h"
#include "views/held/laid.h"

static void holders_put_row(struct out *out, const struct laid_row *row, bool diff)
{
	out_text(out, "{\"key\": ");
	json_string(out, row->name);
	out_format(out, ", \"size\": %" PRIu64 ", \"count\": %" PRIu64 ", \"own_size\": %" PRIu64
		   ", \"own_count\": %" PRIu64, row->bytes, row->blocks, row->own_bytes,
		   row->own_blocks);
	if (diff)
		out_format(out, ", \"size_diff\": %" PRId64 ", \"count_diff\": %" PRId64
			   ", \"old_size\": %" PRIu64, laid_diff(row->bytes, row->old_bytes),
			   laid_diff(row->blocks, row->old_blocks), row->old_bytes);
	out_format(out, ", \"hidden\": %" PRIu64 ", \"children\": [", row->hidden);
}

/* Before each row, those rows are closed that do not keep it alive. */
static void holders_put_rows(struct out *out, const struct laid *laid, bool diff)
{
	unsigned open = 0;              /* rows that are not closed yet */

	for (size_t i = 0; i < laid->length && !out->error; i++) {
		const struct laid_row *row = &laid->rows[i];
		bool first = open == row->depth;

		for (; open > row->depth; open--)
			out_text(out, "]}");
		out_text(out, first ? "\n" : ",\n");
		out_fill(out, ' ', row->depth + 2);
		holders_put_row(out, row, diff);
		open++;
	}
	while (open--)
		out_text(out, "]}");
}

void json_holders(struct out *out, const struct table *table)
{
	struct laid *laid = laid_of_view(table);

	if (!laid) {
		out->error = -ENOMEM;
		return;
	}
	out_format(out, ", \"hidden\": %" PRIu64 ",\n \"tree\": [", laid->hidden);
	holders_put_rows(out, laid, table->diff);
	out_text(out, laid->length ? "\n ]}\n" : "]}\n");
	laid_free(laid);
}

void csv_holders(struct out *out, const struct table *table)
{
	struct laid *laid = laid_of_view(table);

	if (!laid) {
		out->error = -ENOMEM;
		return;
	}
	out_format(out, "key,size,count,own_size,own_count,%sdepth,hidden\n",
		   table->diff ? "size_diff,count_diff,old_size," : "");
	for (size_t i = 0; i < laid->length && !out->error; i++) {
		const struct laid_row *row = &laid->rows[i];

		csv_put_text(out, row->name);
		out_format(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, row->bytes,
			   row->blocks, row->own_bytes, row->own_blocks);
		if (table->diff)
			out_format(out, ",%" PRId64 ",%" PRId64 ",%" PRIu64,
				   laid_diff(row->bytes, row->old_bytes),
				   laid_diff(row->blocks, row->old_blocks), row->old_bytes);
		out_format(out, ",%u,%" PRIu64 "\n", row->depth, row->hidden);
	}
	laid_free(laid);
}
