/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that double, numbers found by their hash, folders made on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/heap_bytes.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include "tracer/ground/folder.h"

static void an_array_keeps_what_it_holds_and_refuses_what_no_memory_has(void **state)
{
	size_t room = 0;
	int *items = NULL;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		assert_true(array_grow(&items, &room, i + 1, sizeof(*items)));
		items[i] = (int)i;
	}
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	assert_false(array_grow(&items, &room, SIZE_MAX / 2, sizeof(*items)));
	assert_int_equal(items[9999], 9999);
	free(items);
}

static bool same(const void *context, uint32_t value, const void *key)
{
	const uint32_t *words = context;

	return words[value] == *(const uint32_t *)key;
}

/* All hashes alike: the search has to tell the values apart by what they stand for. */
static void values_of_one_hash_are_told_apart(void **state)
{
	struct finder finder = {0};
	uint32_t words[501];

	(void)state;
	for (uint32_t value = 1; value <= 500; value++) {
		words[value] = value * 3;
		assert_int_equal(finder_find(&finder, 7, same, words, &words[value]), 0);
		assert_true(finder_room(&finder));
		assert_true(finder_put(&finder, 7, value));
	}
	for (uint32_t value = 1; value <= 500; value++)
		assert_int_equal(finder_find(&finder, 7, same, words, &words[value]), value);
	assert_int_equal(finder_find(&finder, 8, same, words, &words[1]), 0);
	assert_int_equal(finder_bytes(&finder), (finder.mask + 1) * sizeof(*finder.slots));
	finder_free(&finder);
}

static void reserved_room_is_kept(void **state)
{
	struct finder finder = {0};
	const struct finder_slot *slots;

	(void)state;
	assert_true(finder_reserve(&finder, 1000));
	slots = finder.slots;
	for (uint32_t value = 1; value <= 1000; value++)
		assert_true(finder_put(&finder, hash_mix(value, 0), value));
	assert_ptr_equal(finder.slots, slots);
	finder_free(&finder);
}

static void folders_are_made_up_to_the_last_slash(void **state)
{
	char path[64] = "/tmp/memtop-test-XXXXXX", whole[128];
	struct stat there;

	(void)state;
	assert_non_null(mkdtemp(path));
	snprintf(whole, sizeof(whole), "%s/a/b/file", path);
	assert_true(folder_make(whole));
	assert_true(folder_make(whole));
	assert_int_equal(stat(whole, &there), -1);
	snprintf(whole, sizeof(whole), "%s/a/b", path);
	assert_int_equal(stat(whole, &there), 0);
	assert_int_equal(there.st_mode & 0777, 0700);
	assert_false(folder_make((char[]){"/dev/null/x/y"}));
	rmdir(whole);
	snprintf(whole, sizeof(whole), "%s/a", path);
	rmdir(whole);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_keeps_what_it_holds_and_refuses_what_no_memory_has),
		cmocka_unit_test(values_of_one_hash_are_told_apart),
		cmocka_unit_test(reserved_room_is_kept),
		cmocka_unit_test(folders_are_made_up_to_the_last_slash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
