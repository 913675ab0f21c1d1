/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What moments have in common is written once.  Random moments of a few processes, with
 * restarts and ends, against a plain list of what each should hold: read by memtop and
 * asked for in SQL; and nothing is left in the file that no moment has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tests/random.h"
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tracer/collect/recording/store/store_digits.h"

#define TRACES 300u
#define PROCESSES 3u
#define THREADS 2u
#define STEPS 160u
#define NUMBERS 4u                      /* snapshots of each process */
#define KINDS (MOMENT_FINALIZE + NUMBERS + 1)

static unsigned any(unsigned below) { return (unsigned)(next_random() >> 33) % below; }

/* A process's rows as they are, and each moment of it as it was written, or NULL. */
struct held {
	struct snapshot *now;
	struct snapshot *moments[KINDS];
};

struct world {
	struct run run;
	struct catalog *catalog;
	struct store *store;
	struct held of[PROCESSES];
};

/* A trace's number says which site it has, and that where its code is. */
static struct catalog *make_catalog(void)
{
	struct catalog *catalog = catalog_new();

	for (uint32_t i = 1; i <= TRACES; i++) {
		struct site site = { .offset = i * UINT64_C(16) };

		/* With holes, shorter and longer than what a chunk goes over. */
		catalog_put_site(catalog, (struct site_id){ i + 7 }, &site);
		catalog_put_trace(catalog, (struct trace_id){ i },
				  (struct trace_id){ i < 4 ? 0 : any(i - 1) + 1 },
				  (struct site_id){ i + 7 });
	}
	for (uint32_t i = 0; i < THREADS; i++)
		catalog_add_thread(catalog, (int)i + 1, (struct str_id){ 0 });
	return catalog;
}

static void change_row(struct snapshot *s, size_t row)
{
	unsigned many = any(4) ? 3 : 100000;    /* figures that others have, or that none has */
	struct row_figures figures = { .now.allocations = 1 + any(many) };

	figures.now.count = any((unsigned)figures.now.allocations + 1);
	figures.now.size = figures.now.count * 16;
	figures.now.total = figures.now.allocations * 16;
	figures.now.temporary = any(2);
	figures.peak = any(many);
	figures.sizes[any(SIZE_CLASSES)] = (uint32_t)figures.now.count;
	rows_put(s, row, figures);
}

/* Some rows change, some begin; in no order. */
static void go_on(struct snapshot *s)
{
	const unsigned shares[] = { 0, 1, 5, 30, 100 };
	unsigned share = shares[any(5)], all = TRACES * THREADS;

	for (unsigned i = 0; i < s->rows_length; i++) {
		struct snapshot_row *row = &s->rows[i];
		unsigned at = (i * 271 + 13) % all;     /* 271: prime to it */

		row->trace.v = at / THREADS + 1;
		row->thread = (uint16_t)(at % THREADS + 1);
		row->domain = at % 7 == 0;
		if (any(100) < share && (row->figures->now.allocations || any(3) == 0))
			change_row(s, i);
	}
	s->totals.events++;
}

static struct snapshot *copy_of(const struct snapshot *s, bool earlier)
{
	struct snapshot *copy = snapshot_new(s->catalog, s->rows_length);

	rows_copy(copy, s);
	copy->totals = s->totals;
	copy->nframe = 64;
	copy->process = s->process;
	/* What began since a peak is not in it, and some was otherwise. */
	for (size_t i = 0; earlier && i < copy->rows_length; i++) {
		struct row_figures figures = *copy->rows[i].figures;

		if (any(20) == 0)
			figures.now.allocations = 0;
		else if (any(20) == 0)
			figures.peak++;
		rows_put(copy, i, figures);
	}
	return copy;
}

static void let_go(struct snapshot **moment)
{
	snapshot_release(*moment);
	*moment = NULL;
}

static void write_one(struct world *w, uint32_t process)
{
	static const enum moment_kind kinds[] = {
		MOMENT_LIVE, MOMENT_LIVE, MOMENT_PEAK, MOMENT_PEAK, MOMENT_NAMED, MOMENT_EXIT,
	};
	enum moment_kind kind = kinds[any(6)];
	struct held *held = &w->of[process];
	struct snapshot *s = copy_of(held->now, kind == MOMENT_PEAK);
	struct error error;

	s->kind = kind;
	s->number = kind == MOMENT_NAMED ? 1 + any(NUMBERS) : 0;
	if (store_snapshot(w->store, s, &error))
		fail_msg("%s", error.text);
	struct snapshot **at = &held->moments[s->number ? MOMENT_FINALIZE + s->number : kind];

	let_go(at);
	*at = s;
	if (kind == MOMENT_EXIT)
		let_go(&held->moments[MOMENT_LIVE]);
}

