/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of holders as text: what each keeps alive, as columns, and below it, further to
 * the right, what of that keeps something alive in turn. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "views/format/format.h"
#include "views/held/laid.h"
#include "views/text/text_parts.h"

#define FIGURES 4u

struct holder_figures {
	char of[FIGURES][FORMAT_MAX];
};

static const char *const holder_titles[2][FIGURES] = {
	{ "retained", "%", "blocks", "own" },
	{ "retained", "size diff", "blocks", "count diff" },
};

static void holders_write_figures(const struct laid *laid, const struct laid_row *row, bool diff,
			  struct holder_figures *figures)
{
	format_size((double)row->bytes, false, figures->of[0]);
	format_count(row->blocks, figures->of[2]);
	if (diff) {
		format_size((double)laid_diff(row->bytes, row->old_bytes), true, figures->of[1]);
		snprintf(figures->of[3], FORMAT_MAX, "%+" PRId64,
			 laid_diff(row->blocks, row->old_blocks));
		return;
	}
	format_percent((double)row->bytes, (double)laid->bytes, figures->of[1]);
	format_size((double)row->own_bytes, false, figures->of[3]);
}

static void holders_put_figures(struct out *out, const struct holder_figures *figures,
			const unsigned widths[FIGURES])
{
	for (unsigned c = 0; c < FIGURES; c++) {
		unsigned cells = format_width(figures->of[c]);

		out_fill(out, ' ', widths[c] > cells ? widths[c] - cells : 0);
		out_format(out, "%s  ", figures->of[c]);
	}
}

static void holders_put_line(struct out *out, const struct laid_row *row)
{
	out_fill(out, ' ', (size_t)row->depth * 2);
	out_text(out, row->name);
	if (row->hidden)
		out_format(out, "  (%" PRIu64 " more beneath)", row->hidden);
	out_text(out, "\n");
}

static void put_laid(struct out *out, const struct laid *laid, bool diff)
{
	unsigned widths[FIGURES];
	struct holder_figures figures;

	for (unsigned c = 0; c < FIGURES; c++) {
		snprintf(figures.of[c], FORMAT_MAX, "%s", holder_titles[diff][c]);
		widths[c] = format_width(holder_titles[diff][c]);
	}
	struct holder_figures head = figures;

	for (size_t i = 0; i < laid->length; i++) {
		holders_write_figures(laid, &laid->rows[i], diff, &figures);
		for (unsigned c = 0; c < FIGURES; c++) {
			unsigned cells = format_width(figures.of[c]);

			widths[c] = cells > widths[c] ? cells : widths[c];
		}
	}
	holders_put_figures(out, &head, widths);
	out_text(out, "what alone keeps it alive\n");
	for (size_t i = 0; i < laid->length && !out->error; i++) {
		holders_write_figures(laid, &laid->rows[i], diff, &figures);
		holders_put_figures(out, &figures, widths);
		holders_put_line(out, &laid->rows[i]);
	}
	if (laid->hidden)
		out_format(out, "(%" PRIu64 " more row%s)\n", laid->hidden, format_s(laid->hidden));
}

void text_put_holders(struct out *out, const struct table *table)
{
	struct laid *laid = laid_of_view(table);

	if (laid)
		put_laid(out, laid, table->diff);
	else
		out->error = -ENOMEM;
	laid_free(laid);
}
