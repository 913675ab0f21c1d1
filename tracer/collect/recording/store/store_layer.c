/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One layer: runs of figures' numbers, and the figures.  Both are written some together, as
 * beginning and ending a statement is half of the work for a row; but not in a layer of
 * few, for which such a statement would not be worth its making.
 */
#include "tracer/collect/recording/store/store_layer.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/store/store_pair.h"
#include "tracer/ground/array.h"
#include "tracer/ground/digest.h"

#define TOGETHER 16u                    /* in one statement */
#define FIGURES_MANY 256u               /* so many in a layer are worth such a statement, */
#define RUNS_MANY 64u                   /* or so many runs */
#define RUN_BYTES 955u                  /* of text, after which a run takes no more: what is longer
					 * needs pages of its own, of which half is empty */
#define FIGURE_COLUMNS 10
#define RUN_COLUMNS 5
#define SIZES_TEXT (SIZE_CLASSES * 11 + 3)
#define NUMBERS_LATELY_BITS 12

/* The number of figures that were written lately. */
struct number_lately {
	const struct row_figures *of;
	uint32_t number;
};

struct layer_run {
	uint64_t place;                 /* thread and domain */
	struct store_run run;
};

/* One layer that is being written. */
struct layer {
	struct store *store;
	struct error *error;
	uint32_t id;                    /* 0: nothing was written yet */
	struct finder index;            /* by their digest: numbers of figures, from 1 */
	struct number_lately lately[1u << NUMBERS_LATELY_BITS]; /* by where they lie */
	const struct row_figures **figures;
	size_t length, room;
	size_t written;                 /* of these figures */
	sqlite3_stmt *many;             /* writes some together; NULL: there are few */
	struct layer_run *runs;         /* the last one is being filled, those before it wait */
	unsigned runs_waiting, runs_room;
	size_t runs_written;
	sqlite3_stmt *many_runs;        /* likewise */
};

static bool same_figures(const void *context, uint32_t number, const void *key)
{
	const struct layer *layer = context;

	return row_figures_same(layer->figures[number - 1], key);
}

/* Writes "[0,20,3]": blocks by size class, up to the last class that has any. */
static void sizes_text(const uint32_t sizes[SIZE_CLASSES], char text[SIZES_TEXT])
{
	unsigned length = SIZE_CLASSES;
	char *at = text;

	while (length && !sizes[length - 1])
		length--;
	*at++ = '[';
	for (unsigned i = 0; i < length; i++) {
		if (i)
			*at++ = ',';
		at = digits_write(at, sizes[i]);
	}
	strcpy(at, "]");
}