static void restart_one(struct world *w, uint32_t process)
{
	struct error error;

	assert_int_equal(store_restart(w->store, process + 1, &error), 0);
	for (unsigned i = 0; i < KINDS; i++)    /* snapshots stay */
		if (i <= MOMENT_FINALIZE && i != MOMENT_NAMED)
			let_go(&w->of[process].moments[i]);
}

/* A snapshot by rule that had to go, of all processes. */
static void forget_number(struct world *w)
{
	unsigned number = 1 + any(NUMBERS);
	struct error error;

	assert_int_equal(store_forget_number(w->store, number, &error), 0);
	for (unsigned p = 0; p < PROCESSES; p++)
		let_go(&w->of[p].moments[MOMENT_FINALIZE + number]);
}

static uint64_t place_of(const struct snapshot_row *row, uint32_t trace)
{
	return (uint64_t)row->thread << 48 | (uint64_t)row->domain << 32 | trace;
}

static int by_place(const void *a, const void *b)
{
	const struct snapshot_row *x = a, *y = b;
	uint64_t i = place_of(x, x->trace.v), j = place_of(y, y->trace.v);

	return (i > j) - (i < j);
}

/* Rows that ever held a block, in order. */
static size_t expected_rows(const struct snapshot *s, struct snapshot_row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < s->rows_length; i++)
		if (s->rows[i].figures->now.allocations)
			rows[n++] = s->rows[i];
	qsort(rows, n, sizeof(*rows), by_place);
	return n;
}

static void read_is(struct recording *r, const struct snapshot *wanted)
{
	static struct snapshot_row rows[TRACES * THREADS];
	static const char *const names[] = { "live", "", "peak", "exit" };
	struct trace_id parent;
	struct site_id site;
	struct error error;
	char name[16];

	snprintf(name, sizeof(name), "%u", wanted->number);
	recording_choose(r, wanted->process);
	struct snapshot *s = recording_snapshot(r, wanted->number ? name : names[wanted->kind],
						&error);
	size_t n = expected_rows(wanted, rows);

	if (!s)
		fail_msg("%s", error.text);
	assert_int_equal(s->rows_length, n);
	for (size_t i = 0; i < n; i++) {
		/* Ids are the recording's own; the code says which trace it is. */
		assert_true(catalog_trace(s->catalog, s->rows[i].trace, &parent, &site));
		assert_int_equal(catalog_site(s->catalog, site).offset, rows[i].trace.v * 16u);
		s->rows[i].trace = rows[i].trace;
		assert_true(rows_same(&s->rows[i], &rows[i]));
	}
	assert_int_equal(s->totals.events, wanted->totals.events);
	snapshot_release(s);
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	return statement;
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = prepared(db, sql);

	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(statement, 0);

	sqlite3_finalize(statement);
	return value;
}

/* The rows of a moment are the next ones. */
static void asked_is(sqlite3_stmt *statement, const struct snapshot *wanted)
{
	static struct snapshot_row rows[TRACES * THREADS];
	size_t n = expected_rows(wanted, rows);

	for (size_t i = 0; i < n; i++) {
		const struct snapshot_row *row = &rows[i];
		const struct row_figures *of = row->figures;
		unsigned classes = SIZE_CLASSES;

		while (classes && !of->sizes[classes - 1])
			classes--;
		const uint64_t values[] = {
			row->thread, row->domain, row->trace.v, of->now.size, of->now.count,
			of->now.allocations, of->now.total, of->now.temporary, of->peak,
			of->sizes[0], classes, wanted->process, wanted->kind, wanted->number,
		};
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		for (int k = 0; k < 14; k++)
			assert_int_equal(sqlite3_column_int64(statement, k), values[k]);
	}
}

