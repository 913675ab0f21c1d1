/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pickle (protocol 4) of a tracemalloc.Snapshot: for each block one tuple (domain,
 * size, frames newest first, how many).  Equal tuples are written once and then referred
 * to by their place in the memo, so that a block takes a few bytes here and one reference
 * in Python.
 *
 * The sizes of single blocks are not known, only their sum in a row.  So each row's
 * blocks get sizes that have this sum and differ by one byte at most.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "views/export/stacks.h"
#include "tracer/ground/array.h"
#include "views/export/writers.h"
#include "views/row/sum.h"
#include "views/format/out.h"
#include "tracer/ground/utf8.h"

#define BATCH 1000u                     /* items that are added to a list at a time */

struct pickle {
	struct out out;
	uint32_t memo;                  /* entries of the memo so far */
	uint32_t batch;                 /* items since the last APPENDS */
	uint32_t *files;                /* by text: place in the memo, + 1; 0: none */
	size_t files_room;
	struct texts texts;
	bool failed;                    /* out of memory */
};

static void put_op(struct pickle *pickle, char op)
{
	out_bytes(&pickle->out, &op, 1);
}

/* Writes the low bytes of a number, lowest first. */
static void put_low(struct pickle *pickle, uint64_t number, unsigned bytes)
{
	for (; bytes; bytes--, number >>= 8)
		put_op(pickle, (char)number);
}

static void tracemalloc_put_number(struct pickle *pickle, uint64_t number)
{
	unsigned bytes = 1;

	if (number <= UINT8_MAX) {
		put_op(pickle, 'K');            /* BININT1 */
		put_low(pickle, number, 1);
	} else if (number <= UINT16_MAX) {
		put_op(pickle, 'M');            /* BININT2 */
		put_low(pickle, number, 2);
	} else if (number <= INT32_MAX) {
		put_op(pickle, 'J');            /* BININT */
		put_low(pickle, number, 4);
	} else {
		while (bytes < 8 && number >> (8 * bytes - 1))
			/* The top bit is the sign, which must be clear. */
			bytes++;
		bytes += number >> 63 ? 1 : 0;
		put_op(pickle, '\x8a');         /* LONG1 */
		put_low(pickle, bytes, 1);
		put_low(pickle, number, bytes);
	}
}

/* Puts what was made last into the memo.  Returns its place there. */
static uint32_t tracemalloc_remember(struct pickle *pickle)
{
	put_op(pickle, '\x94');                 /* MEMOIZE */
	return pickle->memo++;
}

static void recall(struct pickle *pickle, uint32_t place)
{
	if (place <= UINT8_MAX) {
		put_op(pickle, 'h');            /* BINGET */
		put_low(pickle, place, 1);
	} else {
		put_op(pickle, 'j');            /* LONG_BINGET */
		put_low(pickle, place, 4);
	}
}

/* Converts bytes to a Python str: those that are not UTF-8 become what surrogateescape
 * makes of them, U+DC80..U+DCFF, which take three bytes in a pickle. */
static size_t to_python(const char *text, char *to)
{
	const char *end = text + strlen(text);
	size_t length = 0;

	while (text < end) {
		uint32_t code;
		size_t n = utf8_decode(text, (size_t)(end - text), &code);

		if (utf8_escaped(code)) {
			to[length++] = (char)(0xe0 | code >> 12);
			to[length++] = (char)(0x80 | (code >> 6 & 0x3f));
			to[length++] = (char)(0x80 | (code & 0x3f));
		} else {
			memcpy(to + length, text, n);
			length += n;
		}
		text += n;
	}
	return length;
}

static void tracemalloc_put_text(struct pickle *pickle, const char *text)
{
	char *bytes = malloc(3 * strlen(text) + 1);
	size_t length = bytes ? to_python(text, bytes) : 0;

	pickle->failed |= !bytes || length > UINT32_MAX;
	put_op(pickle, length < 256 ? '\x8c' : 'X');    /* SHORT_BINUNICODE, BINUNICODE */
	put_low(pickle, length, length < 256 ? 1 : 4);
	out_bytes(&pickle->out, bytes ? bytes : "", length);
	free(bytes);
}

/* Writes a file's name, from the memo if it has been written before. */
static void put_file(struct pickle *pickle, const char *text)
{
	uint32_t number = texts_number(&pickle->texts, text, &pickle->failed);
	size_t room = pickle->files_room;

	if (!array_grow(&pickle->files, &pickle->files_room, number + 1u,
			sizeof(*pickle->files))) {
		pickle->failed = true;
		return;
	}
	if (pickle->files_room > room)
		memset(pickle->files + room, 0,
		       (pickle->files_room - room) * sizeof(*pickle->files));
	if (pickle->files[number]) {
		recall(pickle, pickle->files[number] - 1);
	} else {
		tracemalloc_put_text(pickle, text);
		pickle->files[number] = tracemalloc_remember(pickle) + 1;
	}
}

