/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_BASE_UTF8_H
#define TUI_BASE_UTF8_H
/* UTF-8 without a locale. */
#include <stddef.h>
#include <stdint.h>

/* The code point at `text`, never beyond `length` bytes; *used gets its bytes
 * (at least 1 if length is).  An invalid byte is U+FFFD of one byte. */
uint32_t utf8_decode(const char *text, size_t length, size_t *used);
/* Writes at most 4 bytes, not terminated; how many. */
size_t utf8_encode(uint32_t code, char bytes[4]);
/* Cells of a code point: 0 combining, 1, or 2; controls are 1. */
unsigned utf8_width(uint32_t code);

#endif
