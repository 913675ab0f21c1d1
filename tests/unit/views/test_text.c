/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two text formats, letter by letter. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/text/text.h"

static const char heap_lines[] =
	"f\t/a/z.py\t30\tmake\t\t4\t\n"
	"f\t/a/main.py\t2\t<module>\t\t4\t\n"
	"f\t/lib/li\x1b[1mb.so\t0\tgrow\t/lib/lib.so\t0\tu\n"
	"t\t7\tmain\n";
static const char new_blocks[] = "b\t0\t1\t1000\t4\t1\t2\nb\t0\t1\t234\t1\t1\t2\n"
				 "b\t0\t1\t4096\t1\t3\t2\nF\t0\t1\t2\t10\t1\t0\t2\n";

static struct heap_text heap;
static struct kept kept;

static struct snapshot *take(const char *blocks, const char *name)
{
	return heap_text_whole(&heap, heap_lines, blocks, name);
}

static int source(void *user, const char *path, unsigned line, char *text, size_t size)
{
	(void)user;
	if (strcmp(path, "/a/z.py"))
		return -1;
	return snprintf(text, size, line == 30 ? "\t  x = make(%s)  \n" : "  \n", "n");
}

typedef int (*printer)(const struct table *, text_source, void *, struct sink *);

static void expect(printer print, struct view view, struct snapshot *now, struct snapshot *old,
		   const char *want)
{
	struct sink sink = {.write = kept_write, .user = &kept};
	char problem[256];
	struct table *table = table_build(&view, now, old, problem);

	assert_non_null(table);
	kept = (struct kept){0};
	assert_int_equal(print(table, source, NULL, &sink), 0);
	assert_string_equal(kept.text ? kept.text : "", want);
	free(kept.text);
	table_free(table);
}

static void test_statistic(void **state)
{
	struct snapshot *now = take(new_blocks, "now");

	(void)state;
	/* C code without lines: the Python line that called it. */
	expect(text_tracemalloc, (struct view){.by = BY_LINENO}, now, NULL,
	       "/a/z.py:30: size=4234 B, count=5, average=847 B\n"
	       "/a/main.py:2: size=4096 B, count=1, average=4096 B\n");
	expect(text_tracemalloc, (struct view){.by = BY_LINENO, .raw = true}, now, NULL,
	       "/a/z.py:30: size=4234 B, count=5, average=847 B\n"
	       "/lib/li\\x1b[1mb.so!grow:0: size=4096 B, count=1, average=4096 B\n");
	expect(text_tracemalloc, (struct view){.by = BY_FILENAME, .limit = 1}, now, NULL,
	       "/a/z.py:0: size=4234 B, count=5, average=847 B\n");
	/* str(Traceback) is its oldest frame. */
	expect(text_tracemalloc, (struct view){.by = BY_TRACEBACK, .limit = 2}, now, NULL,
	       "/a/main.py:2: size=4234 B, count=5, average=847 B\n"
	       "  File \"/a/main.py\", line 2\n"
	       "  File \"/a/z.py\", line 30\n"
	       "    x = make(n)\n"
	       "/a/main.py:2: size=4096 B, count=1, average=4096 B\n"
	       "  File \"/a/main.py\", line 2\n"
	       "  File \"/lib/li\\x1b[1mb.so!grow\", line 0\n");
	expect(text_tracemalloc, (struct view){.by = BY_THREAD}, now, NULL,
	       "7 main: size=8330 B, count=6, average=1388 B\n");
	heap_text_drop(now);
}

