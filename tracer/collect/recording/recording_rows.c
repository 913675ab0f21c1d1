/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of a moment.  In formats 1 to 3 they are in one table, each with its moment.
 * From format 4 on a moment has a layer of its own and a base, which several moments
 * share: its rows are those of its layer, and those of the base whose key the layer does
 * not have.  A layer is a list of cells in the order of their keys; a cell says which
 * figures a row has.
 */
#include "tracer/collect/recording/recording_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/recording_run.h"
#include "tracer/collect/recording/store/store_schema.h"
#include "tracer/ground/array.h"

#define QUERY_ROWS(sizes) \
	"SELECT trace, thread, domain, size, count, allocations, total, temporary, peak" sizes \
	" FROM stat WHERE moment = ? ORDER BY trace, thread, domain"

#define QUERY_FIGURES(ages) \
	"SELECT id, size, count, allocations, total, temporary, peak, sizes" ages \
	" FROM figure WHERE id >= ?1 << 32 AND id < (?1 + 1) << 32 ORDER BY id"

struct filling {
	struct snapshot *snapshot;
	size_t room;
	uint64_t key;                   /* of the row before: keys must ascend */
};

struct cell {
	uint64_t key;                   /* thread, domain, trace in the file */
	int64_t number;                 /* of its figures, counted in the layer, or
					 * STORE_GONE */
};

struct layer {
	struct cell *cells;
	size_t length, room;
	struct row_figures *figures;    /* 1, 2, 3 ... */
	size_t figures_length, figures_room;
};

/* Reads "[0,20,3]", or nothing: 0 or -EINVAL. */
static int read_sizes(struct recording_row *row, int column, uint32_t sizes[SIZE_CLASSES])
{
	size_t length;
	const char *text = row_text(row, column, &length), *at = text + 1;

	if (row->bad || length < 2 || text[0] != '[' || text[length - 1] != ']')
		return -EINVAL;
	for (unsigned i = 0; *at != ']'; i++) {
		uint64_t number = 0;
		const char *digits = at;

		for (; *at >= '0' && *at <= '9' && at - digits < 10; at++)
			number = number * 10 + (unsigned)(*at - '0');
		if (i == SIZE_CLASSES || at == digits || number > UINT32_MAX ||
		    (*at != ',' && *at != ']'))
			return -EINVAL;
		sizes[i] = (uint32_t)number;
		at += *at == ',';
	}
	return at == text + length - 1 ? 0 : -EINVAL;
}

/* Reads a figure that may be unknown. */
static uint64_t row_age(struct recording_row *row, int column)
{
	return sqlite3_column_type(row->statement, column) == SQLITE_NULL ?
	       AGE_UNKNOWN : row_u64(row, column);
}

/* Reads size, count, allocations, total, temporary, peak, sizes and, if there, ages, from
 * a column on. */
static int read_layer_figures(const struct recording *recording, struct recording_row *row,
			int column, struct row_figures *to)
{
	to->now = (struct figures){
		.size = row_u64(row, column), .count = row_u64(row, column + 1),
		.allocations = row_u64(row, column + 2), .total = row_u64(row, column + 3),
		.temporary = row_u64(row, column + 4),
	};
	to->peak = row_u64(row, column + 5);
	if (to->now.count > to->now.allocations)
		return -EINVAL;
	row_figures_ageless(to);
	if (recording->has_ages && to->now.count) {
		to->born = row_age(row, column + 7);
		to->oldest = row_age(row, column + 8);
	}
	return recording->has_sizes ? read_sizes(row, column + 6, to->sizes) : 0;
}

/* Sets a row's trace and thread to the catalog's ids for those of the file.  0, or
 * -EINVAL: the file has no such trace or thread. */
static int place_row(const struct recording *recording, uint32_t trace, uint32_t thread,
		     struct snapshot_row *row)
{
	row->trace.v = trace ? ids_find(&recording->traces, trace) : 0;
	row->thread = (uint16_t)(thread ? ids_find(&recording->threads, thread) : 0);
	return (trace && !row->trace.v) || (thread && !row->thread) ? -EINVAL : 0;
}

static void add_mapped(struct snapshot *snapshot, const struct snapshot_row *row)
{
	if (snapshot_row_maps(row))
		snapshot->totals.mapped += row->figures->now.size;
}

static int fold_row(struct recording *recording, struct recording_row *row, void *user)
{
	struct filling *filling = user;
	struct snapshot *snapshot = filling->snapshot;
	uint32_t trace = row_u32(row, 0, UINT32_MAX), thread = row_u32(row, 1, UINT16_MAX);
	uint32_t domain = row_u32(row, 2, UINT16_MAX);
	uint64_t key = (uint64_t)trace << 32 | thread << 16 | domain;
	size_t n = snapshot->rows_length;
	struct snapshot_row filled = { .domain = (uint16_t)domain };
	struct row_figures figures = { .peak = 0 };

	if (read_layer_figures(recording, row, 3, &figures) || (n && key <= filling->key) ||
	    place_row(recording, trace, thread, &filled))
		return -EINVAL;
	filling->key = key;
	if (!array_grow(&snapshot->rows, &filling->room, n + 1, sizeof(filled)) ||
	    !snapshot_put(snapshot, &filled, &figures))
		return -ENOMEM;
	snapshot->rows[snapshot->rows_length++] = filled;
	add_mapped(snapshot, &filled);
	return 0;
}

