/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as CSV (RFC 4180, but with the system's line ends): the JSON keys of a row, then
 * the frame that it shows.  The rows of a tree come parents first, with their depth.
 * Figures are numbers; several in one cell are separated by spaces.  A text that a
 * spreadsheet would execute gets a ' in front, as OWASP advises ("CSV injection").  Bytes
 * that are not UTF-8 are written unchanged. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "tracer/ground/utf8.h"
#include "views/table/cuts.h"
#include "views/export/csv_parts.h"
#include "views/export/export.h"
#include "views/filter/filter_run.h"
#include "views/format/format.h"
#include "views/format/number.h"
#include "views/format/out.h"
#include "views/held/held.h"
#include "views/table/tree.h"

/* Whether spreadsheets execute a cell that begins like this, quoted or not.  An offset
 * (+0x1f), which stands for the name of a function without one, computes nothing. */
static bool is_formula(const char *text)
{
	static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};

	text += strspn(text, " ");
	if (!strncmp(text, "+0x", 3) && text[3] && !text[3 + strspn(text + 3, "0123456789abcdef")])
		return false;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (!strncmp(text, wide[i], strlen(wide[i])))
			return true;
	return *text && strchr("=+-@", *text);
}

/* A cell is one line, so control characters are written as escapes. */
static void csv_put_character(struct out *out, const char *bytes, size_t length,
			      uint32_t code)
{
	char visible[16];

	if (format_steers(code) || (utf8_escaped(code) && (code & 0xff) < 0xa0))
		out_bytes(out, visible, format_escape(code, visible));
	else if (code == '"')
		out_text(out, "\"\"");
	else
		out_bytes(out, bytes, length);
}

void csv_put_text(struct out *out, const char *text)
{
	const char *end = text + strlen(text);
	bool formula = is_formula(text), quoted = formula || text[strcspn(text, ",;\"")];

	out_text(out, formula ? "\"'" : quoted ? "\"" : "");
	while (text < end) {
		uint32_t code;
		size_t n = utf8_decode(text, (size_t)(end - text), &code);

		csv_put_character(out, text, n, code);
		text += n;
	}
	out_text(out, quoted ? "\"" : "");
}

/* Writes the names of the figures (row is NULL), or a row's figures. */
static void csv_put_figures(struct out *out, const struct table *table,
			    const struct row *row)
{
	char figure[40];

	for (int id = COLUMN_DEFAULT + 1; id < COLUMNS; id++) {
		const struct column *column = column_get((enum column_id)id);

		if (column->type && row && column_shown(column, table)) {
			out_text(out, ",");
			csv_put_text(out, row_type_name(&row->type) ? row_type_name(&row->type) : "");
			continue;
		}
		if ((!column->data && !column->type) || !column_shown(column, table))
			continue;
		figure[0] = '\0';        /* what is not known is an empty field */
		if (row && column_known(column, table))
			column->data(row, figure, sizeof(figure));
		out_format(out, ",%s", row ? figure : column->name);
	}
}

/* Writes a number, or nothing if it is negative, which stands for a row that does not
 * grow. */
static void csv_put_number(struct out *out, double number)
{
	char text[40] = "";

	if (number >= 0)
		number_text(number, text, sizeof(text));
	out_format(out, ",%s", text);
}

/* Writes the names of what is known about growth besides the figure, or a row's
 * values. */
static void csv_put_growth(struct out *out, const struct table *table, const struct row *row)
{
	struct growth_verdict verdict;
	char blocks[40];

	if (!column_shown(column_get(COLUMN_GROWTH), table))
		return;
	if (!row) {
		out_text(out, ",growth_blocks,verdict,reason,since,last_grew,freed,"
			      "generations,run");
		return;
	}
	row_verdict(row, &verdict);
	number_text(verdict.blocks, blocks, sizeof(blocks));
	out_format(out, ",%s,%s,", blocks, growth_word(verdict.word));
	csv_put_text(out, verdict.reason);
	csv_put_number(out, verdict.since);
	csv_put_number(out, verdict.last_grew);
	csv_put_number(out, row_freed(row));
	for (unsigned i = 0; i < GROWTH_SLICES; i++)
		out_format(out, "%s%.0f", i ? " " : ",", verdict.generations[i]);
	for (unsigned i = 0; i < GROWTH_RUN; i++)
		out_format(out, "%s%.0f", i ? " " : ",", (double)verdict.run[i]);
}

