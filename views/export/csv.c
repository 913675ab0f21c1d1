/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as CSV (RFC 4180, with the line ends of the system): the JSON keys of a
 * row, then the frame that it shows.  Bytes go out as they came in. */
#include <inttypes.h>
#include <string.h>
#include "views/export/export.h"
#include "views/export/json_text.h"
#include "views/filter_run.h"
#include "views/out.h"

static void put_text(struct out *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		out_text(out, text);
		return;
	}
	out_text(out, "\"");
	for (; *text; text++)
		out_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	out_text(out, "\"");
}

static void put_header(struct out *out, const struct table *table)
{
	out_text(out, "key,size,count,average,total,allocations,temporary,peak");
	if (table->diff)
		out_text(out, ",size_diff,count_diff");
	if (table->view.by == BY_THREAD)
		out_text(out, ",thread");
	if (table->view.by == BY_DOMAIN)
		out_text(out, ",domain");
	out_text(out, ",file,line,function,module\n");
}

static void put_row(struct out *out, const struct table *table, const struct row *row)
{
	char domain[16];

	put_text(out, row->key);
	out_format(out, ",%" PRIu64 ",%" PRIu64 ",", row->now.size, row->now.count);
	json_double(out, row->now.count ? (double)row->now.size / (double)row->now.count : 0);
	out_format(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, row->now.total,
		   row->now.allocations, row->now.temporary, row->peak);
	if (table->diff)
		out_format(out, ",%" PRId64 ",%" PRId64, row->size_diff, row->count_diff);
	if (table->view.by == BY_THREAD)
		out_format(out, ",%" PRId32, row->tid);
	if (table->view.by == BY_DOMAIN)
		out_format(out, ",%s", filter_domain_name(row->domain, domain));
	if (!row->frames_length) {
		out_text(out, ",,,,\n");
		return;
	}
	out_text(out, ",");
	put_text(out, row->newest.file);
	out_format(out, ",%u,", row->newest.line);
	put_text(out, row->newest.function);
	out_text(out, ",");
	put_text(out, row->newest.module);
	out_text(out, "\n");
}

int export_csv(const struct table *table, struct sink *sink)
{
	struct out out = {.sink = sink};

	put_header(&out, table);
	for (size_t i = 0; i < table->length && !out.error; i++)
		put_row(&out, table, &table->rows[i]);
	return out_end(&out);
}
