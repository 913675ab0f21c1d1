/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_RECORDING_WRITER_FIXTURE_H
#define TESTS_UNIT_COLLECT_RECORDING_WRITER_FIXTURE_H
/* The store's thread, asked by a session that the test plays, on a disk that can be full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "tests/unit/collect/recording/full_disk.h"
#include "tests/unit/collect/recording/recording_fixture.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/recording/writer.h"

static struct {
	struct run run;
	struct writer *writer;
	_Atomic uint64_t base;          /* of what is frozen; 0: nothing is there */
	_Atomic unsigned frozen;        /* how often a whole state was asked for */
	_Atomic uint32_t rows;          /* of what is frozen, if not those of run_snapshot */
	pthread_t froze[MOMENT_TICK];   /* the thread that last asked for one, by kind */
	pthread_t store;                /* the writer's own, once it asked for the catalog */
	_Atomic bool ended;
	_Atomic unsigned failures;
	_Atomic bool marks;             /* a history is asked for: it puts a mark */
	_Atomic bool no_history;        /* it fails */
	_Atomic unsigned saved;         /* how often it was */
	_Atomic unsigned catalogs;      /* how often the catalog was asked for */
	char sentence[256];             /* of the first */
	struct error error;
} it;

/* Row i has i bytes more than `base` at a trace of its own. */
static inline struct snapshot *many_rows(enum moment_kind kind, uint64_t base)
{
	uint32_t rows = it.rows;
	struct snapshot *s = snapshot_new(it.run.catalog, rows);

	for (uint32_t i = 0; i < rows; i++) {
		s->rows[i] = (struct snapshot_row){ .trace = { 1000 + i }, .thread = 1 };
		rows_put(s, i, (struct row_figures){
			.now = { .size = base + i, .count = 1, .allocations = 1, .total = base + i },
			.sizes = { 1 },
		});
	}
	s->kind = kind;
	s->process = 1;
	s->nframe = 64;
	s->totals.current = base;
	return s;
}

static inline void put_many_traces(uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++)
		catalog_put_trace(it.run.catalog, (struct trace_id){ 1000 + i },
				  (struct trace_id){ 10 }, (struct site_id){ 9 });
}

static inline struct snapshot **freeze(void *user, enum moment_kind kind, size_t *length)
{
	struct snapshot **all = calloc(1, sizeof(*all));

	(void)user;
	it.frozen++;
	it.froze[kind] = pthread_self();
	if (!it.base || !all) {
		free(all);
		return NULL;
	}
	*length = 1;
	if (it.rows) {
		all[0] = many_rows(kind, kind == MOMENT_PEAK ? 900 : atomic_load(&it.base));
		return all;
	}
	all[0] = run_snapshot(&it.run, kind, 0, kind == MOMENT_PEAK ? "peak" :
			      kind == MOMENT_EXIT ? "exit" : "live",
			      kind == MOMENT_PEAK ? 900 : atomic_load(&it.base));
	return all;
}

static inline void freeze_ends(void *user, struct snapshot **all[2], size_t length[2])
{
	all[0] = freeze(user, MOMENT_EXIT, &length[0]);
	all[1] = freeze(user, MOMENT_PEAK, &length[1]);
}

static inline void program(void *user, struct program *program)
{
	char *argv[] = { "./worker", NULL };
	struct process process = { .pid = 4711, .traced = true };
	const struct program now = {
		.argc = 1, .argv = argv, .pid = 4711, .ended = it.ended, .kind = "native",
		.processes_length = 1, .processes = &process,
	};

	(void)user;
	program_copy(program, &now);
}

static inline void failed(void *user, const char *sentence)
{
	(void)user;
	if (!it.failures++)
		snprintf(it.sentence, sizeof(it.sentence), "%s", sentence);
}

/* In place of a history: a mark that says that it was asked for. */
static inline int save_history(void *user, struct store *store, struct error *error)
{
	char text[] = "saved";

	(void)user;
	it.saved++;
	if (it.no_history) {
		*error = (struct error){ 125, "no history" };
		return -1;
	}
	return it.marks ? store_mark(store, &(struct mark){ 0.5, text }, error) : 0;
}

static inline struct catalog *catalog(void *user)
{
	(void)user;
	it.store = pthread_self();
	it.catalogs++;
	return it.run.catalog;
}

static const struct writer_ops ops = {
	.freeze = freeze, .freeze_ends = freeze_ends, .program = program, .history = save_history, .catalog = catalog,
	.failed = failed,
};

/* A recording begun: 0, or -1 and *writer is NULL. */
static inline int open_at(struct writer **writer, const char *path, bool force, bool private_file)
{
	if (writer_begin(writer, path, force, private_file, &ops, NULL, &it.error) == 0)
		return 0;
	*writer = NULL;
	return -1;
}

static inline int begin(void **state)
{
	(void)state;
	memset(&it, 0, sizeof(it));
	run_begin(&it.run);
	snprintf(watched, sizeof(watched), "%s", it.run.path);
	it.base = 10;
	if (open_at(&it.writer, it.run.path, false, false) != 0)
		return -1;
	/* The thread makes the tables, without which the file is no recording; until it has a
	 * state it is an empty one. */
	struct recording *recording;
	do
		assert_int_equal(recording_open(&recording, it.run.path, &it.error), -1);
	while (!strstr(it.error.text, "nothing is recorded"));
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	writer_free(it.writer);
	full_at = NULL;
	run_end(&it.run);
	return 0;
}

static inline void named(unsigned number, uint64_t base)
{
	struct snapshot *snapshot = run_snapshot(&it.run, MOMENT_NAMED, number, "named", base);

	writer_snapshot(it.writer, snapshot);
	snapshot_release(snapshot);     /* the writer has its own reference */
}

static inline int finish(void) { return writer_finish(it.writer, &it.error); }

static inline uint64_t current_of(const char *path, const char *moment)
{
	struct recording *recording;
	struct error error;

	if (recording_open(&recording, path, &error)) {
		if (!strstr(error.text, "nothing is recorded"))
			fail_msg("%s", error.text);
		return UINT64_MAX;
	}
	struct snapshot *snapshot = recording_snapshot(recording, moment, &error);
	uint64_t current = snapshot ? snapshot->totals.current : UINT64_MAX;

	snapshot_release(snapshot);
	recording_close(recording);
	return current;
}

#define WRITER_TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)

#endif
