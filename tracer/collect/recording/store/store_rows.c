/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of a moment.  A row that is the same in the process's base is not written; one
 * that the base has and the moment has not is written as STORE_GONE.  All others are
 * written as numbers of figures; equal figures are written once in a layer, since most
 * stacks allocated one block of one of a few sizes.  If this would save less than half,
 * all of the moment's rows are written, and are the base from then on.
 */
#include "tracer/collect/recording/store/store_parts.h"
#include "tracer/ground/array.h"
#include "tracer/ground/digest.h"
#include "tracer/ground/large.h"

#include <stdlib.h>
#include <string.h>

#define FIGURES_TOGETHER 16u            /* in one statement */
#define FIGURES_MANY 256u               /* so many in a layer are worth such a statement */
#define FIGURE_COLUMNS 10
#define KEPT_ROWS 4096u                 /* of a snapshot that is a base, at least, */
#define KEPT_ROWS_EACH 16u              /* and for each of its different figures */
#define SIZES_TEXT (SIZE_CLASSES * 11 + 3)

#define NUMBERS_LATELY_BITS 12

/* The number of figures that were written lately. */
struct number_lately {
	const struct row_figures *of;
	uint32_t number;
};

/* One layer that is being written. */
struct layer {
	struct store *store;
	struct error *error;
	uint32_t id;                    /* 0: nothing was written yet */
	uint64_t place;                 /* thread and domain of the run that is being
					 * written */
	struct finder index;            /* by their digest: numbers of figures, from 1 */
	struct number_lately lately[1u << NUMBERS_LATELY_BITS]; /* by where they lie */
	const struct row_figures **figures;
	size_t length, room;
	size_t written;                 /* of these figures */
	sqlite3_stmt *many;             /* writes some together; NULL: there are few */
};

/* Sorts rows as the table does, so that its pages are filled in order. */
static uint64_t row_key(const struct snapshot_row *row)
{
	return (uint64_t)row->thread << 48 | (uint64_t)row->domain << 32 | row->trace.v;
}

/* Rows are in order, and each ever held a block, in most moments, as stacks get their
 * numbers when they first allocate. */
int store_rows_look(struct store *store, const struct snapshot *snapshot, uint64_t *digest,
		    bool *in_order, struct error *error)
{
	uint64_t before = 0, next = *digest;
	bool ascending = true;

	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];
		uint64_t key = row_key(row);
		bool ever = row->figures->now.allocations;

		/* The next row's waits for this one's, so it has but two steps. */
		next = digest_word(next, key);
		next = digest_word(next, row->figures->digest);
		ascending &= ever && (!i || before < key);
		before = key;
		if (ever && !store_has_trace(store, row->trace) &&
		    store_trace(store, row->trace, error))
			return -1;
	}
	*digest = next;
	*in_order = ascending;
	return 0;
}

