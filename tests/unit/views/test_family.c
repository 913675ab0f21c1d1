/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which frames are of a library's inside, and the rows of a tree that stand for them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/row/family.h"
#include "views/table/tree.h"

static enum frame_family of(const char *file, const char *function, const char *module,
			    enum lang lang)
{
	const struct row_frame frame = {.file = file, .function = function, .module = module,
					.line = 1, .lang = lang};

	return family_of(&frame);
}

static void test_each_family_is_known_by_its_names(void **state)
{
	(void)state;
	assert_int_equal(of("/usr/include/c++/12/vector", "f", "a", LANG_CXX), FAMILY_LIBSTDCXX);
	assert_int_equal(of("/a.cc", "std::function<void ()>::operator()() const", "a", LANG_CXX),
			 FAMILY_LIBSTDCXX);
	assert_int_equal(of("/opt/llvm/include/c++/v1/vector", "std::__1::f", "a", LANG_CXX),
			 FAMILY_LIBCXX);
	assert_int_equal(of("/rustc/90c5/library/alloc/src/vec.rs", "f", "a", LANG_RUST),
			 FAMILY_RUST);
	assert_int_equal(of("/a.rs", "std::thread::spawn", "a", LANG_RUST), FAMILY_RUST);
	assert_int_equal(of("/lib/libc.so.6", "__libc_start_main_impl", "libc.so.6", LANG_NONE),
			 FAMILY_START);
	/* Until glibc 2.33, and without debug information. */
	assert_int_equal(of("", "?", "ld-2.31.so", LANG_NONE), FAMILY_LOADER);
	assert_int_equal(of("elf/dl-init.c", "_dl_init", "ld-linux-x86-64.so.2", LANG_C),
			 FAMILY_LOADER);
	assert_int_equal(of("<frozen importlib._bootstrap>", "_load", "", LANG_PYTHON),
			 FAMILY_IMPORT);
	assert_int_equal(of("/usr/bin/python3.11", "_PyEval_Eval", "python3.11", LANG_C),
			 FAMILY_CPYTHON);
	assert_int_equal(of("/home/ann/worker.py", "std::f", "", LANG_PYTHON), FAMILY_NONE);
	assert_int_equal(of("/home/ann/a.c", "main", "a", LANG_C), FAMILY_NONE);
	assert_string_equal(family_name(FAMILY_LIBSTDCXX), "libstdc++");
}

static void test_a_wrapper_of_no_library_is_of_the_wrappers(void **state)
{
	const struct row_frame frame = {.file = "/a.c", .function = "xmalloc", .module = "a",
					.wrapper = true};

	(void)state;
	assert_int_equal(family_of(&frame), FAMILY_WRAPPER);
}

static const char code[] =
	"f\t/src/main.cc\t10\tmain\t/bin/worker\t2\t\n"                            /* 1 */
	"f\t/usr/include/c++/12/algo.h\t1\tstd::each\t/bin/worker\t2\t\n"          /* 2 */
	"f\t/usr/include/c++/12/func.h\t2\tstd::call\t/bin/worker\t2\t\n"          /* 3 */
	"f\t/usr/include/c++/12/invoke.h\t3\tstd::invoke\t/bin/worker\t2\t\n"      /* 4 */
	"f\t/src/work.cc\t20\twork\t/bin/worker\t2\t\n"                            /* 5 */
	"f\t/usr/include/c++/12/new.h\t4\toperator new\t/bin/worker\t2\tw\n"       /* 6 */
	"t\t100\tmain\n";

static const char chain[] =
	"b\t0\t1\t100\t1\t6\t5\t4\t3\t2\t1\n"
	"b\t0\t1\t10\t1\t5\t4\t3\t2\t1\n";

static bool always(void *user, const struct row *row)
{
	(void)user;
	return row->key[0] != '\0';
}

static bool never(void *user, const struct row *row)
{
	(void)user;
	return row->key[0] == '\0';
}

static void expect_rows(bool inverted, bool (*fold)(void *user, const struct row *row),
			const char *want)
{
	const struct view view = {.by = BY_TREE, .inverted = inverted};
	struct snapshot *snapshot = heap_text_whole(&heap, code, chain, "now");
	char problem[256], text[2048] = "";
	struct table *table = table_build(&view, snapshot, NULL, problem);
	struct tree_walk walk = tree_walk(table, NULL, NULL);
	size_t at = 0;

	walk.fold = fold;
	assert_true(tree_flatten(table, walk, SIZE_MAX));
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%u %s x%u %d\n", row->depth,
				       row->newest.function, row->folded, (int)row->now.size);
	}
	assert_string_equal(text, want);
	table_free(table);
	heap_text_drop(snapshot);
}

static void test_a_chain_of_one_family_is_one_row(void **state)
{
	(void)state;
	expect_rows(false, always, "1 main x0 110\n2 std::each x3 110\n5 work x0 110\n"
				   "6 operator new x0 100\n");
	expect_rows(false, never, "1 main x0 110\n2 std::each x0 110\n3 std::call x0 110\n"
				  "4 std::invoke x0 110\n5 work x0 110\n6 operator new x0 100\n");
}

static void test_callees_first_folds_too(void **state)
{
	(void)state;
	expect_rows(true, always, "1 work x0 110\n2 std::invoke x3 110\n5 main x0 110\n");
}

static void test_a_fold_knows_what_it_hangs_from_and_its_stacks(void **state)
{
	const struct view view = {.by = BY_TREE};
	struct snapshot *snapshot = heap_text_whole(&heap, code, chain, "now");
	char problem[256];
	struct table *table = table_build(&view, snapshot, NULL, problem), *drilled;
	struct tree_walk walk = tree_walk(table, NULL, NULL);
	uint64_t folded[5], whole[5];

	(void)state;
	walk.fold = always;
	assert_true(tree_flatten(table, walk, SIZE_MAX));
	assert_int_equal(table_row(table, 2)->depth, 5);
	tree_paths(table, table_row(table, 2), folded);
	drilled = table_drill(table, table_row(table, 1), problem);
	assert_non_null(drilled);
	assert_int_equal(drilled->length, 2);
	assert_int_equal(drilled->sum.size, 110);
	table_free(drilled);
	walk = tree_walk(table, NULL, NULL);
	assert_true(tree_flatten(table, walk, SIZE_MAX));
	tree_paths(table, table_row(table, 4), whole);
	assert_memory_equal(folded, whole, sizeof(folded));
	for (unsigned i = 0; i < 5; i++)
		assert_true(folded[i] == table_row(table, i)->path);
	table_free(table);
	heap_text_drop(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_family_is_known_by_its_names),
		cmocka_unit_test(test_a_wrapper_of_no_library_is_of_the_wrappers),
		cmocka_unit_test(test_a_chain_of_one_family_is_one_row),
		cmocka_unit_test(test_callees_first_folds_too),
		cmocka_unit_test(test_a_fold_knows_what_it_hangs_from_and_its_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
