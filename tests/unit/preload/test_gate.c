/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the hooks jump while there is no call.  The gates and what stands behind them are
 * the test's own. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tracer/preload/behind/gate.c"

struct real real;
static bool pool_used;

bool real_pool_used(void) { return pool_used; }

static void *body(size_t size) { return (void *)(size + 1); }
static void *next(size_t size) { return (void *)(size + 2); }

GATE(malloc, body);
GATE(valloc, body);
GATE(pvalloc, body);

static int nothing_behind(void **state)
{
	(void)state;
	real = (struct real){.next = {[REAL_malloc] = (void *)next, [REAL_pvalloc] = (void *)next}};
	pool_used = false;
	gate_close();
	return 0;
}

static void test_a_gate_leads_to_its_body_from_the_start(void **state)
{
	(void)state;
	assert_ptr_equal(GATE_TO(malloc)(7), 8);
	assert_ptr_equal(GATE_TO(valloc)(7), 8);
}

static void test_an_open_gate_leads_past_us_and_back_once_it_is_closed(void **state)
{
	(void)state;
	gate_open();
	assert_ptr_equal(GATE_TO(malloc)(7), 9);
	assert_ptr_equal(GATE_TO(pvalloc)(7), 9);
	gate_close();
	assert_ptr_equal(GATE_TO(malloc)(7), 8);
	assert_ptr_equal(GATE_TO(pvalloc)(7), 8);
}

static void test_a_name_that_nobody_defines_keeps_its_body(void **state)
{
	(void)state;
	gate_open();
	assert_ptr_equal(GATE_TO(valloc)(7), 8);
}

static void test_no_gate_opens_while_blocks_of_the_pool_may_be_freed(void **state)
{
	(void)state;
	pool_used = true;
	gate_open();
	assert_ptr_equal(GATE_TO(malloc)(7), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_gate_leads_to_its_body_from_the_start),
#define TEST(name) cmocka_unit_test_setup(test_##name, nothing_behind)
		TEST(an_open_gate_leads_past_us_and_back_once_it_is_closed),
		TEST(a_name_that_nobody_defines_keeps_its_body),
		TEST(no_gate_opens_while_blocks_of_the_pool_may_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
