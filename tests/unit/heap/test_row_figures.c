/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures that are kept once for all rows that have the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/heap/rows.h"
#include "tracer/heap/catalog/catalog.h"

#define ROWS 40000u

static struct row_figures of_size(uint64_t size)
{
	return (struct row_figures){ .now = { size, 1, 1, size, 0 }, .sizes = { 1 } };
}

/* A snapshot whose row i has a block of i % kinds bytes. */
static struct snapshot *make(uint32_t kinds)
{
	struct catalog *catalog = catalog_new();
	struct snapshot *snapshot = snapshot_new(catalog, ROWS);

	assert_non_null(snapshot);
	catalog_release(catalog);
	for (uint32_t i = 0; i < ROWS; i++) {
		assert_ptr_equal(snapshot->rows[i].figures, &row_figures_none);
		snapshot->rows[i].trace.v = i;
		rows_put(snapshot, i, of_size(i % kinds));
	}
	return snapshot;
}

static void has_kinds(const struct snapshot *snapshot, uint32_t kinds)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		struct row_figures wanted = of_size(i % kinds);

		assert_int_equal(snapshot->rows[i].trace.v, i);
		assert_true(row_figures_same(snapshot->rows[i].figures, &wanted));
		assert_int_equal(snapshot->rows[i].figures->digest,
				 snapshot->rows[i % kinds].figures->digest);
	}
}

static void test_equal_figures_are_kept_once(void **state)
{
	struct snapshot *few = make(100), *many = make(6000);

	(void)state;
	has_kinds(few, 100);
	assert_int_equal(few->figures.length, 100);
	assert_ptr_equal(few->rows[7].figures, few->rows[39907].figures);
	assert_in_range(snapshot_bytes(few), ROWS * sizeof(*few->rows), ROWS * 17);
	has_kinds(many, 6000);
	assert_int_equal(many->figures.length, 6000);
	snapshot_release(few);
	snapshot_release(many);
}

/* Then they are not looked for any more, and each row has its own. */
static void test_where_none_is_equal_each_row_has_its_own(void **state)
{
	struct snapshot *all = make(ROWS);

	(void)state;
	has_kinds(all, ROWS);
	assert_int_equal(all->figures.length, ROWS);
	assert_null(all->figures.index.slots);
	rows_put(all, 1, of_size(ROWS - 1));
	assert_ptr_not_equal(all->rows[1].figures, all->rows[ROWS - 1].figures);
	assert_true(row_figures_same(all->rows[1].figures, all->rows[ROWS - 1].figures));
	snapshot_release(all);
}

/* It begins again when there turn out to be many that are equal. */
static void test_the_search_begins_again(void **state)
{
	struct row_figures same = of_size(1 << 20), later = of_size(1 << 21), one;
	struct figures_lately lately = { 0 };
	struct kept_figures kept = { .length = 0 };

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		one = of_size(i);
		row_figures_lately(&kept, &lately, &one);
	}
	assert_null(kept.index.slots);
	for (uint32_t i = 0; i < 20000; i++)
		row_figures_lately(&kept, &lately, &same);
	assert_int_equal(kept.length, 10001);
	assert_ptr_equal(row_figures_keep(&kept, &later), row_figures_keep(&kept, &later));
	row_figures_free(&kept);
}

/* Each figure counts, and the digest is none of them. */
static void test_what_differs_is_another(void **state)
{
	struct row_figures one = of_size(7), other = one;
	struct kept_figures kept = { .length = 0 };
	const struct row_figures *first = row_figures_keep(&kept, &one);

	(void)state;
	other.digest = 99;
	assert_ptr_equal(row_figures_keep(&kept, &other), first);
	for (size_t byte = 0; byte < offsetof(struct row_figures, digest); byte++) {
		other = one;
		((unsigned char *)&other)[byte] ^= 1;
		assert_ptr_not_equal(row_figures_keep(&kept, &other), first);
		assert_false(row_figures_same(&other, first));
	}
	assert_int_equal(kept.length, 1 + offsetof(struct row_figures, digest));
	row_figures_free(&kept);
}

/* Figures that share a place in turn, and differ in any number. */
static void test_what_was_kept_lately_is_what_is_kept(void **state)
{
	static struct figures_lately lately;
	struct row_figures one = of_size(7), other = one;
	struct kept_figures kept = { .length = 0 };
	const struct row_figures *first = row_figures_lately(&kept, &lately, &one);
	uint64_t asked = 1;

	(void)state;
	assert_ptr_equal(row_figures_keep(&kept, &one), first);
	for (size_t byte = 0; byte < offsetof(struct row_figures, digest); byte++) {
		other = one;
		((unsigned char *)&other)[byte] ^= 1;
		const struct row_figures *second = row_figures_lately(&kept, &lately, &other);

		assert_ptr_not_equal(second, first);
		assert_true(row_figures_same(second, &other));
		assert_ptr_equal(row_figures_lately(&kept, &lately, &other), second);
		assert_ptr_equal(row_figures_keep(&kept, &other), second);
		assert_ptr_equal(row_figures_lately(&kept, &lately, &one), first);
		asked += 4;
	}
	assert_int_equal(kept.length, 1 + offsetof(struct row_figures, digest));
	assert_int_equal(kept.asked, asked + 1);
	row_figures_free(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_figures_are_kept_once),
		cmocka_unit_test(test_where_none_is_equal_each_row_has_its_own),
		cmocka_unit_test(test_the_search_begins_again),
		cmocka_unit_test(test_what_differs_is_another),
		cmocka_unit_test(test_what_was_kept_lately_is_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
