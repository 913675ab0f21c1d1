/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who freed what was never seen: by address, by module, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/heap/model.h"
#include "tracer/heap/unknown.h"

static uint64_t sum(const struct unknown_frees *frees)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < frees->length; i++) {
		all += frees->of[i].count;
		if (i + 1 < frees->length && frees->of[i + 1].module.v)
			assert_true(frees->of[i].count >= frees->of[i + 1].count);
	}
	return all;
}

static void test_modules(void **state)
{
	struct unknown_frees frees = {0};

	(void)state;
	unknown_add(&frees, (struct module_id){3}, 0);
	assert_int_equal(frees.length, 0);
	unknown_add(&frees, (struct module_id){0}, 100);
	unknown_add(&frees, (struct module_id){3}, 5);
	unknown_add(&frees, (struct module_id){4}, 6);
	assert_int_equal(frees.of[0].module.v, 4);
	assert_int_equal(frees.of[1].module.v, 3);
	assert_int_equal(frees.of[2].module.v, 0);
	unknown_add(&frees, (struct module_id){3}, 5);
	assert_int_equal(frees.of[0].module.v, 3);
	assert_int_equal(frees.of[0].count, 10);
	/* What finds no place is not lost. */
	for (uint32_t i = 10; i < 40; i++)
		unknown_add(&frees, (struct module_id){i}, i);
	assert_int_equal(frees.length, UNKNOWN_MODULES);
	assert_int_equal(frees.of[UNKNOWN_MODULES - 1].module.v, 0);
	assert_int_equal(sum(&frees), 116 + (10 + 39) * 30 / 2);
	/* The same where {0} came last. */
	frees = (struct unknown_frees){0};
	for (uint32_t i = 10; i < 40; i++)
		unknown_add(&frees, (struct module_id){i}, i);
	assert_int_equal(frees.length, UNKNOWN_MODULES);
	assert_int_equal(frees.of[UNKNOWN_MODULES - 1].module.v, 0);
	assert_int_equal(sum(&frees), (10 + 39) * 30 / 2);
	struct unknown_frees twice = frees;
	unknown_add_all(&twice, &frees);
	assert_int_equal(sum(&twice), (10 + 39) * 30);
}

static void test_callers(void **state)
{
	static struct unknown_callers callers;
	struct unknown_frees frees;

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		unknown_count(&callers, 0x1000 + i % 80, 1);
	unknown_count(&callers, 0, 1);
	unknown_count(&callers, 0x1000, -1);
	assert_int_equal(callers.length, UNKNOWN_CALLERS);
	callers.of[0].module.v = 7;
	unknown_sum(&callers, &frees);
	assert_int_equal(frees.of[0].module.v, 7);
	assert_int_equal(frees.of[0].count, 1);
	assert_int_equal(sum(&frees), 100);
}

/* An event as the tracer sends it: who freed stands in its size. */
static void apply(struct model *model, struct model_ring *ring, enum wire_kind kind,
		  uint64_t address, uint64_t who)
{
	struct wire_event event = wire_event_make(kind, WIRE_MALLOC, 1, address, who, 0);

	assert_int_equal(model_apply(model, ring, &event), 0);
}

static void test_model(void **state)
{
	struct catalog *catalog = catalog_new();
	struct model *model = model_new(catalog, (struct heap_memory){ 0 });
	struct model_ring ring = {0};
	struct snapshot *snapshot;
	struct totals totals;

	(void)state;
	apply(model, &ring, WIRE_RELEASE, 0x10, 0x4000);
	apply(model, &ring, WIRE_RELEASE, 0x10, WIRE_BY_NOBODY);
	/* What an allocator takes inside a hook it gives back there. */
	apply(model, &ring, WIRE_RELEASE, 0x10, WIRE_BY_ALLOCATOR);
	/* A realloc that failed has freed nothing. */
	apply(model, &ring, WIRE_REALLOC_RELEASE, 0x20, 0x4000);
	apply(model, &ring, WIRE_REALLOC_RESTORE, 0x20, 0);
	apply(model, &ring, WIRE_REALLOC_RELEASE, 0x20, WIRE_BY_ALLOCATOR);
	apply(model, &ring, WIRE_REALLOC_RESTORE, 0x20, 0);
	model_unknown(model)->of[0].module.v = 5;
	snapshot = model_freeze(model, MOMENT_EXIT);
	assert_int_equal(snapshot->totals.unknown_frees, 2);
	assert_int_equal(snapshot->unknown.length, 2);
	assert_int_equal(snapshot->unknown.of[0].module.v, 5);
	assert_int_equal(snapshot->unknown.of[0].count, 1);
	snapshot_release(snapshot);
	/* Of the peak, before them, nobody says who. */
	snapshot = model_freeze(model, MOMENT_PEAK);
	assert_int_equal(snapshot->unknown.length, 0);
	snapshot_release(snapshot);
	/* After this nobody knows which frees are of blocks that were forgotten. */
	model_clear(model);
	apply(model, &ring, WIRE_RELEASE, 0x30, 0x4000);
	model_totals(model, &totals);
	assert_int_equal(totals.unknown_frees, 2);
	model_free(model);
	catalog_release(catalog);
}

static void test_names(void **state)
{
	struct catalog *catalog = catalog_new();
	struct unknown_frees frees = {0};
	struct module module = {.name = catalog_intern(catalog, "libcurl.so.4", 12)};
	char text[32], small[16];

	(void)state;
	unknown_names(&frees, catalog, text, sizeof(text));
	assert_string_equal(text, "");
	unknown_add(&frees, catalog_add_module(catalog, &module), 12);
	unknown_add(&frees, (struct module_id){0}, 3);
	unknown_names(&frees, catalog, text, sizeof(text));
	assert_string_equal(text, "libcurl.so.4 12, ? 3");
	unknown_names(&frees, catalog, small, sizeof(small));
	assert_string_equal(small, "libcurl.so.4...");
	catalog_release(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules), cmocka_unit_test(test_callers),
		cmocka_unit_test(test_model), cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
