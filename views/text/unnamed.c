/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are only an offset in a stripped module say little.  For each such module
 * with a large part of the bytes, a line says why its names are missing, and what
 * helps. */
#include <stdio.h>
#include <string.h>
#include "views/format/format.h"
#include "views/format/unnamed.h"
#include "views/text/text_parts.h"

#define MODULES 3u
#define LOOKED_AT 1000u                 /* rows, in the table's order */
#define PART 20u                        /* a twentieth of the bytes */

struct unnamed {
	const char *module;
	uint64_t size;
};

/* The bytes that are live or, if none are, all bytes that ever were. */
static uint64_t weight(const struct table *table, const struct row *row)
{
	return table->sum.size ? row->now.size : row->now.total;
}

static void unnamed_add(struct unnamed *found, const char *module, uint64_t size)
{
	for (unsigned i = 0; i < MODULES; i++) {
		if (found[i].module && strcmp(found[i].module, module) != 0)
			continue;
		found[i].module = module;
		found[i].size += size;
		return;
	}
}

void text_put_unnamed(struct out *out, const struct table *table)
{
	struct unnamed found[MODULES] = { { NULL, 0 } };
	uint64_t all = table->sum.size ? table->sum.size : table->sum.total;
	char share[FORMAT_MAX];

	if (table->view.cumulative || table->view.by == BY_MODULE || table->view.by == BY_TREE)
		return;
	for (size_t i = 0; i < table->length && i < LOOKED_AT; i++) {
		struct row row;

		table_read(table, i, &row);
		if (row.frames_length && row.newest.unresolved && *row.newest.module)
			unnamed_add(found, row.newest.module, weight(table, &row));
	}
	for (unsigned i = 0; i < MODULES && found[i].module; i++) {
		if (found[i].size < all / PART)
			continue;
		format_percent((double)found[i].size, (double)all, share);
		out_safe(out, found[i].module);
		out_format(out, ": functions without a name, with %s %% of the bytes: %s", share,
			   unnamed_why(table->now->catalog, found[i].module));
		out_text(out, table->view.by == BY_TRACEBACK ? "\n"
			      : "; --by=traceback tells who calls them\n");
	}
}
