/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_FORMAT_H
#define VIEWS_FORMAT_FORMAT_H
/* Numbers and texts as people read them.  No locale; all buffers NUL-terminated. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 32                   /* bytes any figure needs */

/* As tracemalloc's _format_size (TRACEMALLOC 7). */
void format_size(double size, bool sign, char text[FORMAT_MAX]);
/* 1 203 441 (groups of three, a plain space). */
void format_count(uint64_t count, char text[FORMAT_MAX]);
/* What follows the word behind a count: 1 block, 2 blocks. */
static inline const char *format_s(uint64_t count) { return count == 1 ? "" : "s"; }
/* 999, 12.3 k, 210 k, 1.20 M: powers of 1000. */
void format_rate(double rate, char text[FORMAT_MAX]);
/* 00:12:31 */
void format_clock(double seconds, char text[FORMAT_MAX]);
/* 12.3 % with "<0.1" and "100", never a rounded-up 100 or rounded-down 0. */
void format_percent(double part, double whole, char text[FORMAT_MAX]);

/* Parses 512, 64K, 5M, 1.5G, KiB...: 0 and *size, or -EINVAL. */
int format_parse_size(const char *text, uint64_t *size);
/* Likewise a number of blocks: units are powers of 1000. */
int format_parse_count(const char *text, uint64_t *count);

/* Whether a terminal acts on a character instead of showing it, or turns the line
 * around: control characters, bidi marks, what has no looks. */
bool format_steers(uint32_t code);
/* The visible form of such a character, or of a byte that is no UTF-8 (utf8.h), as
 * \n, \x1b or \u202e, terminated; its length. */
size_t format_escape(uint32_t code, char out[16]);
/* Copies text as it may go to a terminal: control bytes, invalid UTF-8 and
 * bidi controls become visible escapes.  Returns bytes written. */
size_t format_safe(const char *text, char *out, size_t size);
/* Terminal cells of UTF-8 text (wide 2, combining 0). */
unsigned format_width(const char *text);
/* Shortens in the middle with an ellipsis to at most `cells`. */
void format_fit(const char *text, unsigned cells, bool ascii, char *out, size_t size);

#endif
