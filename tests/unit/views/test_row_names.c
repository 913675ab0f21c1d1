/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row is named by whose blocks came through several functions, files or modules. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "tests/views/heap_text.h"
#include "views/table/table.h"

static struct heap_text heap;

/* The first row of a view over blocks of frames of its own. */
static void expect_first(const char *text, struct view view, bool diff, const char *function,
			 const char *file, const char *module, enum lang lang)
{
	char problem[256];
	heap_text_begin(&heap, NULL);
	struct snapshot *snapshot = heap_text_parse(&heap, text, "now"), *none;
	struct catalog *catalog = snapshot->catalog;
	none = snapshot_new(catalog, 0);
	struct table *table = table_build(&view, diff ? none : snapshot, diff ? snapshot : NULL,
					  problem);
	const struct row *row = table_row(table, 0);

	assert_int_equal(table->length, 1);
	assert_string_equal(row->newest.function, function);
	assert_string_equal(row->newest.file, file);
	assert_string_equal(row->newest.module, module);
	assert_int_equal(row->newest.lang, lang);
	table_free(table);
	snapshot_release(none);
	snapshot_release(snapshot);
	catalog_release(catalog);
}

/* What is true of some frames of a row does not stand for all of them. */
static void test_one_line_of_several_functions(void **state)
{
	static const char def[] = "f\t/s/a.py\t1\t<module>\tpython3\t4\t\n"
				  "f\t/s/a.py\t1\tf\tpython3\t4\t\n"
				  "f\t/s/a.py\t9\tmain\tpython3\t4\t\n"
				  "b\t1\t0\t150\t1\t1\nb\t1\t0\t400\t1\t2\t1\n";
	struct view view = {.by = BY_LINENO};
	char many[4096];
	size_t n = 0;

	(void)state;
	expect_first(def, view, false, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	expect_first(def, view, true, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	view.cumulative = true;
	expect_first(def, view, false, "f, <module>", "/s/a.py", "python3", LANG_PYTHON);
	view = (struct view){.by = BY_LINENO};
	for (int i = 0; i < 7; i++)
		n += (size_t)sprintf(many + n, "f\t/s/a.h\t1\tcopy%d\t/lib/lib%c.so\t%d\ti\n", i,
				     i < 3 ? 'a' : 'b', i < 6 ? LANG_CXX : LANG_C);
	for (int i = 0; i < 7; i++)
		n += (size_t)sprintf(many + n, "b\t0\t0\t%d\t1\t%d\n", i == 4 ? 99 : 7 - i, i + 1);
	expect_first(many, view, false, "copy4, copy0, copy1 and 4 more", "/s/a.h",
		     "libb.so, liba.so", LANG_NONE);
	/* A function of one name in two files of a module. */
	view.by = BY_FUNCTION;
	expect_first("f\t/s/a.c\t1\tinit\t/bin/w\t1\t\nf\t/s/b.c\t1\tinit\t/bin/w\t1\t\n"
		     "b\t0\t0\t5\t1\t1\nb\t0\t0\t6\t1\t2\n",
		     view, false, "init", "", "w", LANG_C);
	view.by = BY_FILENAME;
	expect_first(many, view, false, "", "/s/a.h", "libb.so, liba.so", LANG_NONE);
}

static void test_a_line_of_very_many_functions(void **state)
{
	char *text = malloc(1 << 16);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(text + n, "f\t/s/a.h\t1\tc%03d\t/bin/w\t2\t\n", i);
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(text + n, "b\t0\t0\t8\t1\t%d\n", i + 1);
	expect_first(text, (struct view){.by = BY_LINENO}, false, "c000, c001, c002 and many more",
		     "/s/a.h", "w", LANG_CXX);
	free(text);
}

/* GLib's static functions in a stripped library, between its malloc and its hash table. */
static void test_functions_without_names_below_a_wrapper(void **state)
{
	static const char *const stacks[][3] = {
		{ "4\t1\t2\t3\t5", "main", "w" },
		{ "1\t2\t3\t5", "main", "w" },
		{ "4\t1\t5", "+0x404cc", "libg.so" },                /* not called by a wrapper */
		{ "4\t1\t6\t5", "+0x404cc", "libg.so" },             /* by one of another module */
		{ "4\t1\t7\t3\t5", "+0x404cc", "libg.so" },          /* a function with a name between */
		{ "4\t1\t3", "+0x404cc", "libg.so" },                /* by nobody else */
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
		snprintf(text, sizeof text,
			 "f\t/l/libg.so\t0\t+0x404cc\t/l/libg.so\t0\tu\n"
			 "f\t/l/libg.so\t0\t+0x72993\t/l/libg.so\t0\tu\n"
			 "f\t/l/libg.so\t0\tg_hash_table_insert\t/l/libg.so\t0\tw\n"
			 "f\t/l/libg.so\t0\tg_malloc\t/l/libg.so\t0\tw\n"
			 "f\t/s/m.c\t9\tmain\t/bin/w\t1\t\n"
			 "f\t/l/libx.so\t0\txmalloc\t/l/libx.so\t0\tw\n"
			 "f\t/l/libg.so\t0\tg_log\t/l/libg.so\t0\t\n"
			 "b\t0\t0\t8\t1\t%s\n", stacks[i][0]);
		bool named = !strcmp(stacks[i][1], "main");
		expect_first(text, (struct view){.by = BY_LINENO}, false, stacks[i][1],
			     named ? "/s/m.c" : "/l/libg.so", stacks[i][2],
			     named ? LANG_C : LANG_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line_of_several_functions),
		cmocka_unit_test(test_a_line_of_very_many_functions),
		cmocka_unit_test(test_functions_without_names_below_a_wrapper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
