/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of frames (legend.h): by the files' names in code point order, then by line,
 * then by what tracemalloc does not have: function and module.  Files are sorted only
 * once, so that comparing two frames means comparing numbers.
 */
#include "views/row/legend.h"
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/utf8.h"

struct ranked {
	const char *text;
	uint32_t number;
};

/* strcmp orders by code points, except for bytes that are not UTF-8: Python represents
 * them as characters just below U+E000. */
static int text_compare(const char *a, const char *b)
{
	const char *end_a = a + strlen(a), *end_b = b + strlen(b);

	while (a < end_a && b < end_b) {
		uint32_t x, y;

		a += utf8_decode(a, (size_t)(end_a - a), &x);
		b += utf8_decode(b, (size_t)(end_b - b), &y);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a < end_a) - (b < end_b);
}

static int legend_order_by_text(const void *a, const void *b)
{
	return text_compare(((const struct ranked *)a)->text, ((const struct ranked *)b)->text);
}

void legend_rank(struct legend *legend)
{
	uint32_t *ranks;
	struct ranked *files;
	size_t n = 0;

	if (legend->failed || (legend->file_ranks && legend->ranked == legend->frames_length))
		return;
	ranks = calloc(legend->strings_length, sizeof(*ranks));
	files = malloc(legend->strings_length * sizeof(*files));
	if (!ranks || !files) {
		legend->failed = true;
		free(ranks);
		free(files);
		return;
	}
	for (size_t i = 0; i < legend->frames_length; i++) {
		uint32_t file = legend->frames[i].file;

		if (!ranks[file])
			files[n++] = (struct ranked){legend->strings[file], file};
		ranks[file] = 1;
	}
	qsort(files, n, sizeof(*files), legend_order_by_text);
	for (size_t i = 0; i < n; i++)
		ranks[files[i].number] = (uint32_t)i + 1;
	free(files);
	free(legend->file_ranks);
	legend->file_ranks = ranks;
	legend->ranked = legend->frames_length;
}

int legend_compare(struct legend *legend, uint32_t a, uint32_t b)
{
	const struct legend_frame *x = &legend->frames[a], *y = &legend->frames[b];
	int order;

	if (a == b || legend->failed)
		return 0;
	if (x->file != y->file)
		return legend->file_ranks[x->file] < legend->file_ranks[y->file] ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	order = x->function == y->function ? 0
					   : text_compare(legend->strings[x->function],
							  legend->strings[y->function]);
	if (order || x->module == y->module)
		return order;
	return text_compare(legend->strings[x->module], legend->strings[y->module]);
}

/* True if it has not been called for this id before; `seen` has a bit for each id. */
static bool fresh(struct legend *legend, struct sparse *seen, uint32_t id)
{
	uint32_t *marks = sparse_at(seen, id / 32), bit = UINT32_C(1) << id % 32;

	if (!marks || *marks & bit) {
		legend->failed = legend->failed || !marks;
		return false;
	}
	*marks |= bit;
	return true;
}

static uint64_t count_site(struct legend_side *side, struct site_id site, struct sparse *counted)
{
	struct legend *legend = side->legend;
	uint64_t unresolved = 0;
	size_t length;
	const uint32_t *list = legend_site(side, site, &length);

	for (size_t i = 0; i < length; i++)
		unresolved += legend->frames[list[i]].unresolved &&
			      fresh(legend, counted, list[i]);
	return unresolved;
}

uint64_t legend_unresolved(struct legend_side *side, const struct snapshot *snapshot)
{
	struct sparse *seen = calloc(3, sizeof(*seen));
	struct sparse *traces = seen, *sites = seen + 1, *frames = seen + 2;
	struct legend *legend = side->legend;
	uint64_t unresolved = 0;

	for (size_t i = 0; seen && i < snapshot->rows_length; i++) {
		struct trace_id trace = snapshot->rows[i].trace, parent;
		struct site_id site;

		for (; fresh(legend, traces, trace.v); trace = parent) {
			if (!catalog_caller(side->catalog, trace, &parent, &site))
				break;
			if (site.v && fresh(legend, sites, site.v))
				unresolved += count_site(side, site, frames);
		}
	}
	for (unsigned i = 0; seen && i < 3; i++)
		sparse_free(&seen[i]);
	legend->failed = legend->failed || !seen;
	free(seen);
	return unresolved;
}
