/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer's entry for the exporters: bytes become a heap of a few frames with
 * any names and stacks of any of them, which goes out in every format.  The
 * pickle must begin and end as one, and the picture hold no markup but its own.
 */
#include <stdint.h>
#include "tests/views/heap_text.h"
#include "views/export/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES 8u

struct input {
	const uint8_t *data;
	size_t left;
};

static unsigned next(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

/* Up to 15 bytes of any kind but the end of a string. */
static struct str_id next_text(struct input *input, struct catalog *catalog)
{
	size_t length = next(input) & 15;
	char text[16];

	for (size_t i = 0; i < length; i++) {
		text[i] = (char)next(input);
		if (!text[i])
			text[i] = '<';
	}
	return catalog_intern(catalog, text, length);
}

static void add_frame(struct input *input, struct heap_text *heap)
{
	struct module module = {.path = next_text(input, heap->catalog)};
	struct frame frame = {.file = next_text(input, heap->catalog),
			      .function = next_text(input, heap->catalog)};
	unsigned bits = next(input);

	module.name = module.path;
	frame.module = catalog_add_module(heap->catalog, &module);
	frame.line = bits & 1 ? bits << 4 : 0;
	frame.wrapper = bits & 2;
	frame.unresolved = bits & 4;
	frame.inlined = bits & 8;
	heap->frames[++heap->frames_length] = catalog_add_frame(heap->catalog, &frame);
}

static void add_blocks(struct input *input, struct heap_text *heap)
{
	static const char *const sizes[] = {"0", "1", "255", "65536", "2147483648",
					    "18446744073709551615"};
	char fields[12][24], *at[12];
	unsigned depth = next(input) % 7, bits = next(input);

	for (unsigned i = 0; i < 12; i++)
		at[i] = fields[i];
	snprintf(fields[0], 24, "b");
	snprintf(fields[1], 24, "%u", bits & 16 ? next(input) << 8 : bits & 1);
	snprintf(fields[2], 24, "0");
	snprintf(fields[3], 24, "%s", sizes[(bits >> 5) % 6]);
	snprintf(fields[4], 24, "%u", bits >> 1 & 7);
	for (unsigned i = 0; i < depth; i++)
		snprintf(fields[5 + i], 24, "%u", 1 + next(input) % FRAMES);
	heap_text_blocks(heap, at, 5 + depth);
}

static void check(const struct export_format *format, const struct kept *kept)
{
	unsigned ends = 0;

	if (!strcmp(format->name, "tracemalloc"))
		assert(kept->length > 3 && !memcmp(kept->text, "\x80\x04\x8c", 3) &&
		       kept->text[kept->length - 1] == '.');
	if (strcmp(format->name, "flamegraph"))
		return;
	for (const char *found = kept->text; (found = strstr(found, "script>")); found++)
		ends++;
	assert(ends == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct heap_text heap;
	struct input input = {data, size};
	char *argv[] = {"w", NULL}, problem[256];
	struct program program = {.argc = 1, .argv = argv};
	struct export_request request = {.now = {"", &program}};
	struct view view = {.by = BY_TRACEBACK};
	struct snapshot *snapshot;

	heap_text_begin(&heap, NULL);
	for (unsigned i = 0; i < FRAMES; i++)
		add_frame(&input, &heap);
	while (input.left && heap.rows_length < 64)
		add_blocks(&input, &heap);
	snapshot = heap_text_take(&heap, "now");
	request.table = table_build(&view, snapshot, NULL, problem);
	assert(request.table);
	for (unsigned i = 0; export_format_get(i); i++) {
		struct kept kept = {0};
		struct sink sink = {.write = kept_write, .user = &kept};

		if (!export_run(export_format_get(i), &request, &sink, problem))
			check(export_format_get(i), &kept);
		free(kept.text);
	}
	table_free((struct table *)(uintptr_t)request.table);
	snapshot_release(snapshot);
	catalog_release(heap.catalog);
	return 0;
}
