/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as CSV (RFC 4180, with the line ends of the system): the JSON keys of a
 * row, then the frame that it shows; a tree's rows parents first, by depth.  Bytes
 * go out as they came in. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "views/export/export.h"
#include "views/filter_run.h"
#include "views/out.h"
#include "views/tree.h"

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

/* Names of the figures, or those of a row. */
static void put_figures(struct out *out, const struct table *table, const struct row *row)
{
	char figure[40];

	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);

		if (!column->data || !column_shown(column, table))
			continue;
		if (row)
			column->data(row, figure, sizeof(figure));
		out_format(out, ",%s", row ? figure : column->name);
	}
}

static void put_header(struct out *out, const struct table *table)
{
	out_text(out, "key");
	put_figures(out, table, NULL);
	if (table->view.by == BY_THREAD)
		out_text(out, ",thread");
	if (table->view.by == BY_DOMAIN)
		out_text(out, ",domain");
	if (table->view.by == BY_TREE)
		out_text(out, ",depth");
	out_text(out, ",file,line,function,module\n");
}

static void put_row(struct out *out, const struct table *table, const struct row *row)
{
	char domain[16];

	put_text(out, row->key);
	put_figures(out, table, row);
	if (table->view.by == BY_THREAD)
		out_format(out, ",%" PRId32, row->tid);
	if (table->view.by == BY_DOMAIN)
		out_format(out, ",%s", filter_domain_name(row->domain, domain));
	if (table->view.by == BY_TREE)
		out_format(out, ",%u", row->depth);
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

	struct tree_walk walk = tree_walk(table, NULL, NULL);
	struct row row;

	put_header(&out, table);
	if (table->view.by == BY_TREE) {
		while (!out.error && tree_walk_next(&walk, &row))
			put_row(&out, table, &row);
		if (tree_failed(table))
			out.error = -ENOMEM;
		return out_end(&out);
	}
	for (size_t i = 0; i < table->length && !out.error; i++) {
		table_read(table, i, &row);
		put_row(&out, table, &row);
	}
	return out_end(&out);
}