/* Sorts rows by one byte of their keys.  False: it is the same in all. */
static bool order_byte(const struct snapshot_row *from, struct snapshot_row *to, size_t n,
		       unsigned shift)
{
	size_t at[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[row_key(&from[i]) >> shift & UINT8_MAX]++;
	if (at[row_key(&from[0]) >> shift & UINT8_MAX] == n)
		return false;
	for (unsigned byte = 0; byte < 256; byte++) {
		size_t here = at[byte];

		at[byte] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++)
		to[at[row_key(&from[i]) >> shift & UINT8_MAX]++] = from[i];
	return true;
}

/* Sorts rows, and returns them in their array or in another one; the array that is not
 * returned is freed.  NULL: out of memory.  Most bytes of the keys are the same in all, so
 * this takes a third of the instructions of qsort. */
static struct snapshot_row *order_rows(struct snapshot_row *rows, size_t n)
{
	struct snapshot_row *other = large_malloc((n + 1) * sizeof(*other));

	for (unsigned shift = 0; other && n && shift < 64; shift += 8) {
		if (!order_byte(rows, other, n, shift))
			continue;
		struct snapshot_row *sorted = other;

		other = rows;
		rows = sorted;
	}
	free(other ? other : rows);
	return other ? rows : NULL;
}

/* Copies of those rows that ever held a block, in order; NULL: out of memory. */
static struct snapshot_row *sort_rows(const struct snapshot *snapshot, size_t *length)
{
	size_t most = snapshot->rows_length, n = 0;
	struct snapshot_row *rows = large_malloc((most + 1) * sizeof(*rows));

	for (size_t i = 0; rows && i < most; i++)
		if (snapshot->rows[i].figures->now.allocations)
			rows[n++] = snapshot->rows[i];
	*length = n;
	return rows ? order_rows(rows, n) : NULL;
}

/* The current places in two ascending lists that are read together. */
struct pair {
	const struct snapshot_row *row, *rows_end;
	const struct store_known *known, *known_end;    /* of the base: these, */
	const struct snapshot_row *like, *likes_end;    /* or these */
};

enum side { BOTH_SAME, BOTH_DIFFER, ONLY_ROW, ONLY_BASE, AT_END };

/* What the base has in its current place.  False: it is at its end. */
static bool base_here(const struct pair *pair, struct store_known *here)
{
	if (pair->like < pair->likes_end)
		*here = (struct store_known){ row_key(pair->like),
					      pair->like->figures->digest };
	else if (pair->known < pair->known_end)
		*here = *pair->known;
	else
		return false;
	return true;
}

static void base_next(struct pair *pair)
{
	if (pair->like < pair->likes_end)
		pair->like++;
	else
		pair->known++;
}

/* Which of the two has the lower key, or both; sets *key to it and goes past it. */
static enum side pair_next(struct pair *pair, const struct snapshot_row **row,
			   uint64_t *key)
{
	struct store_known here;
	bool rows = pair->row < pair->rows_end, known = base_here(pair, &here);

	*row = pair->row;
	if (!rows && !known)
		return AT_END;
	if (!known || (rows && row_key(pair->row) < here.key)) {
		*key = row_key(pair->row++);
		return ONLY_ROW;
	}
	*key = here.key;
	base_next(pair);
	if (!rows || here.key < row_key(pair->row))
		return ONLY_BASE;
	return pair->row++->figures->digest == here.digest ? BOTH_SAME : BOTH_DIFFER;
}

static struct pair pair_of(const struct snapshot_row *rows, size_t n,
			   const struct store_base *base)
{
	struct pair pair = { .row = rows, .rows_end = rows + n };

	if (base && base->snapshot) {
		pair.like = base->snapshot->rows;
		pair.likes_end = base->snapshot->rows + base->length;
	} else if (base) {
		pair.known = base->rows;
		pair.known_end = base->rows + base->length;
	}
	return pair;
}

/* Whether writing only the differences saves half of the rows, and more than it adds. */
static bool is_worth(const struct snapshot_row *rows, size_t n,
		     const struct store_base *base)
{
	struct pair pair = pair_of(rows, n, base);
	size_t same = 0, gone = 0;
	const struct snapshot_row *row;
	enum side side;
	uint64_t key;

	while ((side = pair_next(&pair, &row, &key)) != AT_END) {
		same += side == BOTH_SAME;
		gone += side == ONLY_BASE;
	}
	return same && same >= n / 2 && same >= gone;
}

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
		at = run_digits(at, sizes[i]);
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
	char sizes[FIGURES_TOGETHER][SIZES_TEXT];

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
	    !(layer->many = store_rows_of(layer->store, STORE_FIGURE, FIGURES_TOGETHER,
					  layer->error)))
		return -1;
	if (layer->length - layer->written == FIGURES_TOGETHER)
		return write_figures(layer, layer->many, FIGURES_TOGETHER);
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

static int write_run(struct layer *layer)
{
	struct store_run *run = &layer->store->run;

	if (!run->length)
		return 0;
	store_bind(layer->store, STORE_STATS, 1, layer->id);
	store_bind(layer->store, STORE_STATS, 2, layer->place >> 16);
	store_bind(layer->store, STORE_STATS, 3, layer->place & UINT16_MAX);
	store_bind(layer->store, STORE_STATS, 4, run->first);
	store_bind_text(layer->store, STORE_STATS, 5, run_end(run));
	return store_step(layer->store, STORE_STATS, layer->error);
}

