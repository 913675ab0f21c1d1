/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_UTF8_H
#define TRACER_GROUND_UTF8_H
/*
 * UTF-8 without a locale: code points from bytes that need not be valid UTF-8.  As in
 * Python's surrogateescape, a byte that belongs to no valid sequence becomes one
 * character, U+DC80..U+DCFF.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool utf8_escaped(uint32_t code)
{
	return code >= 0xdc80 && code <= 0xdcff;
}

/* Decodes the first of `left` > 0 bytes and returns how many bytes the character
 * takes. */
static inline size_t utf8_decode(const char *bytes, size_t left, uint32_t *code)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)bytes;
	uint32_t c = p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : 2;

	*code = c;
	if (n == 1)
		return 1;
	*code = 0xdc00 + c;
	if (c < 0xc2 || c > 0xf4 || n > left)
		return 1;
	c &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 1;
	*code = c;
	return n;
}

/* Writes at most 4 bytes without a terminator, and returns how many.  What is not a code
 * point is written as U+FFFD. */
size_t utf8_encode(uint32_t code, char bytes[4]);
/* Whether a terminal acts on a code point instead of showing it. */
bool utf8_steers(uint32_t code);
/* Cells of a code point on a screen: 0 combining, 1, or 2; controls are 1. */
unsigned utf8_width(uint32_t code);

#endif
