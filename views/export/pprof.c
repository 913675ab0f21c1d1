/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pprof's profile: the protocol buffer "Profile" in gzip.  It consists of five kinds of
 * messages of numbers and bytes, which are written here as varints: a generated writer
 * would require a protocol compiler to build memtop, and the whole profile in memory.
 * Fields may come in any order, so strings are written after the fields that refer to
 * them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "views/export/gzip.h"
#include "tracer/ground/array.h"
#include "tracer/ground/finder.h"
#include "views/export/stacks.h"
#include "views/export/writers.h"
#include "views/format/format.h"
#include "views/format/out.h"

/* Field numbers of the format. */
enum profile_field { SAMPLE_TYPE = 1, SAMPLE, MAPPING, LOCATION, FUNCTION, STRING, TIME_NANOS = 9,
	       COMMENT = 13, DEFAULT_SAMPLE_TYPE };
enum value_type_field { VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT };
enum sample_field { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES };
enum mapping_field { MAPPING_ID = 1, MAPPING_FILE = 5, MAPPING_HAS_FUNCTIONS = 7,
	       MAPPING_HAS_FILES, MAPPING_HAS_LINES };
enum location_field { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_LINE = 4 };
enum line_field { LINE_FUNCTION = 1, LINE_LINE };
enum function_field { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_FILE = 4 };

static const struct {
	const char *type, *unit;
	enum column_id column;
} sample_types[] = {
	{"inuse_objects", "count", COLUMN_COUNT},
	{"inuse_space", "bytes", COLUMN_SIZE},
	{"alloc_objects", "count", COLUMN_ALLOCATIONS},
	{"alloc_space", "bytes", COLUMN_TOTAL},
};
#define SAMPLE_TYPES (sizeof(sample_types) / sizeof(sample_types[0]))

/* A message being built. */
struct message {
	char *bytes;
	size_t length, room;
};

struct profile_writer {
	struct out out;                 /* of what goes into the gzip */
	struct message top, inner;
	struct texts texts;
	struct function {
		uint32_t name, file;
	} *functions;                   /* functions[n] is number n + 1 */
	size_t functions_length, functions_room;
	struct finder functions_index;
	uint32_t mappings_length;
	uint32_t *mappings;             /* by text: the number of its mapping, or 0 */
	size_t mappings_room;
	bool failed;                    /* out of memory */
};

static void put_varint(struct profile_writer *writer, struct message *to, uint64_t value)
{
	if (!array_grow(&to->bytes, &to->room, to->length + 10, 1)) {
		writer->failed = true;
		return;
	}
	for (; value >= 0x80; value >>= 7)
		to->bytes[to->length++] = (char)(value | 0x80);
	to->bytes[to->length++] = (char)value;
}

static void pprof_put_number(struct profile_writer *writer, struct message *to,
			     unsigned field, uint64_t value)
{
	put_varint(writer, to, field << 3);
	put_varint(writer, to, value);
}

static void pprof_put_text(struct profile_writer *writer, struct message *to,
			   unsigned field, const char *text)
{
	pprof_put_number(writer, to, field,
			 texts_number(&writer->texts, text, &writer->failed));
}

static void pprof_put_bytes(struct profile_writer *writer, struct message *to,
			    unsigned field, const struct message *from)
{
	put_varint(writer, to, field << 3 | 2);
	put_varint(writer, to, from->length);
	if (!array_grow(&to->bytes, &to->room, to->length + from->length + 1, 1)) {
		writer->failed = true;
		return;
	}
	if (from->length)
		memcpy(to->bytes + to->length, from->bytes, from->length);
	to->length += from->length;
}

/* Ends the topmost message and writes it as a field of the profile. */
static void end_top(struct profile_writer *writer, unsigned field)
{
	struct message *inner = &writer->inner;

	inner->length = 0;
	put_varint(writer, inner, field << 3 | 2);
	put_varint(writer, inner, writer->top.length);
	if (!writer->failed) {
		out_bytes(&writer->out, inner->bytes, inner->length);
		out_bytes(&writer->out, writer->top.bytes, writer->top.length);
	}
	writer->top.length = 0;
}