/* Where moments are kept, in the order of their kinds and numbers. */
static const unsigned in_order[KINDS] = {
	MOMENT_LIVE, MOMENT_FINALIZE + 1, MOMENT_FINALIZE + 2, MOMENT_FINALIZE + 3,
	MOMENT_FINALIZE + 4, MOMENT_PEAK, MOMENT_EXIT, MOMENT_NAMED, MOMENT_FINALIZE,
};

#define ASKED "SELECT thread, domain, trace, size, count, stat.allocations, stat.total," \
	" stat.temporary, stat.peak, json_extract(sizes, '$[0]'), json_array_length(sizes)," \
	" process, kind, number FROM "

/* Steps of SQLite's machine that all moments took. */
static int all_asked_is(const struct world *w, sqlite3 *db)
{
	sqlite3_stmt *statement = prepared(db, ASKED "stat JOIN moment ON moment.id = stat.moment"
					   " ORDER BY process, kind, number, 1, 2, 3");

	for (unsigned p = 0; p < PROCESSES; p++)
		for (unsigned i = 0; i < KINDS; i++)
			if (w->of[p].moments[in_order[i]])
				asked_is(statement, w->of[p].moments[in_order[i]]);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);

	sqlite3_finalize(statement);
	return steps;
}

/* Steps that this moment by itself took. */
static int one_asked_is(const struct snapshot *wanted, sqlite3 *db)
{
	sqlite3_stmt *statement = prepared(db, ASKED "moment_stat AS stat WHERE process = ?"
					   " AND kind = ? AND number = ? ORDER BY 1, 2, 3");

	sqlite3_bind_int64(statement, 1, wanted->process);
	sqlite3_bind_int64(statement, 2, wanted->kind);
	sqlite3_bind_int64(statement, 3, wanted->number);
	asked_is(statement, wanted);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);

	sqlite3_finalize(statement);
	return steps;
}

/* A question that names a moment does not decode the chunks of the others. */
static void each_asked_is(const struct world *w, sqlite3 *db)
{
	int all = all_asked_is(w, db), moments = 0, most = 0;

	for (unsigned p = 0; p < PROCESSES; p++)
		for (unsigned i = 0; i < KINDS; i++)
			if (w->of[p].moments[i]) {
				int steps = one_asked_is(w->of[p].moments[i], db);

				most = steps > most ? steps : most;
				moments++;
			}
	if (moments >= 8)
		assert_true(most < all / 2);
}

