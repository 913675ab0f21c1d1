/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live run keeps of its past (run/kept.h), and of its output (run/transcript.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/collect/run/state/kept.h"
#include "tracer/collect/run/state/transcript.h"
#include "tracer/heap/catalog/catalog.h"

/* Keeps a snapshot of each of these processes under one name. */
static int keep(struct kept *kept, struct catalog *catalog, const char *name,
		const uint32_t *processes, size_t length)
{
	struct snapshot *all[4];

	for (size_t i = 0; i < length; i++) {
		all[i] = snapshot_new(catalog, 0);
		all[i]->process = processes[i];
	}
	int number = kept_add(kept, all, length, name);
	for (size_t i = 0; i < length; i++)
		snapshot_release(all[i]);
	return number;
}

static void free_found(struct snapshot **found, size_t length)
{
	for (size_t i = 0; i < length; i++)
		snapshot_release(found[i]);
	free(found);
}

static void a_name_means_the_newest_snapshot_that_has_it(void **state)
{
	struct catalog *catalog = catalog_new();
	struct kept *kept = kept_new();
	static const uint32_t processes[] = { 1, 2, 0 };
	size_t length;
	(void)state;
	assert_int_equal(keep(kept, catalog, "warm", processes, 1), 1);
	assert_int_equal(keep(kept, catalog, "warm", processes, 3), 2);
	assert_int_equal(keep(kept, catalog, NULL, processes, 1), 3);
	struct snapshot **found = kept_find(kept, "warm", &length);
	assert_int_equal(length, 3);
	assert_int_equal(found[0]->number, 2);
	assert_int_equal(found[0]->kind, MOMENT_NAMED);
	assert_int_equal(found[1]->process, 2);
	assert_int_equal(found[2]->process, 0);
	free_found(found, length);
	found = kept_find(kept, "1", &length);
	assert_int_equal(length, 1);
	free_found(found, length);
	assert_null(kept_find(kept, "cold", &length));
	assert_null(kept_find(kept, "4", &length));
	assert_int_equal(kept_newest(kept), 3);
	kept_free(kept);
	catalog_release(catalog);
}

static void moments_of_all_processes_name_each_number_once(void **state)
{
	struct catalog *catalog = catalog_new();
	struct kept *kept = kept_new();
	static const uint32_t processes[] = { 1, 2, 0 };
	size_t length;
	(void)state;
	keep(kept, catalog, "a", processes, 3);
	keep(kept, catalog, "b", processes + 1, 1);
	struct moment *moments = kept_moments(kept, 0, 1, &length);
	assert_int_equal(length, 2);
	assert_string_equal(moments[1].name, "b");
	free(moments);
	moments = kept_moments(kept, 1, 0, &length);
	assert_int_equal(length, 1);
	assert_int_equal(moments[0].number, 1);
	free(moments);
	kept_free(kept);
	catalog_release(catalog);
}

static void an_exec_keeps_snapshots_and_no_end(void **state)
{
	struct catalog *catalog = catalog_new();
	struct kept *kept = kept_new();
	struct snapshot *finalize = snapshot_new(catalog, 0);
	static const uint32_t processes[] = { 1, 2 };
	size_t length;
	(void)state;
	keep(kept, catalog, "a", processes, 2);
	kept_set_finalize(kept, finalize);
	snapshot_release(finalize);
	kept_forget(kept, 2);
	struct snapshot **found = kept_find(kept, "a", &length);
	assert_int_equal(length, 2);
	free_found(found, length);
	finalize = kept_finalize(kept);
	assert_non_null(finalize);
	snapshot_release(finalize);
	keep(kept, catalog, "b", processes, 2);
	kept_drop(kept, 1);
	assert_null(kept_find(kept, "a", &length));
	found = kept_find(kept, "b", &length);
	assert_int_equal(length, 2);
	free_found(found, length);
	kept_forget(kept, 1);
	assert_null(kept_finalize(kept));
	assert_int_equal(kept_newest(kept), 2);
	kept_free(kept);
	catalog_release(catalog);
}

static void a_full_timeline_keeps_every_second_point(void **state)
{
	struct kept *kept = kept_new();
	struct point *points = malloc(KEPT_POINTS * sizeof(*points));
	(void)state;
	for (unsigned i = 0; i < KEPT_POINTS; i++)
		kept_point(kept, &(struct point){ .time = i });
	assert_int_equal(kept_points(kept, points), KEPT_POINTS);
	assert_true(kept_point_due(kept, KEPT_POINTS - 1 + 0.25));
	kept_point(kept, &(struct point){ .time = KEPT_POINTS });
	assert_int_equal(kept_points(kept, points), KEPT_POINTS / 2 + 1);
	assert_true(points[0].time == 1 && points[1].time == 3);
	assert_true(points[KEPT_POINTS / 2].time == KEPT_POINTS);
	assert_false(kept_point_due(kept, KEPT_POINTS + 0.25));
	assert_true(kept_point_due(kept, KEPT_POINTS + 0.5));
	free(points);
	kept_free(kept);
}

static void marks_are_handed_out_as_copies(void **state)
{
	struct kept *kept = kept_new();
	char text[] = "load";
	size_t length;
	(void)state;
	assert_int_equal(kept_mark(kept, &(struct mark){ 2.5, text }), 0);
	text[0] = 'r';
	struct mark *marks = kept_marks(kept, &length);
	assert_int_equal(length, 1);
	assert_string_equal(marks[0].text, "load");
	free(marks[0].text);
	free(marks);
	kept_free(kept);
}

static void who_reads_late_gets_the_newest_output(void **state)
{
	struct transcript *transcript = transcript_new();
	uint64_t position = 0;
	char bytes[8];
	(void)state;
	transcript_write(transcript, "one\ntwo\n", 8);
	assert_int_equal(transcript_read(transcript, &position, bytes, 4), 4);
	assert_memory_equal(bytes, "two\n", 4);
	assert_int_equal(position, 8);
	assert_int_equal(transcript_read(transcript, &position, bytes, 8), 0);
	for (unsigned i = 0; i < 200000; i++)
		transcript_write(transcript, "123456\n", 7);
	position = 0;
	assert_int_equal(transcript_read(transcript, &position, bytes, 7), 7);
	assert_memory_equal(bytes, "123456\n", 7);
	transcript_free(transcript);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_means_the_newest_snapshot_that_has_it),
		cmocka_unit_test(moments_of_all_processes_name_each_number_once),
		cmocka_unit_test(an_exec_keeps_snapshots_and_no_end),
		cmocka_unit_test(a_full_timeline_keeps_every_second_point),
		cmocka_unit_test(marks_are_handed_out_as_copies),
		cmocka_unit_test(who_reads_late_gets_the_newest_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
