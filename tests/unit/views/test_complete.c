/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Tab offers at the filter prompt, and where the replaced word begins. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "tests/views/heap_text.h"
#include "views/filter/filter.h"

static struct heap_text heap;

static void found(void *user, const char *candidate)
{
	strcat(user, candidate);
	strcat(user, "|");
}

static const struct {
	const char *text;               /* the cursor stands at its end */
	size_t start;
	const char *found;
} cases[] = {
	{"fi", 0, "file|"},
	{"any.f", 0, "any.file|any.func|any.function|"},
	{"si", 0, "size|size_diff|"},
	{"pa", 0, "parse.c|parse_all|"},
	{"main an", 5, "and|any.file|any.func|any.function|any.line|any.module|any.type|"},
	{"(not py", 5, "python|"},
	{"my", 0, "\"my file.c\"|"},
	{"file ", 5, "!=|!~|<|<=|=|>|>=|~|"},
	{"size>", 5, ""},
	{"file=pa", 5, "parse.c|"},
	{"file = /src/p", 7, "/src/parse.c|"},
	{"file=my", 5, "\"my file.c\"|"},
	{"file=\"my", 5, "\"my file.c\"|"},
	{"function=parse_", 9, "parse_all|"},
	{"function=\"ns::", 9, "\"ns::f(int)\"|"},
	{"module=", 7, "libx.so|worker|"},
	{"lang=", 5, "c|c++|python|rust|"},
	{"domain=m", 7, "malloc|mmap|"},
	{"thread=p", 7, "pool|"},
	{"+/src/pa", 1, "/src/parse.c|"},
	{"main -any:/s", 10, "/src/main.c|/src/parse.c|"},
	{"\"par", 0, "\"parse.c\"|\"parse_all\"|"},
	{"gone", 0, ""},
};

static void test_cases(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	heap_text_begin(&heap, NULL);
	snapshot = heap_text_parse(&heap,
				   "f\t/src/main.c\t1\tmain\t/bin/worker\t1\t\n"
				   "f\t/src/parse.c\t2\tparse_all\t/bin/worker\t1\t\n"
				   "f\t/d/my file.c\t3\tns::f(int)\t/lib/libx.so\t2\t\n"
				   "f\t/src/gone.c\t4\tgone\t/lib/gone.so\t1\t\n"
				   "t\t1\tmain\nt\t2\tpool\n"
				   "b\t0\t1\t8\t1\t2\t1\nb\t0\t1\t8\t1\t3\t1\n"
				   "F\t0\t1\t1\t1\t0\t0\t4\t1\n", "now");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[2000] = "";
		size_t start = filter_complete(cases[i].text, strlen(cases[i].text), snapshot,
					       found, text);

		if (start != cases[i].start || strcmp(text, cases[i].found))
			fail_msg("'%s': at %zu: %s", cases[i].text, start, text);
	}
	snapshot_release(snapshot);
	catalog_release(heap.catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