static void all_is_right(struct world *w)
{
	struct recording *r;
	struct error error;
	sqlite3 *db;

	assert_int_equal(store_commit(w->store, true, &error), 0);
	if (recording_open(&r, w->run.path, &error))
		fail_msg("%s", error.text);
	assert_int_equal(sqlite3_open_v2(w->run.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (unsigned p = 0; p < PROCESSES; p++)
		for (unsigned i = 0; i < KINDS; i++)
			if (w->of[p].moments[i])
				read_is(r, w->of[p].moments[i]);
	each_asked_is(w, db);
	assert_int_equal(number(db, "SELECT count(*) FROM stat_chunk WHERE layer NOT IN"
				" (SELECT own FROM moment UNION SELECT base FROM moment)"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM figure WHERE id >> 32 NOT IN"
				" (SELECT layer FROM stat_chunk)"), 0);
	/* A site's place in the code is its trace's number. */
	assert_int_equal(number(db, "SELECT count(*) FROM trace JOIN site ON site.id = trace.site"
				" WHERE offset <> trace.id * 16"), 0);
	sqlite3_close(db);
	recording_close(r);
}

static void world_begin(struct world *w)
{
	struct error error;

	*w = (struct world){ .catalog = make_catalog() };
	run_begin(&w->run);
	assert_int_equal(store_create(&w->store, w->run.path, false, &error), 0);
	for (unsigned p = 0; p < PROCESSES; p++) {
		w->of[p].now = snapshot_new(w->catalog, TRACES * THREADS);
		w->of[p].now->process = p + 1;
		go_on(w->of[p].now);
	}
}

static void world_end(struct world *w)
{
	struct error error;

	assert_int_equal(store_finish(w->store, &error), 0);
	for (unsigned p = 0; p < PROCESSES; p++) {
		for (unsigned i = 0; i < KINDS; i++)
			let_go(&w->of[p].moments[i]);
		snapshot_release(w->of[p].now);
	}
	catalog_release(w->catalog);
	run_end(&w->run);
}

static void random_moments(void **state)
{
	static struct world w;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		world_begin(&w);
		for (unsigned step = 0; step < STEPS; step++) {
			uint32_t process = any(PROCESSES);

			if (any(3) == 0)
				go_on(w.of[process].now);
			if (any(40) == 0)
				restart_one(&w, process);
			else if (any(30) == 0)
				forget_number(&w);
			else
				write_one(&w, process);
			if (step % 20 == 19)
				all_is_right(&w);
		}
		world_end(&w);
	}
}

static int write_kind(struct world *w, struct snapshot *s, enum moment_kind kind)
{
	struct error error;

	s->kind = kind;
	return store_snapshot(w->store, s, &error);
}

/* Of a peak of which three rows differ, and one is none there, four are written. */
static void what_differs_is_written(void **state)
{
	static struct world w;
	struct error error;
	sqlite3 *db;

	(void)state;
	world_begin(&w);
	struct snapshot *s = copy_of(w.of[0].now, false);

	struct row_figures figures[TRACES * THREADS];

	for (size_t i = 0; i < s->rows_length; i++) {
		figures[i] = *s->rows[i].figures;
		figures[i].now = (struct figures){ .count = 1, .size = 8, .allocations = 1 };
		rows_put(s, i, figures[i]);
	}
	assert_int_equal(write_kind(&w, s, MOMENT_EXIT), 0);
	for (size_t i = 100; i < 400; i += 100) {
		figures[i].peak += 1 + i;
		rows_put(s, i, figures[i]);
	}
	figures[500].now.allocations = 0;
	rows_put(s, 500, figures[500]);
	assert_int_equal(write_kind(&w, s, MOMENT_PEAK), 0);
	snapshot_release(s);
	assert_int_equal(store_commit(w.store, true, &error), 0);
	assert_int_equal(sqlite3_open_v2(w.run.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM moment JOIN stat_chunk ON layer = own,"
				" json_each(figures) WHERE name = 'peak' AND value <> 0"), 4);
	assert_int_equal(number(db, "SELECT count(*) FROM stat JOIN moment ON moment.id = moment"
				" WHERE name = 'peak'"), TRACES * THREADS - 1);
	sqlite3_close(db);
	world_end(&w);
}

/* How much the rows of a moment hold, and how many it has. */
static void held_is(sqlite3 *db, const char *name, int size, int rows)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT sum(size) FROM stat JOIN moment"
		 " ON moment.id = moment WHERE name = '%s'", name);
	assert_int_equal(number(db, sql), size);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM stat JOIN moment"
		 " ON moment.id = moment WHERE name = '%s'", name);
	assert_int_equal(number(db, sql), rows);
}

/* In order, of 8, 16 or 24 bytes each. */
static struct snapshot *many_rows(struct catalog *catalog, size_t rows)
{
	struct snapshot *s = snapshot_new(catalog, rows);

	s->process = 1;
	for (size_t i = 0; i < rows; i++) {
		struct row_figures figures = { .now = { 8 + i % 3 * 8, 1, 1, 8, 0 } };

		s->rows[i].trace.v = (uint32_t)(i % TRACES) + 1;
		s->rows[i].domain = (uint16_t)(i / TRACES);
		s->rows[i].thread = 1;
		rows_put(s, i, figures);
	}
	return s;
}

/* A snapshot of many rows that count few things is kept itself, of others a copy. */
static void a_base_is_a_snapshot_or_a_copy(void **state)
{
	struct row_figures figures = { .now = { 1000, 1, 1, 1000, 0 } };
	static struct world w;
	struct error error;
	sqlite3 *db;

	(void)state;
	for (size_t rows = 3000; rows <= 6000; rows += 3000) {
		world_begin(&w);
		struct snapshot *s = many_rows(w.catalog, rows);
		struct snapshot *peak = many_rows(w.catalog, rows);

		rows_put(peak, 0, figures);
		rows_put(peak, rows - 1, figures);
		assert_int_equal(write_kind(&w, s, MOMENT_EXIT), 0);
		assert_int_equal(s->references, rows > 3000 ? 2 : 1);
		snapshot_release(s);
		assert_int_equal(write_kind(&w, peak, MOMENT_PEAK), 0);
		assert_int_equal(peak->references, 1);
		snapshot_release(peak);
		assert_int_equal(store_commit(w.store, true, &error), 0);
		assert_int_equal(sqlite3_open_v2(w.run.path, &db, SQLITE_OPEN_READONLY, NULL),
				 SQLITE_OK);
		held_is(db, "exit", (int)rows * 16, (int)rows);
		held_is(db, "peak", (int)rows * 16 - 32 + 2000, (int)rows);
		assert_int_equal(number(db, "SELECT count(*) FROM moment JOIN stat_chunk ON"
					" layer = own, json_each(figures)"
					" WHERE name = 'peak' AND value <> 0"), 2);
		sqlite3_close(db);
		world_end(&w);
	}
}