static int fold_figure(struct recording *recording, struct recording_row *row, void *user)
{
	struct layer *layer = user;
	struct row_figures figures = { .peak = 0 };

	/* They must be numbered 1, 2, 3 ..., because cells find them by place. */
	if ((row_u64(row, 0) & UINT32_MAX) != layer->figures_length + 1 ||
	    read_layer_figures(recording, row, 1, &figures))
		return -EINVAL;
	if (!array_grow(&layer->figures, &layer->figures_room, layer->figures_length + 1,
			sizeof(figures)))
		return -ENOMEM;
	layer->figures[layer->figures_length++] = figures;
	return 0;
}

static int fold_cells(struct recording *recording, struct recording_row *row, void *user)
{
	uint64_t place = (uint64_t)row_u32(row, 0, UINT16_MAX) << 16 | row_u32(row, 1, UINT16_MAX);
	struct run_reader run = run_open(row_text(row, 3, NULL), row_u32(row, 2, UINT32_MAX));
	struct layer *layer = user;
	struct cell cell;
	uint32_t trace;
	int more;

	if (row->bad)
		return -EINVAL;
	while ((more = run_read(&run, &trace, &cell.number)) > 0) {
		cell.key = place << 32 | trace;
		if ((layer->length && cell.key <= layer->cells[layer->length - 1].key) ||
		    cell.number < STORE_GONE || cell.number > (int64_t)layer->figures_length ||
		    ++recording->cells > recording->cells_max)
			return -EINVAL;
		if (!array_grow(&layer->cells, &layer->room, layer->length + 1, sizeof(cell)))
			return -ENOMEM;
		layer->cells[layer->length++] = cell;
	}
	return more;
}

/* Reads one layer.  0 or -1 with *error. */
static int read_layer(struct recording *recording, uint64_t id, struct layer *layer,
		      struct error *error)
{
	if (!id)
		return 0;
	const char *query = recording->has_ages ? QUERY_FIGURES(", born, oldest") :
						  QUERY_FIGURES("");

	if (recording_query(recording, query, id, fold_figure, layer, error))
		return -1;
	return recording_query(recording, "SELECT thread, domain, first, figures FROM stat_chunk"
			       " WHERE layer = ? ORDER BY thread, domain, first", id, fold_cells,
			       layer, error);
}

/* Goes through a layer and its base together, in the order of keys: returns the figures
 * of the next row and sets *key to its key; NULL: there are no more. */
static const struct row_figures *layers_next(const struct layer *own, const struct layer *base,
					  size_t *at, size_t *under, uint64_t *key)
{
	while (*at < own->length || *under < base->length) {
		const struct cell *a = *at < own->length ? &own->cells[*at] : NULL;
		const struct cell *b = *under < base->length ? &base->cells[*under] : NULL;
		const struct layer *from = a && (!b || a->key <= b->key) ? own : base;
		const struct cell *cell = from == own ? a : b;

		*under += b && (from == base || a->key == b->key);
		*at += from == own;
		*key = cell->key;
		if (cell->number != STORE_GONE)
			return &from->figures[cell->number - 1];
	}
	return NULL;
}

static int fill_rows(struct recording *recording, const struct layer *own,
		     const struct layer *base, struct snapshot *snapshot)
{
	const struct row_figures *figures;
	size_t n = 0, at = 0, under = 0;
	uint64_t key;

	while (layers_next(own, base, &at, &under, &key))
		n++;
	struct snapshot_row *rows = realloc(snapshot->rows, (n + 1) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	snapshot->rows = rows;
	at = under = 0;
	while ((figures = layers_next(own, base, &at, &under, &key))) {
		struct snapshot_row *row = &snapshot->rows[snapshot->rows_length++];

		row->domain = (uint16_t)(key >> 32);
		if (!snapshot_put(snapshot, row, figures))
			return -ENOMEM;
		if (place_row(recording, (uint32_t)key, (uint32_t)(key >> 48), row))
			return -EINVAL;
		add_mapped(snapshot, row);
	}
	return 0;
}

/* A moment's own layer and its base, and when the ages of its blocks were found out. */
struct layers {
	uint32_t own, base;
	double walked;
};

static int fold_layers(struct recording *recording, struct recording_row *row, void *user)
{
	struct layers *layers = user;

	layers->own = row_u32(row, 0, INT32_MAX - 1);
	layers->base = row_u32(row, 1, INT32_MAX - 1);
	layers->walked = -1;
	if (recording->has_ages && sqlite3_column_type(row->statement, 2) != SQLITE_NULL)
		layers->walked = row_real(row, 2);
	return 0;
}

static int read_layers(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		       struct error *error)
{
	struct layer own = { 0 }, base = { 0 };
	struct layers ids = { 0 };
	int result = recording_query(recording, recording->has_ages ?
				     "SELECT own, base, walked FROM moment WHERE id = ?" :
				     "SELECT own, base FROM moment WHERE id = ?",
				     moment, fold_layers, &ids, error);

	if (!result && !read_layer(recording, ids.own, &own, error) &&
	    !read_layer(recording, ids.base, &base, error)) {
		snapshot->walked = ids.walked;
		result = fill_rows(recording, &own, &base, snapshot);
		if (result)
			recording_failed(recording, error, result == -ENOMEM ?
					 "out of memory" : "the file is damaged");
	} else {
		result = -1;
	}
	free(own.cells);
	free(own.figures);
	free(base.cells);
	free(base.figures);
	return result ? -1 : 0;
}

int recording_rows(struct recording *recording, uint64_t moment, struct snapshot *snapshot,
		   struct error *error)
{
	struct filling filling = { .snapshot = snapshot };

	snapshot->ageless = !recording->has_ages;
	if (recording->has_chunks)
		return read_layers(recording, moment, snapshot, error);
	return recording_query(recording, recording->has_sizes ? QUERY_ROWS(", sizes") :
			       QUERY_ROWS(""), moment, fold_row, &filling, error);
}
