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

static int from_locations(struct bytes *b, int line, int64_t offset)
{
	int64_t at = 0;
	while (b->at < b->end) {
		uint8_t head = bytes_u8(b);
		unsigned kind = head >> 3 & 15;
		line = (int)((unsigned)line + (unsigned)location(b, kind));
		at += 2 * ((head & 7) + 1);
		if (!(head & 0x80) || b->bad)
			return 0;
		if (offset < at)
			return kind == KIND_NONE ? 0 : line;
	}
	return 0;
}

static int from_linetable(struct bytes *b, int line, int64_t offset)
{
	int64_t at = 0;
	while (b->end - b->at >= 2) {
		at += bytes_u8(b);
		int lines = (int8_t)bytes_u8(b);
		if (lines != NO_LINE)
			line += lines;
		if (offset < at)
			return lines == NO_LINE ? 0 : line;
	}
	return 0;
}

static int from_lnotab(struct bytes *b, int line, int64_t offset)
{
	int64_t at = 0;
	while (b->end - b->at >= 2) {
		at += bytes_u8(b);
		if (at > offset)
			break;
		line += (int8_t)bytes_u8(b);
	}
	return line;
}

int py_line(enum py_table kind, const uint8_t *table, uint64_t length, int first, int64_t offset)
{
	struct bytes b = {.at = table, .end = table + length};
	int line = first;
	if (kind == PY_LNOTAB)
		line = from_lnotab(&b, first, offset);
	else if (offset >= 0)
		line = kind == PY_LINETABLE ? from_linetable(&b, first, offset)
					    : from_locations(&b, first, offset);
	return line < 0 ? 0 : line;
}