/* figures NULL: the base has this row and the moment does not. */
static int put_row(struct layer *layer, uint64_t key, const struct row_figures *figures)
{
	struct store_run *run = &layer->store->run;
	int64_t value = STORE_GONE;

	if (!layer->id && !(layer->id = store_layer_new(layer->store)))
		return store_no_memory(layer->error);
	if (figures && !(value = figures_number(layer, figures)))
		return -1;
	if ((layer->place != key >> 32 || !run_takes(run, (uint32_t)key)) && write_run(layer))
		return -1;
	layer->place = key >> 32;
	run_put(run, (uint32_t)key, value);
	return 0;
}

static int write_layer(struct layer *layer, const struct snapshot_row *rows, size_t n,
		       const struct store_base *base)
{
	struct pair pair = pair_of(rows, n, base);
	const struct snapshot_row *row;
	enum side side;
	uint64_t key;
	int result = 0;

	while (!result && (side = pair_next(&pair, &row, &key)) != AT_END)
		if (side != BOTH_SAME)
			result = put_row(layer, key,
					 side == ONLY_BASE ? NULL : row->figures);
	if (!result)
		result = write_run(layer) || flush_figures(layer, true) ? -1 : 0;
	sqlite3_finalize(layer->many);
	layer->store->run.length = 0;
	finder_free(&layer->index);
	free(layer->figures);
	return result;
}

/* Whether a reference to the snapshot takes hardly more memory than its rows copied. */
static bool is_worth_keeping(const struct snapshot *snapshot)
{
	const struct snapshot_growth *growth = snapshot->growth;

	return snapshot->rows_length >= KEPT_ROWS && !snapshot->look &&
	       (!growth || (!growth->length && !growth->next)) &&
	       snapshot->figures.length <= snapshot->rows_length / KEPT_ROWS_EACH;
}

/* Keeps what later moments of the process are compared with: the snapshot itself, if the
 * rows are its own and many, or else their keys and digests.  Without memory there is no
 * base. */
static void make_base(struct store *store, struct snapshot *snapshot, uint32_t layer,
		      const struct snapshot_row *rows, size_t n)
{
	struct store_base base = { .layer = layer, .length = n };

	if (rows == snapshot->rows && is_worth_keeping(snapshot))
		base.snapshot = snapshot_retain(snapshot);
	else
		base.rows = large_malloc((n + 1) * sizeof(*base.rows));
	for (size_t i = 0; base.rows && i < n; i++)
		base.rows[i] = (struct store_known){ row_key(&rows[i]),
						     rows[i].figures->digest };
	if (base.rows || base.snapshot)
		store_base_set(store, snapshot->process, &base);
}

static int write_rows(struct store *store, struct snapshot *snapshot,
		      const struct snapshot_row *rows, size_t n, struct store_layers *layers,
		      struct error *error)
{
	const struct store_base *base = store_base_of(store, snapshot->process);
	struct layer layer = { .store = store, .error = error };

	if (store_traces(store, error))
		return -1;
	bool over = base && is_worth(rows, n, base);

	if (write_layer(&layer, rows, n, over ? base : NULL))
		return -1;
	*layers = (struct store_layers){ .own = layer.id };
	if (over) {
		layers->base = base->layer;
		store_layers_hold(store, (struct store_layers){ .base = base->layer });
	} else if (layer.id && (!base || snapshot->kind != MOMENT_PEAK)) {
		/* Later moments are more like this one than like a peak long ago. */
		make_base(store, snapshot, layer.id, rows, n);
	}
	return 0;
}

int store_rows(struct store *store, struct snapshot *snapshot, bool in_order,
	       struct store_layers *layers, struct error *error)
{
	size_t n = snapshot->rows_length;
	struct snapshot_row *sorted = NULL;
	int result;

	if (in_order)
		return write_rows(store, snapshot, snapshot->rows, n, layers, error);
	sorted = sort_rows(snapshot, &n);
	result = sorted ? write_rows(store, snapshot, sorted, n, layers, error) :
			  store_no_memory(error);
	free(sorted);
	return result;
}