/* (file, line); a frame without line is MODULE!FUNCTION, line 0. */
static void tracemalloc_put_frame(struct pickle *pickle, const struct row_frame *frame)
{
	bool bare = !lang_has_line(frame->lang, frame->line) && *frame->function;
	size_t size = strlen(frame->file) + strlen(frame->function) + 2;
	char *joined = bare ? malloc(size) : NULL;

	pickle->failed |= bare && !joined;
	if (joined)
		snprintf(joined, size, "%s!%s", frame->file, frame->function);
	put_file(pickle, joined ? joined : frame->file);
	tracemalloc_put_number(pickle, frame->line);
	put_op(pickle, '\x86');                 /* TUPLE2 */
	free(joined);
}

/* Writes the tuple of a stack; `frames` has the place of each frame in the memo, + 1. */
static void put_stack(struct pickle *pickle, const struct stacks *stacks,
		      const struct stack *stack, uint32_t *frames)
{
	put_op(pickle, '(');                    /* MARK */
	for (size_t i = 0; i < stack->depth; i++) {
		uint32_t number = stacks->numbers[stack->first + i];

		if (frames[number]) {
			recall(pickle, frames[number] - 1);
		} else {
			tracemalloc_put_frame(pickle, &stacks->frames[number]);
			frames[number] = tracemalloc_remember(pickle) + 1;
		}
	}
	put_op(pickle, 't');                    /* TUPLE */
}

static void next_item(struct pickle *pickle)
{
	if (pickle->batch == BATCH) {
		put_op(pickle, 'e');            /* APPENDS */
		pickle->batch = 0;
	}
	if (!pickle->batch++)
		put_op(pickle, '(');
}

/* What the blocks of one row have in common. */
struct blocks {
	uint64_t domain, size, count;
	uint32_t stack;                 /* its place in the memo */
	size_t depth;
};

static void put_blocks(struct pickle *pickle, struct blocks blocks)
{
	uint32_t place = 0;

	for (uint64_t i = 0; i < blocks.count && !pickle->out.error; i++) {
		next_item(pickle);
		if (i) {
			recall(pickle, place);
			continue;
		}
		put_op(pickle, '(');
		tracemalloc_put_number(pickle, blocks.domain);
		tracemalloc_put_number(pickle, blocks.size);
		recall(pickle, blocks.stack);
		tracemalloc_put_number(pickle, blocks.depth);
		put_op(pickle, 't');
		place = tracemalloc_remember(pickle);
	}
}

/* tracemalloc calls Python's own domain 0; those of users keep their numbers. */
static uint64_t domain_number(unsigned domain)
{
	return domain < 2 ? !domain : domain;
}

static void tracemalloc_put_row(struct pickle *pickle, const struct stacks *stacks,
				const struct stack *stack, unsigned domain,
				uint32_t *frames)
{
	uint64_t size = stack->now.size, count = stack->now.count;
	struct blocks blocks = {.domain = domain_number(domain), .depth = stack->depth};

	if (!count)
		return;
	/* The stack's tuple is pickled once by itself, so that it gets a place in the
	 * memo, and is popped again: the blocks then refer to it. */
	put_stack(pickle, stacks, stack, frames);
	blocks.stack = tracemalloc_remember(pickle);
	put_op(pickle, '0');                    /* POP */
	blocks.size = size / count + 1;
	blocks.count = size % count;
	put_blocks(pickle, blocks);
	blocks.size--;
	blocks.count = count - blocks.count;
	put_blocks(pickle, blocks);
}

static void put_table(struct pickle *pickle, const struct table *table, unsigned domain)
{
	struct stacks stacks;
	uint32_t *frames = NULL;

	if (stacks_read(&stacks, table))
		frames = calloc(stacks.frames_length + 1, sizeof(*frames));
	for (size_t i = 0; frames && i < stacks.length && !pickle->out.error; i++)
		tracemalloc_put_row(pickle, &stacks, &stacks.items[i], domain, frames);
	pickle->failed |= !frames;
	free(frames);
	stacks_free(&stacks);
}

/* Writes a new object of one of tracemalloc's classes, made without its __init__. */
static void put_object(struct pickle *pickle, const char *class)
{
	tracemalloc_put_text(pickle, "tracemalloc");
	tracemalloc_put_text(pickle, class);
	out_text(&pickle->out, "\x93)\x81}(");   /* STACK_GLOBAL EMPTY_TUPLE NEWOBJ EMPTY_DICT MARK */
}

/* The rows of the snapshot by stack, one table for each domain in `domains`. */
struct parts {
	struct table **tables;
	uint16_t *domains;
	size_t length;
};