static void put_types(struct profile_writer *writer)
{
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		pprof_put_text(writer, &writer->top, VALUE_TYPE_TYPE,
			       sample_types[i].type);
		pprof_put_text(writer, &writer->top, VALUE_TYPE_UNIT,
			       sample_types[i].unit);
		end_top(writer, SAMPLE_TYPE);
	}
}

/* Writes a stack.  Locations are frames: number + 1, since 0 means none. */
static void put_sample(struct profile_writer *writer, const struct stacks *stacks,
		       const struct stack *stack)
{
	uint64_t any = 0;

	writer->inner.length = 0;
	for (size_t i = 0; i < stack->depth; i++)
		put_varint(writer, &writer->inner, stacks->numbers[stack->first + i] + 1);
	pprof_put_bytes(writer, &writer->top, SAMPLE_LOCATIONS, &writer->inner);
	writer->inner.length = 0;
	for (size_t i = 0; i < SAMPLE_TYPES; i++) {
		uint64_t value = export_value(export_weight(sample_types[i].column), stack);

		any |= value;
		put_varint(writer, &writer->inner, value < INT64_MAX ? value : INT64_MAX);
	}
	pprof_put_bytes(writer, &writer->top, SAMPLE_VALUES, &writer->inner);
	if (any)
		end_top(writer, SAMPLE);
	writer->top.length = 0;
}

/* The number of a module's mapping, which is written when the module is first met. */
static uint32_t mapping_of(struct profile_writer *writer, const char *module)
{
	char safe[4096];
	size_t room = writer->mappings_room;
	uint32_t text;

	format_safe(module, safe, sizeof(safe));
	text = texts_number(&writer->texts, safe, &writer->failed);
	if (!text || writer->failed)
		return 0;
	if (!array_grow(&writer->mappings, &writer->mappings_room, text + 1u,
			sizeof(*writer->mappings))) {
		writer->failed = true;
		return 0;
	}
	if (writer->mappings_room > room)
		memset(writer->mappings + room, 0,
		       (writer->mappings_room - room) * sizeof(*writer->mappings));
	if (writer->mappings[text])
		return writer->mappings[text];
	writer->mappings[text] = ++writer->mappings_length;
	pprof_put_number(writer, &writer->top, MAPPING_ID, writer->mappings_length);
	pprof_put_number(writer, &writer->top, MAPPING_FILE, text);
	/* These flags tell pprof that the names are as complete as they will ever be, so
	 * that it does not look for symbols itself. */
	pprof_put_number(writer, &writer->top, MAPPING_HAS_FUNCTIONS, 1);
	pprof_put_number(writer, &writer->top, MAPPING_HAS_FILES, 1);
	pprof_put_number(writer, &writer->top, MAPPING_HAS_LINES, 1);
	end_top(writer, MAPPING);
	return writer->mappings_length;
}

static size_t pprof_add_function(struct profile_writer *writer, struct function function)
{
	uint32_t hash = hash_mix(function.name, function.file), found;
	size_t at = hash;

	while ((found = finder_next(&writer->functions_index, hash, &at))) {
		if (writer->functions[found - 1].name == function.name &&
		    writer->functions[found - 1].file == function.file)
			return found;
	}
	if (!array_grow(&writer->functions, &writer->functions_room,
			writer->functions_length + 1, sizeof(*writer->functions)) ||
	    !finder_put(&writer->functions_index, hash,
			(uint32_t)writer->functions_length + 1)) {
		writer->failed = true;
		return 0;
	}
	writer->functions[writer->functions_length++] = function;
	pprof_put_number(writer, &writer->top, FUNCTION_ID, writer->functions_length);
	/* The field system_name is left out, because pprof would demangle it and make
	 * nothing of "<listcomp>". */
	pprof_put_number(writer, &writer->top, FUNCTION_NAME, function.name);
	pprof_put_number(writer, &writer->top, FUNCTION_FILE, function.file);
	end_top(writer, FUNCTION);
	return writer->functions_length;
}

static size_t pprof_function_of(struct profile_writer *writer,
				const struct row_frame *frame)
{
	char *name = stacks_name(frame, false);
	char file[4096];
	struct function function;

	format_safe(frame->file, file, sizeof(file));
	writer->failed |= !name;
	function.name = texts_number(&writer->texts, name ? name : "", &writer->failed);
	function.file = texts_number(&writer->texts, file, &writer->failed);
	free(name);
	return pprof_add_function(writer, function);
}

