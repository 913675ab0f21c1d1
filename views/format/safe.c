/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes text from outside fit for a terminal (format.h): what could steer the terminal or
 * reorder a line becomes visible escapes.
 */
#include <stdio.h>
#include <string.h>
#include "views/format/format.h"
#include "tracer/ground/utf8.h"

/* Characters without a visible form are escaped too, because a name could hide something
 * with them. */
bool format_steers(uint32_t code)
{
	bool unseen = (code >= 0x200b && code <= 0x200d) || (code >= 0x2060 && code <= 0x206f) ||
		      code == 0xfeff;

	return unseen || utf8_steers(code);
}

size_t format_escape(uint32_t code, char out[16])
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

		if (format_steers(code) || utf8_escaped(code)) {
			copy = format_escape(code, visible);
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
		cells += utf8_width(code);
	}
	return cells;
}

/* The length in bytes of the longest beginning that takes at most this many cells. */
static size_t head_bytes(const char *text, unsigned cells)
{
	const char *at = text, *end = text + strlen(text);

	while (at < end) {
		uint32_t code;
		size_t n = utf8_decode(at, (size_t)(end - at), &code);

		if (utf8_width(code) > cells)
			break;
		cells -= utf8_width(code);
		at += n;
	}
	return (size_t)(at - text);
}

/* The first byte of the longest end that takes at most this many cells. */
static const char *tail_start(const char *text, unsigned cells)
{
	unsigned left = format_width(text);
	const char *end = text + strlen(text);

	while (text < end && left > cells) {
		uint32_t code;

		text += utf8_decode(text, (size_t)(end - text), &code);
		left -= utf8_width(code);
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
	/* The end of a path says more than its beginning: it has the file's name and the
	 * line. */
	head = (cells - dots_cells) / 3;
	bytes = head_bytes(text, head);
	tail = tail_start(text, cells - dots_cells - head);
	snprintf(out, size, "%.*s%s%s", (int)bytes, text, dots, tail);
}
