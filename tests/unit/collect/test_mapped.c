/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which module an address belongs to, where modules overlap or lie in the gaps
 * between another's segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>
#include "tracer/collect/names/mapped.h"

static struct fixture {
	pthread_mutex_t lock;
	struct symbolizer_options options;
	struct names *names;
	struct mapped *mapped;
} fixture = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int begin(void **state)
{
	(void)state;
	fixture.options = (struct symbolizer_options){ .catalog = catalog_new(),
						       .lock = &fixture.lock };
	fixture.names = names_new(&fixture.options);
	fixture.mapped = mapped_new(fixture.names, 0);
	return fixture.mapped ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	mapped_free(fixture.mapped);
	names_free(fixture.names);
	catalog_release(fixture.options.catalog);
	return 0;
}

static void put(uint32_t id, uint64_t start, uint64_t end)
{
	mapped_put(fixture.mapped, (struct module_id){ id }, start, end, start);
}

/* The module's id, 0 if there is none. */
static uint32_t at(uint64_t address)
{
	const struct mapped_module *module = mapped_find(fixture.mapped, address);
	return module ? module->id.v : 0;
}

static void one_in_the_gap_of_another(void **state)
{
	(void)state;
	put(100, 0x100000, 0x900000);
	put(200, 0x400000, 0x500000);
	assert_int_equal(at(0x100000), 100);
	assert_int_equal(at(0x3fffff), 100);
	assert_int_equal(at(0x400000), 200);
	assert_int_equal(at(0x4fffff), 200);
	assert_int_equal(at(0x500000), 100);
	assert_int_equal(at(0x8fffff), 100);
	assert_int_equal(at(0x900000), 0);
	assert_int_equal(mapped_find(fixture.mapped, 0x600000)->bias, 0x100000);
}

static void what_overlapped_is_gone(void **state)
{
	(void)state;
	put(100, 0x100000, 0x300000);
	put(200, 0x200000, 0x400000);
	assert_int_equal(at(0x100000), 0);
	assert_int_equal(at(0x2fffff), 200);
	put(300, 0x100000, 0x500000);
	assert_int_equal(at(0x2fffff), 300);
	for (uint32_t i = 1; i < 300; i++)
		put(i, i * UINT64_C(0x10000000), i * UINT64_C(0x10000000) + 0x1000);
	assert_int_equal(at(0x10000000), 1);
	assert_int_equal(at(0x10001000), 0);
}

/* The real thing: this program and its libraries, each segment of them. */
static void files_of_this_process(void **state)
{
	(void)state;
	struct mapped *mapped = mapped_new(fixture.names, getpid());
	mapped_read(mapped);
	const struct mapped_module *own = mapped_find(mapped, (uintptr_t)files_of_this_process);
	assert_non_null(own);
	assert_true(own->table != 0 && own->table_entries > 0);
	assert_true(own->start <= (uintptr_t)&fixture && own->end > (uintptr_t)&fixture);
	uint32_t id = own->id.v;
	assert_non_null(mapped_find(mapped, (uintptr_t)getpid));
	assert_int_not_equal(mapped_find(mapped, (uintptr_t)getpid)->id.v, id);
	mapped_free(mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_in_the_gap_of_another, begin, end),
		cmocka_unit_test_setup_teardown(what_overlapped_is_gone, begin, end),
		cmocka_unit_test_setup_teardown(files_of_this_process, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