/* Many runs share statements: each row is a run of its own here, of domain and size 8 * i. */
static void runs_written_together_are_whole(void **state)
{
	static const size_t lengths[] = { 1, 63, 64, 65, 79, 80, 81, 96, 250 };
	static struct world w;
	struct error error;
	sqlite3 *db;

	(void)state;
	for (size_t l = 0; l < sizeof(lengths) / sizeof(*lengths); l++) {
		world_begin(&w);
		struct snapshot *s = many_rows(w.catalog, lengths[l]);

		for (size_t i = 0; i < lengths[l]; i++) {
			s->rows[i].domain = (uint16_t)(i + 1);
			rows_put(s, i, (struct row_figures){ .now = { 8 * (i + 1), 1, 1, 8, 0 } });
		}
		assert_int_equal(write_kind(&w, s, MOMENT_EXIT), 0);
		snapshot_release(s);
		assert_int_equal(store_commit(w.store, true, &error), 0);
		assert_int_equal(sqlite3_open_v2(w.run.path, &db, SQLITE_OPEN_READONLY, NULL),
				 SQLITE_OK);
		assert_int_equal(number(db, "SELECT count(*) FROM stat_chunk"), lengths[l]);
		assert_int_equal(number(db, "SELECT count(*) FROM stat WHERE size <> 8 * domain"
					" OR trace <> 1 + (domain - 1) % 300"), 0);
		assert_int_equal(number(db, "SELECT count(DISTINCT domain) FROM stat"), lengths[l]);
		sqlite3_close(db);
		world_end(&w);
	}
}

/* A text of more than a quarter of a page has pages of its own, which it leaves half empty. */
static void a_long_run_is_cut_to_fit_into_a_page(void **state)
{
	static struct world w;
	struct error error;
	sqlite3 *db;

	(void)state;
	world_begin(&w);
	struct snapshot *s = many_rows(w.catalog, 3000);

	for (size_t i = 0; i < 3000; i++)
		rows_put(s, i, (struct row_figures){ .now = { 8 * (i + 1), 1, 1, 8, 0 } });
	assert_int_equal(write_kind(&w, s, MOMENT_EXIT), 0);
	snapshot_release(s);
	assert_int_equal(store_commit(w.store, true, &error), 0);
	assert_int_equal(sqlite3_open_v2(w.run.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_in_range(number(db, "SELECT max(length(figures)) FROM stat_chunk"), 900, 985);
	assert_int_equal(number(db, "SELECT count(*) FROM stat"), 3000);
	assert_int_equal(number(db, "SELECT sum(size) FROM stat"), 8 * 3000 * 3001 / 2);
	sqlite3_close(db);
	world_end(&w);
}

static void digits_are(uint64_t number)
{
	char text[32], wanted[32];

	*digits_write(text, number) = '\0';
	snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)number);
	assert_string_equal(text, wanted);
}

static void numbers_have_the_digits_that_printf_gives_them(void **state)
{
	(void)state;
	for (uint64_t i = 0; i <= 100000; i++)
		digits_are(i);
	for (uint64_t power = 10; power < UINT64_MAX / 10; power *= 10)
		for (uint64_t i = power - 10; i < power + 10; i++)
			digits_are(i);
	for (unsigned i = 0; i < 100000; i++)
		digits_are(next_random() >> any(64));
	digits_are(UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_run_is_cut_to_fit_into_a_page),
		cmocka_unit_test(numbers_have_the_digits_that_printf_gives_them),
		cmocka_unit_test(runs_written_together_are_whole),
		cmocka_unit_test(random_moments),
		cmocka_unit_test(what_differs_is_written),
		cmocka_unit_test(a_base_is_a_snapshot_or_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
