/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FORMAT_FORMAT_H
#define VIEWS_FORMAT_FORMAT_H
/* Numbers and texts as people read them.  No locale; all buffers NUL-terminated. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 32                   /* bytes that any of the figures needs */

/* Formats as tracemalloc's _format_size does (TRACEMALLOC 7). */
void format_size(double size, bool sign, char text[FORMAT_MAX]);
/* 1 203 441 (groups of three, a plain space). */
void format_count(uint64_t count, char text[FORMAT_MAX]);
/* The plural's ending of the word after a count: 1 block, 2 blocks. */
static inline const char *format_s(uint64_t count) { return count == 1 ? "" : "s"; }
/* 999, 12.3 k, 210 k, 1.20 M: powers of 1000. */
void format_rate(double rate, char text[FORMAT_MAX]);
/* 00:12:31.  A second counts as full 20 ms before it is, since its tick of the history may be
 * made so early (HISTORY_EARLY). */
void format_clock(double seconds, char text[FORMAT_MAX]);
/* 42s, 4m10s, 2h5m, 3d4h: at most two units, in the form that moments and filters
 * accept. */
void format_span(double seconds, char text[FORMAT_MAX]);
/* As 12.3 %. Small shares are "<0.1" and only the whole is "100": no share is rounded up
 * to 100 or down to 0. */
void format_percent(double part, double whole, char text[FORMAT_MAX]);

/* Reads a size such as 512, 64K, 5M, 1.5G or 3KiB.  0 with *size, or -EINVAL. */
int format_parse_size(const char *text, uint64_t *size);
/* Reads a number of blocks, whose units are powers of 1000. */
int format_parse_count(const char *text, uint64_t *count);

/* True if a terminal would act on the character instead of showing it, or if it could
 * hide or reorder other text: control characters, bidirectional marks, and characters
 * without a visible form. */
bool format_steers(uint32_t code);
/* Writes the visible form of such a character, or of a byte that is not UTF-8 (utf8.h):
 * \n, \x1b or \u202e, NUL-terminated.  Returns its length. */
size_t format_escape(uint32_t code, char out[16]);
/* Copies text so that it can be sent to a terminal: control bytes, invalid UTF-8 and
 * bidirectional controls become visible escapes.  Returns the number of bytes written. */
size_t format_safe(const char *text, char *out, size_t size);
/* The number of cells that UTF-8 text takes on a terminal; a wide character takes 2, a
 * combining one 0. */
unsigned format_width(const char *text);
/* Shortens a text to at most `cells` by an ellipsis in its middle. */
void format_fit(const char *text, unsigned cells, bool ascii, char *out, size_t size);

#endif