/* Writes who holds the row's blocks, in the form that the text output uses, and how many
 * chains there are.  Without an index both are empty. */
static void csv_put_held(struct out *out, const struct held_index *index, const struct row *row)
{
	struct held held = {0};
	char cell[EXPORT_CHAINS * 1024] = "";
	size_t length = 0;

	if (!index)
		return;
	if (!held_find(&held, index, row, EXPORT_CHAINS))
		out->error = -ENOMEM;
	for (size_t i = 0; i < held.length; i++) {
		length += (size_t)snprintf(cell + length, sizeof(cell) - length, i ? " | " : "");
		length += held_text(&held.of[i], cell + length, 1000);
	}
	out_text(out, ",");
	csv_put_text(out, cell);
	out_format(out, ",%" PRIu64, held.chains);
	held_free(&held);
}

static void csv_put_header(struct out *out, const struct table *table, bool held)
{
	out_text(out, "key");
	csv_put_figures(out, table, NULL);
	csv_put_growth(out, table, NULL);
	if (table->view.by == BY_THREAD)
		out_text(out, ",thread");
	if (table->view.by == BY_DOMAIN)
		out_text(out, ",domain");
	if (table->view.by == BY_TREE)
		out_text(out, ",depth");
	out_format(out, ",cut%s,file,line,function,module\n", held ? ",held_by,chains" : "");
}

static void csv_put_row(struct out *out, const struct table *table,
			const struct held_index *index, const struct row *row)
{
	char domain[16];

	csv_put_text(out, row->key);
	csv_put_figures(out, table, row);
	csv_put_growth(out, table, row);
	if (table->view.by == BY_THREAD)
		out_format(out, ",%" PRId32, row->tid);
	if (table->view.by == BY_DOMAIN)
		out_format(out, ",%s", filter_domain_name(row->domain, domain));
	if (table->view.by == BY_TREE)
		out_format(out, ",%u", row->depth);
	out_format(out, ",%s", cut_word(cuts_why(table, row)));
	csv_put_held(out, index, row);
	if (!row->frames_length) {
		out_text(out, ",,,,\n");
		return;
	}
	out_text(out, ",");
	csv_put_text(out, row->newest.file);
	out_format(out, ",%u,", row->newest.line);
	csv_put_text(out, row->newest.function);
	out_text(out, ",");
	csv_put_text(out, row->newest.module);
	out_text(out, "\n");
}

int export_csv(const struct table *table, struct sink *sink)
{
	struct out out = {.sink = sink};
	struct held_index *index = held_known(table) && !table->view.nested ?
					   held_index_new(table) : NULL;
	struct tree_walk walk = tree_walk(table, NULL, NULL);
	struct row row;

	if (table->view.nested) {
		csv_holders(&out, table);
		return out_end(&out);
	}
	if (held_known(table) && !index)
		out.error = -ENOMEM;
	csv_put_header(&out, table, index);
	if (table->view.by == BY_TREE) {
		while (!out.error && tree_walk_next(&walk, &row))
			csv_put_row(&out, table, NULL, &row);
		if (tree_failed(table))
			out.error = -ENOMEM;
		return out_end(&out);
	}
	for (size_t i = 0; i < table->length && !out.error; i++) {
		table_read(table, i, &row);
		csv_put_row(&out, table, index, &row);
	}
	held_index_free(index);
	return out_end(&out);
}
