/* SPDX-License-Identifier: MIT */
/*
 * (code object, instruction) -> site.  Each thread has its lines: what it looked up
 * last, good while no code object of the same hash has died.  A miss reads the
 * code object, on the thread's spare stack: its names go to WIRE_BLOBS, once, as does
 * the record that joins them; the site is the record and the line.  Of a code object
 * that was read before only the line is missing, for which the caller's stack is enough:
 * the spare one costs two system calls.  Lines are asked for one after the other, so the
 * line table is read on from where the last look-up left it.
 *
 * A code object that is on the stack of this thread is alive, and what is read of
 * it (names, line table) never changes: no lock of Python's is needed.
 */
#include "tracer/preload/python/py.h"

#include <stddef.h>
#include <string.h>

#include "tracer/preload/segment/blob.h"
#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/python/py_line.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/ring/thread.h"

#define LINE_BITS 12
#define CODE_BITS 10

struct py_lines {
	struct line {
		uintptr_t code;
		int64_t at;
		uint32_t deaths, site;
		bool early;
	} line[1u << LINE_BITS];
	struct known {
		uintptr_t code;
		uint64_t record;
		struct py_line_mark mark;       /* offset INT64_MAX: none */
		uint32_t deaths;
	} known[1u << CODE_BITS];
	struct line question;           /* for the cold side */
	char text[BLOB_MAX];
};

uint64_t py_lines_bytes(void) { return sizeof(struct py_lines); }

static uintptr_t word(uintptr_t at) { return *(const uintptr_t *)at; }
static int32_t half(uintptr_t at) { return *(const int32_t *)at; }

/* ---- names ------------------------------------------------------------- */

struct text {
	const char *bytes;
	uint32_t length;
};

static uint32_t character(const uint8_t *data, unsigned kind, uint64_t i)
{
	if (kind == 1)
		return data[i];
	return kind == 2 ? ((const uint16_t *)(const void *)data)[i]
			 : ((const uint32_t *)(const void *)data)[i];
}

/* Room for four bytes is there.  A lone surrogate U+DC80..DCFF stands for a byte. */
static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80 || (c >= 0xdc80 && c <= 0xdcff)) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | (c >> 18 & 7));
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* The text of a str; in `room` unless it is all ASCII.  What is longer is cut. */
static struct text text_of(uintptr_t object, char room[BLOB_MAX])
{
	uint32_t state = (uint32_t)half(object + PY_TEXT_STATE);
	unsigned kind = state >> 2 & 7;
	bool compact = state >> 5 & 1, ascii = state >> 6 & 1;
	uint64_t length = word(object + PY_TEXT_LENGTH);
	uintptr_t data = object + (compact && ascii ? py.layout->ascii : py.layout->compact);
	char *to = room;
	if (!compact)
		data = word(data);
	if (!data || (kind != 1 && kind != 2 && kind != 4))
		return (struct text){"<unknown>", 9};
	if (ascii)
		return (struct text){(const char *)data,
				     length < BLOB_MAX ? (uint32_t)length : BLOB_MAX};
	for (uint64_t i = 0; i < length && to - room < BLOB_MAX - 4; i++)
		to = put_utf8(to, character((const uint8_t *)data, kind, i));
	return (struct text){room, (uint32_t)(to - room)};
}

static bool py_site_put_text(uintptr_t object, char room[BLOB_MAX], uint32_t *offset,
			     uint32_t *length)
{
	struct text text = text_of(object, room);
	uint64_t at;
	if (!blob_intern(text.bytes, text.length, &at))
		return false;
	*offset = (uint32_t)at;
	*length = text.length;
	return true;
}

/* ---- code objects ------------------------------------------------------ */

static bool is_type(uintptr_t object, uintptr_t type)
{
	return object && word(object + PY_TYPE) == type;
}

/* Bytes from the code's first instruction to `at`. */
static int64_t offset_of(uintptr_t code, int64_t at)
{
	const struct py_layout *l = py.layout;
	return l->shape == PY_FRAME_OBJECTS ? at * l->scale : at - (int64_t)(code + l->bytecode);
}

/* Whether the object is what the layout says; asked when an object is seen for the first
 * time. */
static bool py_site_is_sound(uintptr_t code, int64_t offset)
{
	const struct py_layout *l = py.layout;
	return is_type(code, py.code_type) && is_type(word(code + l->filename), py.text_type) &&
	       is_type(word(code + l->name), py.text_type) &&
	       is_type(word(code + l->lines), py.bytes_type) && offset >= -2 &&
	       (l->shape == PY_FRAME_OBJECTS || offset < 2 * (int64_t)word(code + PY_SIZE));
}

static struct known *known_of(struct py_lines *lines, uintptr_t code)
{
	return &lines->known[memo_place(code, CODE_BITS)];
}

/* The record of a code object's names; `high`: those bits of the line. */
static bool find_record(struct py_lines *lines, const struct line *q, uint32_t high,
			const struct py_line_mark *mark, uint64_t *record)
{
	struct known *known = known_of(lines, q->code);
	struct wire_python names = {.line = high};
	if (known->code == q->code && known->deaths == q->deaths && high == 0) {
		*record = known->record;
		return true;
	}
	if (!py_site_put_text(word(q->code + py.layout->filename), lines->text, &names.file,
			      &names.file_length) ||
	    !py_site_put_text(word(q->code + py.layout->name), lines->text, &names.function,
			      &names.function_length) ||
	    !blob_intern(&names, sizeof(names), record))
		return false;
	if (high == 0)
		*known = (struct known){q->code, *record, *mark, q->deaths};
	return true;
}

