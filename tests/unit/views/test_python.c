/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules of Python frames, and native frames that stand for the Python line behind them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/unit/views/table_fixture.h"
#include "views/row/python.h"

#define PY "/root/.pyenv/versions/3.11.7"
#define EXTENSION PY "/lib/python3.11/lib-dynload/_ctypes.cpython-311.so"

static const char code[] =
	"f\t/home/ann/run.py\t3\t<module>\t\t4\t\n"                                       /* 1 */
	"f\t/home/ann/app/__init__.py\t1\t<module>\t\t4\t\n"                              /* 2 */
	"f\t/home/ann/app/net/__init__.py\t1\t<module>\t\t4\t\n"                          /* 3 */
	"f\t/home/ann/app/net/http.py\t9\t<listcomp>\t\t4\t\n"                            /* 4 */
	"f\t" PY "/lib/python3.11/json/decoder.py\t7\t<listcomp>\t\t4\t\n"                /* 5 */
	"f\t" PY "/lib/python3.11/json/__init__.py\t2\tloads\t\t4\t\n"                    /* 6 */
	"f\t/x/lib/python3.11/site-packages/six.py\t4\tnew\t\t4\t\n"                      /* 7 */
	"f\t<frozen importlib._bootstrap>\t5\t_load\t\t4\t\n"                             /* 8 */
	"f\t<string>\t5\t<module>\t\t4\t\n"                                               /* 9 */
	"f\t/usr/lib/libffi.so.8\t0\t+0x6f79\t/usr/lib/libffi.so.8\t0\tu\n"               /* 10 */
	"f\tModules/_ctypes/callproc.c\t923\tcall\t" EXTENSION "\t1\t\n"                  /* 11 */
	"f\tObjects/call.c\t214\t_PyObject_Call\t" PY "/bin/python3.11\t1\t\n"            /* 12 */
	"f\t/home/ann/ext.c\t50\text_make\t/home/ann/ext.cpython-311.so\t1\t\n"           /* 13 */
	"t\t100\tmain\n";

static const char held[] =
	"b\t1\t1\t100\t1\t2\t1\n"
	"b\t1\t1\t90\t1\t3\t2\t1\n"
	"b\t1\t1\t80\t1\t4\t1\n"
	"b\t1\t1\t70\t1\t5\t6\t1\n"
	"b\t1\t1\t60\t1\t6\t1\n"
	"b\t1\t1\t50\t1\t7\t1\n"
	"b\t1\t1\t40\t1\t8\t1\n"
	"b\t1\t1\t30\t1\t9\n"
	"b\t1\t1\t20\t1\t1\n"
	"b\t0\t1\t10\t1\t10\t11\t12\t4\t1\n"    /* through ctypes */
	"b\t0\t1\t9\t1\t12\t1\n"                /* in the interpreter itself */
	"b\t0\t1\t8\t1\t13\t12\t1\n"            /* an extension with lines */
	"b\t0\t1\t7\t1\t12\n";                  /* before there is any Python */

static void expect_python(struct view view, const char *want)
{
	struct snapshot *snapshot = heap_text_whole(&heap, code, held, "now");

	table_free(ask(&view, snapshot, NULL, want));
	heap_text_drop(snapshot);
}

static void test_a_file_has_the_name_that_import_has_for_it(void **state)
{
	(void)state;
	expect_python((struct view){.by = BY_MODULE},
		      "app 100 1\napp.net.http 90 2\napp.net 90 1\njson.decoder 70 1\n"
		      "json 60 1\nsix 50 1\nimportlib._bootstrap 40 1\n<string> 30 1\n"
		      "run 29 2\next.cpython-311.so 8 1\npython3.11 7 1\n");
}

static void test_comprehensions_of_two_files_are_two_functions(void **state)
{
	struct view view = {.by = BY_FUNCTION, .limit = 6};

	(void)state;
	expect_python(view, "<module> 100 1\n<listcomp> 90 2\n<module> 90 1\n<listcomp> 70 1\n"
			    "loads 60 1\nnew 50 1\n");
}

static void test_the_interpreters_own_code_stands_for_the_line_that_called_it(void **state)
{
	struct filter_error error;
	struct filter_list list = {.length = 1};

	(void)state;
	list.filters[0] = filter_parse("domain = malloc", &error);
	expect_python((struct view){.by = BY_LINENO, .filters = &list},
		      "/home/ann/app/net/http.py:9 10 1\n/home/ann/run.py:3 9 1\n"
		      "/home/ann/ext.c:50 8 1\nObjects/call.c:214 7 1\n");
	expect_python((struct view){.by = BY_LINENO, .filters = &list, .raw = true, .limit = 1},
		      "Objects/call.c:214 16 2\n");
	filter_free(list.filters[0]);
}

static void test_a_long_path_is_cut(void **state)
{
	char text[8];

	(void)state;
	python_module(NULL, "/a/longname.py", text, sizeof(text));
	assert_string_equal(text, "longnam");
	python_module(NULL, "relative.py", text, sizeof(text));
	assert_string_equal(text, "relativ");
	python_module(NULL, "", text, sizeof(text));
	assert_string_equal(text, "");
	python_module(NULL, "/", text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_has_the_name_that_import_has_for_it),
		cmocka_unit_test(test_comprehensions_of_two_files_are_two_functions),
		cmocka_unit_test(test_the_interpreters_own_code_stands_for_the_line_that_called_it),
		cmocka_unit_test(test_a_long_path_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
