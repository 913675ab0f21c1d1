/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_VIEWS_HEAP_TEXT_H
#define TESTS_VIEWS_HEAP_TEXT_H
/*
 * Snapshots out of lines of text, for tests: fields are separated by tabs, and
 * \xNN stands for any byte.
 *
 *	f  FILE LINE FUNCTION MODULE_PATH LANG FLAGS	a frame (from 1 on; flags: w i u)
 *	t  TID NAME					a thread (from 1 on)
 *	b  DOMAIN THREAD SIZE COUNT FRAME...		blocks of SIZE bytes each, newest frame
 *							first; "+" joins inlines: 3+2 4;
 *							!jit: why frames are missing there
 *	F  DOMAIN THREAD ALLOCATIONS TOTAL TEMPORARY PEAK FRAME...   figures of what was freed
 *	a  AGE OLDEST					seconds, of the last b's blocks at 1000 s;
 *							without it nobody knows
 *	n  NFRAME
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/heap/rows.h"
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/snapshot.h"

#define HEAP_MAX 4096

struct heap_text {
	struct catalog *catalog;
	struct frame_id frames[HEAP_MAX];
	unsigned frames_length, threads_length, modules_length;
	char modules[64][128];
	struct module_id module_ids[64];
	unsigned nframe;
	struct snapshot_row rows[HEAP_MAX];
	struct row_figures figures[HEAP_MAX];   /* of the rows */
	unsigned rows_length;
};

static void heap_text_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x') {
			char digits[3] = {text[2], text[3], 0};

			*to++ = (char)strtoul(digits, NULL, 16);
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static struct str_id heap_text_string(struct heap_text *heap, const char *text)
{
	return catalog_intern(heap->catalog, text, strlen(text));
}

static struct module_id heap_text_module(struct heap_text *heap, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct module module = {0};

	for (unsigned i = 0; i < heap->modules_length; i++) {
		if (!strcmp(heap->modules[i], path))
			return heap->module_ids[i];
	}
	if (!*path)
		return (struct module_id){0};
	module.path = heap_text_string(heap, path);
	module.name = heap_text_string(heap, slash ? slash + 1 : path);
	snprintf(heap->modules[heap->modules_length], 128, "%s", path);
	heap->module_ids[heap->modules_length] = catalog_add_module(heap->catalog, &module);
	return heap->module_ids[heap->modules_length++];
}

static void heap_text_frame(struct heap_text *heap, char **fields)
{
	struct frame frame = {
		.file = heap_text_string(heap, fields[1]),
		.line = (uint32_t)strtoul(fields[2], NULL, 10),
		.function = heap_text_string(heap, fields[3]),
		.module = heap_text_module(heap, fields[4]),
		.lang = (uint8_t)strtoul(fields[5], NULL, 10),
		.wrapper = strchr(fields[6], 'w') != NULL,
		.inlined = strchr(fields[6], 'i') != NULL,
		.unresolved = strchr(fields[6], 'u') != NULL,
	};

	heap->frames[++heap->frames_length] = catalog_add_frame(heap->catalog, &frame);
}

/* One site for each "3+2", named by those frames. */
static struct site_id heap_text_site(struct heap_text *heap, const char *field)
{
	struct site site = {{0}, 0};
	struct frame_id frames[16];
	struct site_id id;
	unsigned n = 0;
	char *end;

	for (const char *c = field; *c; c++)
		site.offset = site.offset * 131 + (unsigned char)*c;
	id = catalog_add_site(heap->catalog, &site);
	for (; *field; field = *end ? end + 1 : end)
		frames[n++] = heap->frames[strtoul(field, &end, 10)];
	catalog_name_site(heap->catalog, id, frames, n);
	return id;
}

static struct site_id heap_text_cut(const char *reason)
{
	uint32_t cut = 1;

	while (strcmp(reason, cut_word((enum cut)cut)))
		assert(++cut < CUTS);
	return (struct site_id){cut};
}

static struct trace_id heap_text_trace(struct heap_text *heap, char **fields, unsigned n)
{
	struct trace_id trace = {0};

	while (n--)
		trace = catalog_add_trace(heap->catalog, trace, fields[n][0] == '!' ?
					  heap_text_cut(fields[n] + 1) :
					  heap_text_site(heap, fields[n]));
	return trace;
}

/* What the row of these fields counts. */
static struct row_figures *heap_text_row(struct heap_text *heap, struct trace_id trace,
					 char **fields)
{
	uint16_t domain = (uint16_t)strtoul(fields[1], NULL, 10);
	uint16_t thread = (uint16_t)strtoul(fields[2], NULL, 10);
	struct snapshot_row *row;

	for (unsigned i = 0; i < heap->rows_length; i++) {
		row = &heap->rows[i];
		if (row->trace.v == trace.v && row->thread == thread && row->domain == domain)
			return &heap->figures[i];
	}
	assert(heap->rows_length < HEAP_MAX);
	heap->figures[heap->rows_length] = (struct row_figures){.peak = 0};
	row = &heap->rows[heap->rows_length];
	*row = (struct snapshot_row){.trace = trace, .thread = thread, .domain = domain};
	return &heap->figures[heap->rows_length++];
}

