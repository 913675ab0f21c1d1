/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text that came from outside, made fit for a terminal (format.h): what could
 * steer the terminal or turn a line around becomes visible escapes, and widths
 * are counted in cells by tables of our own, since wcwidth asks the locale.
 */
#include <stdio.h>
#include <string.h>
#include "views/format.h"
#include "views/utf8.h"

struct range {
	uint32_t first, last;
};

static const struct range combining[] = {
	{0x300, 0x36f},     {0x483, 0x489},     {0x591, 0x5bd},     {0x5bf, 0x5bf},
	{0x5c1, 0x5c2},     {0x610, 0x61a},     {0x64b, 0x65f},     {0x670, 0x670},
	{0x6d6, 0x6dc},     {0x6df, 0x6e4},     {0x711, 0x711},     {0x730, 0x74a},
	{0x7eb, 0x7f3},     {0x816, 0x82d},     {0x8d3, 0x902},     {0x93a, 0x93a},
	{0x93c, 0x93c},     {0x941, 0x948},     {0x94d, 0x94d},     {0x951, 0x957},
	{0x9bc, 0x9bc},     {0xa3c, 0xa3c},     {0xe31, 0xe31},     {0xe34, 0xe3a},
	{0xe47, 0xe4e},     {0xeb1, 0xeb1},     {0xeb4, 0xebc},     {0x135d, 0x135f},
	{0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},   {0x200b, 0x200d},   {0x2060, 0x2064},
	{0x20d0, 0x20f0},   {0x302a, 0x302d},   {0x3099, 0x309a},   {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f},   {0xfeff, 0xfeff},   {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

static const struct range wide[] = {
	{0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
	{0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26aa, 0x26ab},
	{0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x2705, 0x2705},   {0x270a, 0x270b},
	{0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2795, 0x2797},
	{0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
	{0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
	{0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
	{0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

/* Marks that reorder a line, and separators that some terminals break at. */
static const struct range steering[] = {
	{0x80, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200f},
	{0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
	{0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool within(const struct range *ranges, size_t n, uint32_t code)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else if (code < ranges[middle].first)
			n = middle;
		else
			return true;
	}
	return false;
}

#define WITHIN(table, code) within(table, sizeof(table) / sizeof((table)[0]), code)

static unsigned cells_of(uint32_t code)
{
	if (code < 0x300)
		return 1;
	if (WITHIN(combining, code))
		return 0;
	return WITHIN(wide, code) ? 2 : 1;
}

/* The visible form of a character that must not go out as it is; its length. */
static size_t escape(uint32_t code, char out[16])
{
	static const char plain[] = "\a\b\t\n\v\f\r", letters[] = "abtnvfr";
	const char *found = code && code < 0x80 ? strchr(plain, (int)code) : NULL;

	if (found && *found)
		return (size_t)snprintf(out, 16, "\\%c", letters[found - plain]);
	if (utf8_escaped(code))
		return (size_t)snprintf(out, 16, "\\x%02x", (unsigned)(code - 0xdc00) & 0xff);
	if (code < 0x100)
		return (size_t)snprintf(out, 16, "\\x%02x", (unsigned)code);
	return (size_t)snprintf(out, 16, code < 0x10000 ? "\\u%04x" : "\\U%08x",
				(unsigned)code);
}

size_t format_safe(const char *text, char *out, size_t size)
{
	const char *end = text + strlen(text);
	size_t length = 0;

	if (size == 0)
		return 0;
	while (text < end) {
		uint32_t code;
		size_t n = utf8_decode(text, (size_t)(end - text), &code);
		char visible[16];
		const char *from = text;
		size_t copy = n;

		if (code < 0x20 || code == 0x7f || utf8_escaped(code) || WITHIN(steering, code)) {
			copy = escape(code, visible);
			from = visible;
		}
		if (length + copy >= size)
			break;
		memcpy(out + length, from, copy);
		length += copy;
		text += n;
	}
	out[length] = '\0';
	return length;
}

unsigned format_width(const char *text)
{
	const char *end = text + strlen(text);
	unsigned cells = 0;

	while (text < end) {
		uint32_t code;

		text += utf8_decode(text, (size_t)(end - text), &code);
		cells += cells_of(code);
	}
	return cells;
}

/* Bytes of the longest beginning that takes at most `cells`. */
static size_t head_bytes(const char *text, unsigned cells)
{
	const char *at = text, *end = text + strlen(text);

	while (at < end) {
		uint32_t code;
		size_t n = utf8_decode(at, (size_t)(end - at), &code);

		if (cells_of(code) > cells)
			break;
		cells -= cells_of(code);
		at += n;
	}
	return (size_t)(at - text);
}

/* The first byte of the longest end that takes at most `cells`. */
static const char *tail_start(const char *text, unsigned cells)
{
	unsigned left = format_width(text);
	const char *end = text + strlen(text);

	while (text < end && left > cells) {
		uint32_t code;

		text += utf8_decode(text, (size_t)(end - text), &code);
		left -= cells_of(code);
	}
	return text;
}

void format_fit(const char *text, unsigned cells, bool ascii, char *out, size_t size)
{
	const char *dots = ascii ? "..." : "\xe2\x80\xa6", *tail;
	unsigned dots_cells = ascii ? 3 : 1, head;
	size_t bytes;

	if (size == 0)
		return;
	if (format_width(text) <= cells) {
		snprintf(out, size, "%.*s", (int)(size - 1), text);
		return;
	}
	if (cells <= dots_cells) {
		snprintf(out, size, "%.*s", (int)(ascii ? cells : cells * 3), dots);
		return;
	}
	/* The end says more than the beginning: the file's name and the line. */
	head = (cells - dots_cells) / 3;
	bytes = head_bytes(text, head);
	tail = tail_start(text, cells - dots_cells - head);
	snprintf(out, size, "%.*s%s%s", (int)bytes, text, dots, tail);
}
