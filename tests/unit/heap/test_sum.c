/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of snapshots: rows by stack, thread and domain, and the curves of processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/unit/heap/rows.h"
#include "tracer/heap/sum.h"

#define WORKERS 3000u                   /* more than the first segments of the rows hold */

/* A process with two rows: one that all have, and one of a thread of its own. */
static struct snapshot *process(struct catalog *catalog, uint32_t number, bool judged)
{
	struct snapshot *snapshot = snapshot_new(catalog, 2);

	snapshot->process = number;
	snapshot->pid = (int32_t)number + 1000;
	snapshot->totals = (struct totals){ .current = 30, .blocks = 3, .allocations = 5,
					    .total = 90 };
	for (uint16_t i = 0; i < 2; i++) {
		struct snapshot_row *row = &snapshot->rows[i];

		row->trace.v = 7;
		row->thread = i ? (uint16_t)number : 0;
		rows_put(snapshot, i, (struct row_figures){
			.now = { .size = 10u + 10u * i, .count = 1u + i, .allocations = 2u + i,
				 .total = 45, .temporary = i },
			.peak = 20, .sizes = { [1] = 1u + i },
			.born = (10u + 10u * i) * number, .oldest = number,
		});
	}
	snapshot->growth = calloc(1, sizeof(*snapshot->growth));
	snapshot->growth->axis.now = number;
	if (!judged)
		return snapshot;
	snapshot->growth->axis.span[0].events = UINT32_MAX;
	snapshot->growth->rows = calloc(1, sizeof(*snapshot->growth->rows));
	snapshot->growth->rows[0].row = 1;
	snapshot->growth->length = 1;
	return snapshot;
}

static void add(struct sum *sum, struct snapshot *snapshot, bool holds)
{
	assert_true(sum_add(sum, snapshot, holds));
	snapshot_release(snapshot);
}

static void test_rows_add_up(void **state)
{
	struct catalog *catalog = catalog_new();
	struct sum *sum = sum_new(catalog);

	(void)state;
	for (uint32_t i = 1; i <= WORKERS; i++)
		add(sum, process(catalog, i, false), i % 2);
	struct snapshot *all = sum_snapshot(sum);

	assert_int_equal(all->rows_length, 1 + WORKERS);
	const struct row_figures *common = all->rows[0].figures;

	assert_int_equal(common->now.size, 10 * WORKERS / 2);
	assert_int_equal(common->now.count, WORKERS / 2);
	assert_int_equal(common->now.allocations, 2 * WORKERS);
	assert_int_equal(common->now.total, 45 * WORKERS);
	assert_int_equal(common->peak, 20 * WORKERS);
	assert_int_equal(common->sizes[1], WORKERS / 2);
	assert_int_equal(common->oldest, 1);
	assert_int_equal(common->born, 10 * (WORKERS / 2) * (WORKERS / 2));
	for (uint32_t i = 1; i <= WORKERS; i++) {
		const struct snapshot_row *own = &all->rows[i];

		assert_int_equal(own->thread, i);
		assert_int_equal(own->figures->now.size, i % 2 ? 20 : 0);
		assert_int_equal(own->figures->oldest, i % 2 ? i : 0);
		assert_int_equal(own->figures->now.temporary, 1);
	}
	assert_int_equal(all->totals.current, 30 * WORKERS / 2);
	assert_int_equal(all->totals.total, 90 * WORKERS);
	snapshot_release(all);
	sum_free(sum);
	catalog_release(catalog);
}

/* Processes that were too short and have no curves are one part, that of the others stays. */
static void test_processes_without_curves_are_counted(void **state)
{
	struct catalog *catalog = catalog_new();
	struct sum *sum = sum_new(catalog), *sums = sum_new(catalog);

	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		add(sum, process(catalog, i, i == 2), true);
	add(sums, sum_snapshot(sum), true);
	add(sums, process(catalog, 5, false), true);
	struct snapshot *all = sum_snapshot(sums);
	const struct snapshot_growth *silent = all->growth, *judged = silent->next;

	assert_int_equal(silent->processes, 4);
	assert_int_equal(silent->length, 0);
	assert_int_equal(silent->process, 5);
	assert_true(silent->axis.now == 5 && snapshot_census(all) == 5);
	assert_int_equal(judged->process, 2);
	assert_int_equal(judged->pid, 1002);
	assert_int_equal(judged->processes, 0);
	assert_int_equal(judged->length, 1);
	assert_int_equal(all->rows[judged->rows[0].row].thread, 2);
	assert_null(judged->next);
	assert_true(snapshot_judges(all));
	snapshot_release(all);
	sum_free(sum);
	sum_free(sums);
	catalog_release(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_add_up),
		cmocka_unit_test(test_processes_without_curves_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
