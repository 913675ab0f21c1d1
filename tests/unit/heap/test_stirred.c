/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory in which blocks began and ended comes by address, merged, and takes no more room
 * than there were stretches at once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tracer/heap/live/stirred.h"

static struct stirred_stretch seen[8];
static size_t seen_length;

static int see(void *user, uint64_t address, uint64_t size)
{
	assert_true(seen_length < 8);
	seen[seen_length++] = (struct stirred_stretch){ address, address + size };
	return user ? -EAGAIN : 0;
}

static void test_stretches_come_by_address_and_merged(void **state)
{
	struct stirred stirred = { 0 };

	(void)state;
	stirred_watch(&stirred, true);
	assert_true(stirred.on);
	stirred_note(&stirred, 5000, 100);
	stirred_note(&stirred, 1000, 50);
	stirred_note(&stirred, 1050, 50);
	stirred_note(&stirred, 1010, 10);
	stirred_note(&stirred, 3000, 0);
	seen_length = 0;
	assert_int_equal(stirred_each(&stirred, see, NULL), 0);
	assert_int_equal(seen_length, 3);
	assert_int_equal(seen[0].start, 1000);
	assert_int_equal(seen[0].end, 1100);
	assert_int_equal(seen[1].start, 3000);
	assert_int_equal(seen[1].end, 3001);
	assert_int_equal(seen[2].end, 5100);
	seen_length = 0;
	assert_int_equal(stirred_each(&stirred, see, &stirred), -EAGAIN);
	assert_int_equal(seen_length, 1);
	stirred_watch(&stirred, false);
	assert_false(stirred.on);
	assert_null(stirred.of);
}

static void test_the_same_memory_a_million_times_is_one_stretch(void **state)
{
	struct stirred stirred = { 0 };

	(void)state;
	stirred_watch(&stirred, true);
	for (unsigned i = 0; i < 1000000; i++)
		stirred_note(&stirred, 4096 + i % 7 * 64, 48);
	assert_true(stirred.room < 1000);
	seen_length = 0;
	assert_int_equal(stirred_each(&stirred, see, NULL), 0);
	assert_int_equal(seen_length, 7);
	stirred_watch(&stirred, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stretches_come_by_address_and_merged),
		cmocka_unit_test(test_the_same_memory_a_million_times_is_one_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
