/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_VIEWS_TABLE_FIXTURE_H
#define TESTS_UNIT_VIEWS_TABLE_FIXTURE_H
/*
 * One small heap, and tables over it.  A table is compared as one line a row:
 * KEY SIZE COUNT [SIZE_DIFF COUNT_DIFF].
 */
#include "tests/views/heap_text.h"
#include "views/table/table.h"

static const char frames[] =
	"f\t/src/main.c\t10\tmain\t/bin/worker\t1\t\n"                     /* 1 */
	"f\t/src/main.c\t20\twalk\t/bin/worker\t1\t\n"                     /* 2 */
	"f\t/c++/new\t5\toperator new\t/lib/libstdc++.so\t2\tw\n"          /* 3 */
	"f\t/lib/libz.so\t0\tinflate\t/lib/libz.so\t0\t\n"                 /* 4 */
	"f\t/lib/libz.so\t0\tdeflate\t/lib/libz.so\t0\t\n"                 /* 5 */
	"f\t/src/util.h\t9\tcopy<int>\t/bin/worker\t2\ti\n"                /* 6 */
	"f\t/src/util.h\t9\tcopy<char>\t/bin/worker\t2\ti\n"               /* 7 */
	"f\t/lib/libq.so\t0\t+0x1a30\t/lib/libq.so\t0\tu\n"                /* 8 */
	"t\t100\tmain\n"
	"t\t101\tpool\n"
	"t\t102\tpool\n";

__attribute__((unused)) static const char blocks[] =
	"b\t0\t1\t100\t1\t2\t2\t2\t1\n"         /* recursion in walk */
	"b\t0\t1\t40\t2\t3\t2\t1\n"             /* operator new < walk < main */
	"b\t0\t2\t7\t1\t4\t1\n"
	"b\t0\t3\t6\t1\t5\t1\n"
	"b\t16\t2\t5\t1\t6+1\n"
	"b\t0\t2\t3\t1\t7+1\n"
	"b\t0\t2\t2\t1\t8\t1\n"
	"b\t0\t2\t1\t1\t3\n"                    /* nothing but a wrapper */
	"F\t0\t2\t9\t900\t4\t50\t1\n"           /* all freed */
	"b\t0\t1\t1\t1\n";                      /* an empty stack */

static struct heap_text heap;

static struct snapshot *take(const char *text, const char *name)
{
	return heap_text_whole(&heap, frames, text, name);
}

static void print(const struct table *table, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < table->length; i++) {
		const struct row *row = table_row(table, i);

		at += (size_t)snprintf(text + at, size - at, "%s %d %d", row->key,
				       (int)row->now.size, (int)row->now.count);
		if (table->diff)
			at += (size_t)snprintf(text + at, size - at, " %+d %+d",
					       (int)row->size_diff, (int)row->count_diff);
		at += (size_t)snprintf(text + at, size - at, "\n");
	}
}

/* The table, once it was found to be `want`. */
static struct table *ask(const struct view *view, struct snapshot *now, struct snapshot *old,
			 const char *want)
{
	char problem[256], text[4096];
	struct table *table = table_build(view, now, old, problem);

	assert_non_null(table);
	print(table, text, sizeof(text));
	assert_string_equal(text, want);
	return table;
}

/* The same of a view of `blocks`. */
__attribute__((unused)) static void expect(struct view view, const char *want)
{
	struct snapshot *snapshot = take(blocks, "now");

	table_free(ask(&view, snapshot, NULL, want));
	heap_text_drop(snapshot);
}

#endif
