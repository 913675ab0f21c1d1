/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer's entry for the filter language: any text is parsed; what is a
 * filter is asked about a small heap; every text is completed at its end.
 * An error must lie within the text and say something.
 */
#include <stdint.h>
#include "tests/views/heap_text.h"
#include "views/filter/filter.h"
#include "views/table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct snapshot *small_heap(void)
{
	static struct heap_text heap;
	static struct snapshot *snapshot;

	if (snapshot)
		return snapshot;
	heap_text_begin(&heap, NULL);
	snapshot = heap_text_parse(&heap,
				   "f\t/src/main.c\t1\tmain\t/bin/worker\t1\t\n"
				   "f\t/src/\xff[x].pyc\t2\tparse (x)\t\t4\t\n"
				   "f\t/c++/new\t3\toperator new\t/lib/libc++.so\t2\tw\n"
				   "t\t1\tmain\n"
				   "b\t0\t1\t8\t1\t3\t2\t1\nb\t17\t1\t9\t2\t1\nb\t0\t1\t1\t1\n",
				   "now");
	return snapshot;
}

static void found(void *user, const char *candidate)
{
	*(size_t *)user += strlen(candidate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), problem[256];
	struct filter_error error;
	struct filter_list list = {.length = 1};
	struct view view = {.by = BY_LINENO, .filters = &list};
	size_t told = 0;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	list.filters[0] = filter_parse(text, &error);
	if (list.filters[0])
		table_free(table_build(&view, small_heap(), NULL, problem));
	else
		assert(error.offset <= strlen(text) && *error.text);
	filter_free(list.filters[0]);
	filter_complete(text, strlen(text), small_heap(), found, &told);
	free(text);
	return 0;
}
