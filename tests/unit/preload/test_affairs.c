/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number that says whether anything has changed: none comes again, and whoever marks a
 * block raises it, whatever others have marked but not said yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tracer/preload/base/blocks.c"
#include "tracer/preload/base/tracer.c"
#include "tracer/preload/ring/full.c"

#define BLOCK UINT64_C(0x5000)

void *arena_map(uint64_t bytes) { return calloc(1, bytes); }
void arena_unmap(void *memory, uint64_t bytes)
{
	(void)bytes;
	free(memory);
}
void arena_wipe(void *memory, uint64_t bytes) { memset(memory, 0, bytes); }

static void test_no_number_comes_again_when_the_tracer_is_on_again(void **state)
{
	uint64_t last;

	(void)state;
	affairs_begin();
	affairs_change();
	affairs_change();
	last = affairs_now();
	affairs_end();
	affairs_change();
	assert_int_equal(affairs_now(), 0);
	affairs_begin();
	assert_true(affairs_now() > last);
	affairs_end();
}

static void test_no_number_of_its_parent_comes_again_in_a_child(void **state)
{
	uint64_t last;

	(void)state;
	affairs_begin();
	affairs_change();
	last = affairs_now();
	atomic_store(&tracer.affairs, 0);       /* as fork does it */
	affairs_begin();
	assert_true(affairs_now() > last);
	affairs_end();
}

static void test_a_mark_is_said_though_another_thread_has_only_counted_its_own(void **state)
{
	uint64_t before;

	(void)state;
	affairs_begin();
	atomic_store(&tracer.odd, 1);
	before = affairs_now();
	assert_true(full_mark(WIRE_MALLOC, BLOCK, FULL_UNSEEN));
	assert_true(affairs_now() > before);
	full_forget();
	affairs_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_number_comes_again_when_the_tracer_is_on_again),
		cmocka_unit_test(test_no_number_of_its_parent_comes_again_in_a_child),
		cmocka_unit_test(test_a_mark_is_said_though_another_thread_has_only_counted_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
