/* SPDX-License-Identifier: MIT */
/*
 * To 3.9:   pairs (bytes of code, lines to add): a pair tells what begins after it.
 * 3.10:     the same pairs, each telling what ends with it; -128: no line.
 * From 3.11 on: entries (1 kkkk lll): llll + 1 units of two bytes, on a line that
 *           kind k says, followed by columns, which nobody asks for here.
 */
#include "tracer/preload/python/py_line.h"

#include "tracer/preload/base/bytes.h"

#define NO_LINE (-128)

enum { KIND_LONG_LINES = 14, KIND_LINES = 13, KIND_NEAR = 10, KIND_NEAR_LAST = 12, KIND_NONE = 15 };

/* Six bits a byte, the lowest first; 0x40: more to come. */
static uint32_t varint(struct bytes *b)
{
	uint32_t value = 0;
	unsigned shift = 0;
	uint8_t byte;
	do {
		byte = bytes_u8(b);
		if (shift < 32)
			value |= (uint32_t)(byte & 0x3f) << shift;
		shift += 6;
	} while (byte & 0x40 && !b->bad);
	return value;
}

static int signed_varint(struct bytes *b)
{
	uint32_t value = varint(b);
	return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* What entry `kind` adds to the line; passes over its columns. */
static int location(struct bytes *b, unsigned kind)
{
	int lines = 0;
	if (kind == KIND_LONG_LINES || kind == KIND_LINES)
		lines = signed_varint(b);
	else if (kind >= KIND_NEAR && kind <= KIND_NEAR_LAST)
		lines = (int)kind - KIND_NEAR;
	if (kind == KIND_LONG_LINES)
		for (int i = 0; i < 3; i++)
			varint(b);
	else if (kind < KIND_LINES)
		bytes_skip(b, kind >= KIND_NEAR ? 2 : 1);
	return lines;
}

/* Each of these reads an entry after the other, and leaves *mark before the one that
 * tells of `offset`. */

static int from_locations(struct bytes *b, int64_t offset, struct py_line_mark *mark)
{
	const uint8_t *from = b->at - mark->bytes;
	struct py_line_mark now = *mark;
	while (b->at < b->end) {
		struct py_line_mark before = now;
		uint8_t head = bytes_u8(b);
		unsigned kind = head >> 3 & 15;
		now.line = (int)((unsigned)now.line + (unsigned)location(b, kind));
		now.offset += 2 * ((head & 7) + 1);
		now.bytes = (uint32_t)(b->at - from);
		if (!(head & 0x80) || b->bad)
			return 0;
		if (offset < now.offset) {
			*mark = before;
			return kind == KIND_NONE ? 0 : now.line;
		}
	}
	return 0;
}

static int from_linetable(struct bytes *b, int64_t offset, struct py_line_mark *mark)
{
	struct py_line_mark now = *mark;
	while (b->end - b->at >= 2) {
		struct py_line_mark before = now;
		now.offset += bytes_u8(b);
		now.bytes += 2;
		int lines = (int8_t)bytes_u8(b);
		if (lines != NO_LINE)
			now.line += lines;
		if (offset < now.offset) {
			*mark = before;
			return lines == NO_LINE ? 0 : now.line;
		}
	}
	return 0;
}

static int from_lnotab(struct bytes *b, int64_t offset, struct py_line_mark *mark)
{
	while (b->end - b->at >= 2) {
		int64_t next = mark->offset + bytes_u8(b);
		if (next > offset)
			break;
		mark->offset = next;
		mark->line += (int8_t)bytes_u8(b);
		mark->bytes += 2;
	}
	return mark->line;
}

int py_line(enum py_table kind, const uint8_t *table, uint64_t length, int64_t offset,
	    struct py_line_mark *mark)
{
	if (mark->bytes > length)
		return 0;
	struct bytes b = {.at = table + mark->bytes, .end = table + length};
	int line = mark->line;
	if (kind == PY_LNOTAB)
		line = from_lnotab(&b, offset, mark);
	else if (offset >= 0)
		line = kind == PY_LINETABLE ? from_linetable(&b, offset, mark)
					    : from_locations(&b, offset, mark);
	return line < 0 ? 0 : line;
}