static void test_statistic_diff(void **state)
{
	struct snapshot *old = take("b\t0\t1\t1024\t3\t1\t2\n", "old");
	struct snapshot *now = take("b\t0\t1\t4096\t1\t2\n", "now");

	(void)state;
	expect(text_tracemalloc, (struct view){.by = BY_LINENO}, now, old,
	       "/a/main.py:2: size=4096 B (+4096 B), count=1 (+1), average=4096 B\n"
	       "/a/z.py:30: size=0 B (-3072 B), count=0 (-3)\n");
	expect(text_table, (struct view){.by = BY_LINENO}, now, old,
	       "memory by lineno, new minus old: now (00:00:00) minus old (00:00:00)\n"
	       "allocator wrappers are skipped\n"
	       "\n"
	       "size diff    size  old size  count diff  count  average  location\n"
	       "  +4096 B  4096 B       0 B          +1      1   4096 B  /a/main.py:2  <module>\n"
	       "  -3072 B     0 B    3072 B          -3      0        -  /a/z.py:30  make\n"
	       "\n"
	       "total: 4096 B in 1 block, old 3072 B in 3 blocks, new minus old +1024 B, -2 "
	       "blocks\n");
	heap_text_drop(old);
	heap_text_drop(now);
}

/* A filter that is empty says nothing, and one frame is no number of frames. */
static void test_head(void **state)
{
	struct snapshot *now = take("b\t0\t1\t8\t1\t2\n", "now");
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse(" ", &error)}};

	(void)state;
	expect(text_table, (struct view){.by = BY_TRACEBACK, .frames = 1, .filters = &list}, now,
	       NULL,
	       "memory by traceback, at now (00:00:00)\n"
	       "stacks equal in their newest frame are one row\n"
	       "allocator wrappers are skipped\n"
	       "\n"
	       "size    %  count  average  total  allocations  temporary  peak  location\n"
	       " 8 B  100      1      8 B    8 B            1          0   8 B  /a/main.py:2  <module>\n"
	       "      File \"/a/main.py\", line 2, in <module>\n"
	       "\n"
	       "total: 8 B in 1 block; ever 8 B in 1 allocation, 0 temporary\n");
	filter_free(list.filters[0]);
	heap_text_drop(now);
}

static void test_table(void **state)
{
	struct snapshot *now = take(new_blocks, "warm\nup");
	struct filter_error error;
	struct filter_list list = {.length = 1, .filters = {filter_parse("-*nothing*", &error)}};

	(void)state;
	now->kind = MOMENT_NAMED;
	now->number = 2;
	now->time = 61;
	now->totals.lost = 3;
	expect(text_table, (struct view){.by = BY_TRACEBACK, .limit = 2, .filters = &list}, now,
	       NULL,
	       "memory by traceback, at snapshot 2 \"warm\\nup\" (00:01:01), 2 of 3 rows\n"
	       "filter: -*nothing*\n"
	       "allocator wrappers are skipped\n"
	       "\n"
	       "  size     %  count  average   total  allocations  temporary    peak  location\n"
	       "4234 B  50.8      5    847 B  4234 B            5          0  4234 B  /a/z.py:30  make\n"
	       "      File \"/a/main.py\", line 2, in <module>\n"
	       "      File \"/a/z.py\", line 30, in make\n"
	       "        x = make(n)\n"
	       "4096 B  49.2      1   4096 B  4096 B            1          0  4096 B  "
	       "/a/main.py:2  <module>\n"
	       "      File \"/a/main.py\", line 2, in <module>\n"
	       "      Module \"/lib/li\\x1b[1mb.so\", in grow\n"
	       "\n"
	       "total: 8330 B in 6 blocks; ever 8340 B in 8 allocations, 1 temporary\n"
	       "lost 3 events, truncated 0 stacks, unresolved 1 frame\n");
	filter_free(list.filters[0]);
	heap_text_drop(now);
}

/* Of a moment of the history nobody knows which blocks were temporary: not of rows, and not
 * of their sum. */