static void put_snapshot(struct pickle *pickle, const struct table *table,
			 const struct parts *parts)
{
	uint32_t limit = table->view.frames ? table->view.frames : table->now->nframe;

	out_text(&pickle->out, "\x80\x04");
	put_object(pickle, "Snapshot");
	tracemalloc_put_text(pickle, "traceback_limit");
	tracemalloc_put_number(pickle, limit && limit < UINT16_MAX ? limit : UINT16_MAX);
	tracemalloc_put_text(pickle, "traces");
	put_object(pickle, "_Traces");
	tracemalloc_put_text(pickle, "_traces");
	put_op(pickle, ']');                    /* EMPTY_LIST */
	for (size_t i = 0; i < parts->length && !pickle->out.error; i++)
		put_table(pickle, parts->tables[i], parts->domains[i]);
	if (pickle->batch)
		put_op(pickle, 'e');
	/* SETITEMS and BUILD of both objects, STOP. */
	out_text(&pickle->out, "ubub.");
}

/* Makes a table of one domain's rows alone, since a table by stack adds the domains of a
 * stack together.  Their figures are still those of the whole table's snapshot. */
static struct table *tracemalloc_part(const struct table *table, unsigned domain,
				      char problem[256])
{
	const struct snapshot *from = table->now;
	struct snapshot *only = snapshot_new(from->catalog, from->rows_length);
	struct view view = table->view;
	struct table *made = NULL;

	if (only) {
		only->nframe = from->nframe;
		only->rows_length = 0;
		for (size_t i = 0; i < from->rows_length; i++) {
			if (from->rows[i].domain == domain)
				only->rows[only->rows_length++] = from->rows[i];
		}
		view.sort = COLUMN_DEFAULT;
		made = table_build(&view, only, NULL, problem);
	}
	snapshot_release(only);
	return made;
}

static bool find_domain(const struct parts *parts, uint16_t domain)
{
	for (size_t i = parts->length; i--;) {
		if (parts->domains[i] == domain)
			return true;
	}
	return false;
}

/* The domains that hold blocks.  False: out of memory. */
static bool find_domains(struct parts *parts, const struct snapshot *snapshot)
{
	size_t room = 0;

	for (size_t i = 0; i < snapshot->rows_length; i++) {
		const struct snapshot_row *row = &snapshot->rows[i];

		if (!row->figures->now.count || find_domain(parts, row->domain))
			continue;
		if (!array_grow(&parts->domains, &room, parts->length + 1,
				sizeof(*parts->domains)))
			return false;
		parts->domains[parts->length++] = row->domain;
	}
	parts->tables = calloc(parts->length + 1, sizeof(struct table *));
	return parts->tables;
}

/* Makes a table for each domain.  0, or as export_run; free_parts must be called either
 * way. */
static int make_parts(struct parts *parts, struct table *table, char problem[256])
{
	uint64_t blocks = 0;

	if (!find_domains(parts, table->now))
		return -ENOMEM;
	if (parts->length == 1) {
		parts->tables[0] = table;
		return 0;
	}
	for (size_t i = 0; i < parts->length; i++) {
		parts->tables[i] = tracemalloc_part(table, parts->domains[i], problem);
		if (!parts->tables[i])
			return -ENOMEM;
		figure_add(&blocks, parts->tables[i]->sum.count);
	}
	/* The view is asked once for each domain.  If the sums then differ from the
	 * whole, the view cannot be split like this: it is a drill-in, or it tests whole
	 * rows. */
	if (blocks == table->sum.count)
		return 0;
	snprintf(problem, 256, "tracemalloc has to tell domains apart and cannot within this "
		 "view; filter the domain in the whole view");
	return -EINVAL;
}

static void free_parts(struct parts *parts, const struct table *table)
{
	for (size_t i = 0; parts->tables && i < parts->length; i++) {
		if (parts->tables[i] != table)
			table_free(parts->tables[i]);
	}
	free(parts->tables);
	free(parts->domains);
}

static int write_parts(const struct export_request *request, const struct parts *parts,
		       struct sink *sink)
{
	struct pickle pickle = {.out = {.sink = sink}};
	int error;

	pickle.failed = !texts_init(&pickle.texts);
	if (!pickle.failed)
		put_snapshot(&pickle, request->table, parts);
	error = out_end(&pickle.out);
	texts_free(&pickle.texts);
	free(pickle.files);
	return error || !pickle.failed ? error : -ENOMEM;
}

int write_tracemalloc(const struct export_request *request, struct sink *sink,
		      char problem[256])
{
	uint64_t blocks = request->table->sum.count;
	struct parts parts = {0};
	struct table *table = (struct table *)(uintptr_t)request->table;
	int error;

	if (blocks > EXPORT_MANY_BLOCKS && !request->force) {
		snprintf(problem, 256, "tracemalloc needs one tuple for each block, and these "
			 "are %" PRIu64 "; filter them, or force it", blocks);
		return -EINVAL;
	}
	error = make_parts(&parts, table, problem);
	if (!error)
		error = write_parts(request, &parts, sink);
	free_parts(&parts, table);
	return error;
}