/* SQLite's integers are signed; no figure comes near the largest one. */
static void bind_figure(sqlite3_stmt *statement, int at, uint64_t value)
{
	sqlite3_bind_int64(statement, at, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* Binds an age; an unknown one, and one larger than SQLite's integers, is NULL. */
static void bind_age(sqlite3_stmt *statement, int at, uint64_t value)
{
	if (value > INT64_MAX)
		sqlite3_bind_null(statement, at);
	else
		bind_figure(statement, at, value);
}

/* Writes the next n figures, for which the statement has room. */
static int write_figures(struct layer *layer, sqlite3_stmt *statement, unsigned n)
{
	char sizes[TOGETHER][SIZES_TEXT];

	for (unsigned i = 0; i < n; i++) {
		const struct row_figures *of = layer->figures[layer->written++];
		const uint64_t values[] = {
			(uint64_t)layer->id << 32 | layer->written, of->now.size,
			of->now.count, of->now.allocations, of->now.total,
			of->now.temporary, of->peak,
		};
		int at = FIGURE_COLUMNS * (int)i;

		for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			bind_figure(statement, ++at, values[v]);
		sizes_text(of->sizes, sizes[i]);
		sqlite3_bind_text(statement, ++at, sizes[i], -1, SQLITE_STATIC);
		bind_age(statement, ++at, of->born);
		bind_age(statement, ++at, of->oldest);
	}
	return store_step_rows(layer->store, statement, layer->error);
}

/* Writes figures that wait, when there are enough of them for a statement; `all`: now. */
static int flush_figures(struct layer *layer, bool all)
{
	sqlite3_stmt *one = layer->store->statements[STORE_FIGURE];
	int result = 0;

	if (layer->length == FIGURES_MANY && !layer->many &&
	    !(layer->many = store_rows_of(layer->store, STORE_FIGURE, TOGETHER,
					  layer->error)))
		return -1;
	if (layer->length - layer->written == TOGETHER)
		return write_figures(layer, layer->many, TOGETHER);
	while (!result && (all || !layer->many) && layer->written < layer->length)
		result = write_figures(layer, one, 1);
	return result;
}

/* The number of figures in the layer, written if they are new; 0: failed, with *error. */
static uint32_t search_number(struct layer *layer, const struct row_figures *figures)
{
	uint32_t hash = (uint32_t)(figures->digest >> 32);
	uint32_t number = finder_find(&layer->index, hash, same_figures, layer, figures);

	if (number)
		return number;
	if (layer->length >= STORE_FIGURES_MAX || !finder_room(&layer->index) ||
	    !array_grow(&layer->figures, &layer->room, layer->length + 1,
			sizeof(*layer->figures))) {
		store_no_memory(layer->error);
		return 0;
	}
	layer->figures[layer->length++] = figures;
	number = (uint32_t)layer->length;
	finder_put(&layer->index, hash, number);
	return flush_figures(layer, false) ? 0 : number;
}

/* The same.  A snapshot keeps equal figures once, so most rows share theirs. */
static uint32_t figures_number(struct layer *layer, const struct row_figures *figures)
{
	uint32_t place = hash_mix((uintptr_t)figures, 0) >> (32 - NUMBERS_LATELY_BITS);
	struct number_lately *lately = &layer->lately[place];

	if (lately->of != figures)
		*lately = (struct number_lately){ figures, search_number(layer, figures) };
	return lately->number;
}

/* Writes the first n runs that wait, for which the statement has room. */
static int write_runs(struct layer *layer, sqlite3_stmt *statement, unsigned first,
		      unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct layer_run *of = &layer->runs[first + i];
		const char *text = run_end(&of->run);
		int at = RUN_COLUMNS * (int)i;

		sqlite3_bind_int64(statement, at + 1, layer->id);
		sqlite3_bind_int64(statement, at + 2, (int64_t)(of->place >> 16));
		sqlite3_bind_int64(statement, at + 3, of->place & UINT16_MAX);
		sqlite3_bind_int64(statement, at + 4, of->run.first);
		sqlite3_bind_text(statement, at + 5, text, (int)of->run.bytes,
				  SQLITE_STATIC);
	}
	layer->runs_written += n;
	return store_step_rows(layer->store, statement, layer->error);
}

/* Makes room for so many runs, of which none is begun. */
static int make_runs(struct layer *layer, unsigned n)
{
	free(layer->runs);
	layer->runs = malloc(n * sizeof(*layer->runs));
	layer->runs_room = n;
	for (unsigned i = 0; layer->runs && i < n; i++)
		layer->runs[i].run.length = 0;
	return layer->runs ? 0 : store_no_memory(layer->error);
}

/* Writes the runs that wait, if there is no room for another one; `all`: also the one that
 * is being filled. */
static int flush_runs(struct layer *layer, bool all)
{
	sqlite3_stmt *one = layer->store->statements[STORE_STATS];
	unsigned n = layer->runs_waiting + (all && layer->runs[layer->runs_waiting].run.length);
	int result = 0;

	if (!all && n < layer->runs_room)
		return 0;
	layer->runs_waiting = 0;
	if (n == TOGETHER)
		return write_runs(layer, layer->many_runs, 0, n);
	for (unsigned i = 0; !result && i < n; i++)
		result = write_runs(layer, one, i, 1);
	if (result || all || layer->runs_written < RUNS_MANY)
		return result;
	layer->many_runs = store_rows_of(layer->store, STORE_STATS, TOGETHER, layer->error);
	return layer->many_runs ? make_runs(layer, TOGETHER) : -1;
}

/* The run that takes this key; NULL: failed. */
static struct store_run *run_for(struct layer *layer, uint64_t key)
{
	struct layer_run *here = &layer->runs[layer->runs_waiting];

	if (here->run.length &&
	    (here->place != key >> 32 || here->run.bytes > RUN_BYTES ||
	     !run_takes(&here->run, (uint32_t)key))) {
		layer->runs_waiting++;
		if (flush_runs(layer, false))
			return NULL;
		here = &layer->runs[layer->runs_waiting];
	}
	here->place = key >> 32;
	return &here->run;
}

/* figures NULL: the base has this row and the moment does not. */
static int put_row(struct layer *layer, uint64_t key, const struct row_figures *figures)
{
	int64_t value = STORE_GONE;

	if (!layer->id && !(layer->id = store_layer_new(layer->store)))
		return store_no_memory(layer->error);
	if (figures && !(value = figures_number(layer, figures)))
		return -1;
	struct store_run *run = run_for(layer, key);

	if (!run)
		return -1;
	run_put(run, (uint32_t)key, value);
	return 0;
}

static int put_all_rows(struct layer *layer, const struct snapshot_row *rows, size_t n,
		    const struct store_base *base)
{
	struct pair pair = pair_of(rows, n, base);
	const struct snapshot_row *row;
	enum side side;
	uint64_t key;
	int result = 0;

	for (size_t i = 0; !base && !result && i < n; i++)
		result = put_row(layer, row_key(&rows[i]), rows[i].figures);
	while (base && !result && (side = pair_next(&pair, &row, &key)) != AT_END)
		if (side != BOTH_SAME)
			result = put_row(layer, key,
					 side == ONLY_BASE ? NULL : row->figures);
	return result || flush_runs(layer, true) || flush_figures(layer, true) ? -1 : 0;
}

int store_layer_write(struct store *store, const struct snapshot_row *rows, size_t n,
		      const struct store_base *base, uint32_t *id, struct error *error)
{
	struct layer *layer = calloc(1, sizeof(*layer));

	if (!layer)
		return store_no_memory(error);
	layer->store = store;
	layer->error = error;
	int result = make_runs(layer, 1) || put_all_rows(layer, rows, n, base) ? -1 : 0;

	*id = layer->id;
	sqlite3_finalize(layer->many);
	sqlite3_finalize(layer->many_runs);
	free(layer->runs);
	finder_free(&layer->index);
	free(layer->figures);
	free(layer);
	return result;
}