static void pprof_put_location(struct profile_writer *writer,
			       const struct row_frame *frame, size_t number)
{
	uint32_t mapping = mapping_of(writer, frame->module);
	size_t function = pprof_function_of(writer, frame);

	pprof_put_number(writer, &writer->top, LOCATION_ID, number);
	pprof_put_number(writer, &writer->top, LOCATION_MAPPING, mapping);
	writer->inner.length = 0;
	pprof_put_number(writer, &writer->inner, LINE_FUNCTION, function);
	pprof_put_number(writer, &writer->inner, LINE_LINE, frame->line);
	pprof_put_bytes(writer, &writer->top, LOCATION_LINE, &writer->inner);
	end_top(writer, LOCATION);
}

static void put_strings(struct profile_writer *writer)
{
	for (size_t i = 0; i < writer->texts.length && !writer->failed; i++) {
		const char *text = writer->texts.list[i];

		writer->inner.length = 0;
		put_varint(writer, &writer->inner, STRING << 3 | 2);
		put_varint(writer, &writer->inner, strlen(text));
		if (!writer->failed)
			out_bytes(&writer->out, writer->inner.bytes, writer->inner.length);
		out_text(&writer->out, text);
	}
}

/* Writes the fields that describe the whole profile. */
static void put_about(struct profile_writer *writer, const struct export_request *request)
{
	const struct program *program = request->now.program;
	struct message *top = &writer->top;
	char line[4096];
	size_t n = 0;

	pprof_put_text(writer, top, DEFAULT_SAMPLE_TYPE, "inuse_space");
	if (program && program->started > 0)
		pprof_put_number(
			writer, top, TIME_NANOS,
			(uint64_t)((program->started + request->table->now->time) * 1e9));
	for (int i = 0; program && i < program->argc && program->argv && n + 2 < sizeof(line);
	     i++) {
		if (i)
			line[n++] = ' ';
		n += format_safe(program->argv[i], line + n, sizeof(line) - n);
	}
	if (n)
		pprof_put_text(writer, top, COMMENT, line);
	if (!writer->failed)
		out_bytes(&writer->out, top->bytes, top->length);
}

/* Writes the program's mapping first, since pprof uses it for its heading. */
static void put_program(struct profile_writer *writer, const struct program *program)
{
	const char *path = program && program->argc && program->argv ? program->argv[0] : "";
	const char *slash = strrchr(path, '/');

	mapping_of(writer, slash ? slash + 1 : path);
}

static void pprof_put_profile(struct profile_writer *writer,
			      const struct export_request *request,
			      const struct stacks *stacks)
{
	put_types(writer);
	put_program(writer, request->now.program);
	for (size_t i = 0; i < stacks->length && !writer->out.error; i++)
		put_sample(writer, stacks, &stacks->items[i]);
	for (size_t i = 0; i < stacks->frames_length && !writer->out.error; i++)
		pprof_put_location(writer, &stacks->frames[i], i + 1);
	put_about(writer, request);
	put_strings(writer);
}

static void free_writer(struct profile_writer *writer)
{
	texts_free(&writer->texts);
	finder_free(&writer->functions_index);
	free(writer->functions);
	free(writer->mappings);
	free(writer->top.bytes);
	free(writer->inner.bytes);
}

int write_pprof(const struct export_request *request, struct sink *sink, char problem[256])
{
	struct gzip gzip;
	struct profile_writer writer = {.out = {.sink = &gzip.sink}};
	struct stacks stacks;
	bool ok = texts_init(&writer.texts);
	int error = -ENOMEM;

	(void)problem;
	ok = stacks_read(&stacks, request->table) && ok;
	if (ok && gzip_begin(&gzip, sink)) {
		pprof_put_profile(&writer, request, &stacks);
		out_end(&writer.out);
		error = gzip_end(&gzip);
		if (writer.failed)
			error = -ENOMEM;
	}
	free_writer(&writer);
	stacks_free(&stacks);
	return error;
}