static void test_a_moment_of_the_history_has_no_temporary_blocks(void **state)
{
	struct snapshot *now = take("b\t0\t1\t8\t1\t2\n", "60.5s");

	(void)state;
	now->kind = MOMENT_TICK;
	now->time = 60.5;
	expect(text_table, (struct view){.by = BY_FUNCTION}, now, NULL,
	       "memory by function, at 60.5s (00:01:00)\n"
	       "allocator wrappers are skipped\n"
	       "\n"
	       "size    %  count  average  total  allocations  temporary  peak  location\n"
	       " 8 B  100      1      8 B    8 B            1          -     -  <module>  main\n"
	       "\n"
	       "total: 8 B in 1 block; ever 8 B in 1 allocation\n");
	heap_text_drop(now);
}

static void test_words(void **state)
{
	struct snapshot *now = take("", "exit");

	(void)state;
	expect(text_table,
	       (struct view){.by = BY_LINENO, .cumulative = true, .sort = COLUMN_COUNT}, now, NULL,
	       "memory by lineno, at exit (00:00:00), sorted by count\n"
	       "cumulative: a block counts once for each line on its stack\n"
	       "\n"
	       "no allocation was seen\n"
	       "\n"
	       "total: 0 B in 0 blocks; ever 0 B in 0 allocations, 0 temporary\n");
	expect(text_table, (struct view){.by = BY_FILENAME, .cumulative = true, .compat = true},
	       now, NULL,
	       "memory by filename, at exit (00:00:00)\n"
	       "cumulative, counted as tracemalloc does: raw frames, a block once for each frame "
	       "on its stack\n"
	       "\n"
	       "no allocation was seen\n"
	       "\n"
	       "total: 0 B in 0 blocks; ever 0 B in 0 allocations, 0 temporary\n");
	heap_text_drop(now);
}

static int refuse(void *user, const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	++*(int *)user;
	return -28;
}

static void test_full_sink(void **state)
{
	struct snapshot *now = take(new_blocks, "now");
	int calls = 0;
	struct sink sink = {.write = refuse, .user = &calls};
	struct view view = {.by = BY_LINENO};
	char problem[256];
	struct table *table = table_build(&view, now, NULL, problem);

	(void)state;
	assert_int_equal(text_table(table, NULL, NULL, &sink), -28);
	assert_int_equal(text_tracemalloc(table, NULL, NULL, &sink), -28);
	assert_int_equal(calls, 2);
	table_free(table);
	heap_text_drop(now);
}

/* What holds a good part of the bytes without a name is explained, once for a module. */
static void test_a_stripped_module_is_explained(void **state)
{
	static const char lines[] = "f\t/lib/big.so\t0\t+0x10\tbig.so\t0\tu\n"
				    "f\t/lib/big.so\t0\t+0x20\tbig.so\t0\tu\n"
				    "f\t/lib/small.so\t0\t+0x30\tsmall.so\t0\tu\n"
				    "f\t/a/main.c\t2\tmain\tmain\t1\t\n";
	struct snapshot *now = heap_text_whole(&heap, lines,
					       "b\t0\t0\t100\t4\t1\t4\nb\t0\t0\t100\t1\t2\t4\n"
					       "b\t0\t0\t10\t1\t3\t4\nb\t0\t0\t490\t1\t4\n", "now");
	struct sink sink = {.write = kept_write, .user = &kept};
	char problem[256];
	struct table *table = table_build(&(struct view){.by = BY_LINENO}, now, NULL, problem);

	(void)state;
	kept = (struct kept){0};
	assert_int_equal(text_table(table, NULL, NULL, &sink), 0);
	assert_non_null(strstr(kept.text, "big.so: functions without a name, with 50.0 % of the "
					  "bytes: no symbol was found there; --by=traceback tells "
					  "who calls them\n"));
	assert_null(strstr(kept.text, "small.so: functions"));
	free(kept.text);
	table_free(table);
	heap_text_drop(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statistic), cmocka_unit_test(test_statistic_diff),
		cmocka_unit_test(test_head), cmocka_unit_test(test_table), cmocka_unit_test(test_words),
		cmocka_unit_test(test_a_moment_of_the_history_has_no_temporary_blocks),
		cmocka_unit_test(test_full_sink), cmocka_unit_test(test_a_stripped_module_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