static void heap_text_blocks(struct heap_text *heap, char **fields, unsigned n)
{
	bool freed = fields[0][0] == 'F';
	unsigned head = freed ? 7 : 5;
	struct trace_id trace = heap_text_trace(heap, fields + head, n - head);
	struct row_figures *row = heap_text_row(heap, trace, fields);
	uint64_t size = strtoull(fields[3], NULL, 10), count = strtoull(fields[4], NULL, 10);

	if (freed) {
		row->now.allocations += size;
		row->now.total += count;
		row->now.temporary += strtoull(fields[5], NULL, 10);
		row->peak += strtoull(fields[6], NULL, 10);
		return;
	}
	row->now.size += size * count;
	row->now.count += count;
	row->now.allocations += count;
	row->now.total += size * count;
	row->peak += size * count;
	row_figures_ageless(row);
}

static void heap_text_ages(struct heap_text *heap, char **fields)
{
	struct row_figures *row = &heap->figures[heap->rows_length - 1];

	row->born = row->now.size * (1000 - strtoull(fields[1], NULL, 10));
	row->oldest = 1000 - strtoull(fields[2], NULL, 10);
}

/* Takes one line (it is cut up).  False: no line of a heap. */
static bool heap_text_line(struct heap_text *heap, char *line)
{
	char *fields[200];
	unsigned n = 0;

	for (char *at = line; n < 200; at++) {
		fields[n++] = at;
		at += strcspn(at, "\t");
		if (!*at)
			break;
		*at = '\0';
	}
	for (unsigned i = 1; i < n; i++)
		heap_text_unescape(fields[i]);
	if (fields[0][1])
		return false;
	switch (fields[0][0]) {
	case 'f': heap_text_frame(heap, fields); return true;
	case 't':
		catalog_add_thread(heap->catalog, (int32_t)strtol(fields[1], NULL, 10),
				   heap_text_string(heap, fields[2]));
		return true;
	case 'n': heap->nframe = (unsigned)strtoul(fields[1], NULL, 10); return true;
	case 'a': heap_text_ages(heap, fields); return true;
	case 'b':
	case 'F': heap_text_blocks(heap, fields, n); return true;
	default: return false;
	}
}

static void heap_text_begin(struct heap_text *heap, struct catalog *catalog)
{
	memset(heap, 0, sizeof(*heap));
	heap->catalog = catalog ? catalog : catalog_new();
	heap->nframe = 64;
	assert(heap->catalog);
}

/* The snapshot of all lines so far; the rows begin anew, the names stay. */
static struct snapshot *heap_text_take(struct heap_text *heap, const char *name)
{
	struct snapshot *snapshot = snapshot_new(heap->catalog, heap->rows_length);

	assert(snapshot);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", name);
	snapshot->nframe = heap->nframe;
	for (unsigned i = 0; i < heap->rows_length; i++) {
		const struct figures *now = &heap->figures[i].now;

		snapshot->rows[i] = heap->rows[i];
		rows_put(snapshot, i, heap->figures[i]);
		snapshot->totals.current += now->size;
		snapshot->totals.blocks += now->count;
		snapshot->totals.allocations += now->allocations;
		snapshot->totals.total += now->total;
		snapshot->totals.temporary += now->temporary;
	}
	snapshot->totals.frees = snapshot->totals.allocations - snapshot->totals.blocks;
	heap->rows_length = 0;
	return snapshot;
}

/* A snapshot of a whole text, lines ended by \n. */
__attribute__((unused)) static struct snapshot *heap_text_parse(struct heap_text *heap,
								const char *text,
								const char *name)
{
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			assert(heap_text_line(heap, line));
	}
	free(copy);
	return heap_text_take(heap, name);
}

/* The snapshot of names and blocks, with a catalog of its own; lets both go. */
__attribute__((unused)) static struct snapshot *heap_text_whole(struct heap_text *heap,
								const char *names,
								const char *blocks,
								const char *name)
{
	char whole[4096];

	assert((size_t)snprintf(whole, sizeof(whole), "%s%s", names, blocks) < sizeof(whole));
	heap_text_begin(heap, NULL);
	return heap_text_parse(heap, whole, name);
}

__attribute__((unused)) static void heap_text_drop(struct snapshot *snapshot)
{
	struct catalog *catalog = snapshot->catalog;

	snapshot_release(snapshot);
	catalog_release(catalog);
}

/* A sink that keeps everything. */
struct kept {
	char *text;
	size_t length;
};

__attribute__((unused)) static int kept_write(void *user, const char *bytes, size_t length)
{
	struct kept *kept = user;

	kept->text = realloc(kept->text, kept->length + length + 1);
	assert(kept->text);
	memcpy(kept->text + kept->length, bytes, length);
	kept->length += length;
	kept->text[kept->length] = '\0';
	return 0;
}

#endif