/* The frame has its line: it is being traced. */
static bool has_own_line(int64_t at)
{
	return py.layout->shape == PY_FRAME_OBJECTS && at < -1;
}

/* Reads on from *mark if that is not too far. */
static uint32_t py_site_line_of(uintptr_t code, int64_t at, struct py_line_mark *mark)
{
	const struct py_layout *l = py.layout;
	uintptr_t table = word(code + l->lines);
	if (has_own_line(at))
		return (uint32_t)(-2 - at);
	int64_t offset = offset_of(code, at);
	if (offset < mark->offset)
		*mark = (struct py_line_mark){.line = half(code + l->first_line)};
	return (uint32_t)py_line((enum py_table)l->table, (const uint8_t *)(table + PY_BYTES),
				 word(table + PY_SIZE), offset, mark);
}

/* The line is kept apart from the record, which has the rest of it. */
#define LINE_LOW ((UINT32_C(1) << WIRE_PYTHON_LINE_BITS) - 1)

static int64_t place_in(uintptr_t code, int64_t at)
{
	return has_own_line(at) ? 0 : offset_of(code, at);
}

static bool is_early(uintptr_t code, int64_t offset)
{
	const struct py_layout *l = py.layout;
	return l->traceable && offset < 2 * (int64_t)half(code + l->traceable);
}

static void look_up(struct py_lines *lines)
{
	struct line *q = &lines->question;
	struct py_line_mark mark = {.offset = INT64_MAX};
	int64_t offset = place_in(q->code, q->at);
	uint64_t record;
	q->site = WIRE_SITE_NONE;
	if (!py_site_is_sound(q->code, offset)) {
		py_give_up(WIRE_PYTHON_STRANGE);
		return;
	}
	q->early = is_early(q->code, offset);
	uint32_t line = py_site_line_of(q->code, q->at, &mark);
	if (find_record(lines, q, line & ~LINE_LOW, &mark, &record))
		q->site = intern_add(intern_sites(), wire_python_site(record, line));
}

static void look_up_cold(void *lines) { look_up(lines); }

/* A handler that leaves by a longjmp meanwhile must leave nothing that looks whole. */
static void keep_mark(struct py_line_mark *to, const struct py_line_mark *mark)
{
	*(volatile int64_t *)&to->offset = INT64_MAX;
	*(volatile uint32_t *)&to->bytes = mark->bytes;
	*(volatile int32_t *)&to->line = mark->line;
	*(volatile int64_t *)&to->offset = mark->offset;
}

static void keep_line(struct line *to, const struct line *line)
{
	*(volatile uintptr_t *)&to->code = 0;
	*(volatile int64_t *)&to->at = line->at;
	*(volatile uint32_t *)&to->deaths = line->deaths;
	*(volatile uint32_t *)&to->site = line->site;
	*(volatile bool *)&to->early = line->early;
	*(volatile uintptr_t *)&to->code = line->code;
}

/* Of a code object whose names are known, if its site is there or finds room; else
 * that is for the cold side. */
static NOINLINE struct py_place look_up_line(struct py_lines *lines, struct line *to,
					     uintptr_t code, int64_t at, uint32_t deaths)
{
	struct known *known = known_of(lines, code);
	const struct py_place none = {.site = WIRE_SITE_NONE};
	int64_t offset = place_in(code, at);
	if (known->code != code || known->deaths != deaths || !py_site_is_sound(code, offset))
		return none;
	struct py_line_mark mark = known->mark;
	uint32_t line = py_site_line_of(code, at, &mark);
	if (line & ~LINE_LOW)
		return none;
	keep_mark(&known->mark, &mark);
	uint64_t word = wire_python_site(known->record, line);
	uint32_t site = intern_find(intern_sites(), word);
	if (!site)
		site = intern_insert(intern_sites(), word);
	if (!site)
		return none;
	struct line found = {code, at, deaths, site, is_early(code, offset)};
	keep_line(to, &found);
	return (struct py_place){site, found.early};
}

static NOINLINE struct py_place miss(struct thread *thread, struct py_lines *lines,
				     struct line *to, uintptr_t code, int64_t at, uint32_t deaths)
{
	struct line *q = &lines->question;
	struct cold *cold = cold_begin(thread->stack);
	if (!cold)
		return (struct py_place){.site = WIRE_SITE_NONE};
	*q = (struct line){.code = code, .at = at, .deaths = deaths};
	cold_run(cold, look_up_cold, lines);
	struct py_place place = {q->site, q->early};
	if (q->site)
		*to = *q;
	cold_end(thread->stack, cold);
	return place;
}

static NOINLINE struct py_place place_anew(struct thread *thread, struct py_lines *lines,
					   struct line *to, uintptr_t code, int64_t at,
					   uint32_t deaths)
{
	struct py_place place = look_up_line(lines, to, code, at, deaths);
	return LIKELY(place.site) ? place : miss(thread, lines, to, code, at, deaths);
}

struct py_place py_place(struct thread *thread, struct py_lines *lines, uintptr_t code, int64_t at,
			 uint32_t deaths)
{
	uint64_t key = code + (uint64_t)at * 64;
	struct line *line = &lines->line[memo_place(key, LINE_BITS)];
	if (LIKELY(line->code == code && line->at == at && line->deaths == deaths))
		return (struct py_place){line->site, line->early};
	return place_anew(thread, lines, line, code, at, deaths);
}
