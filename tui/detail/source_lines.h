/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_SOURCE_LINES_H
#define TUI_DETAIL_SOURCE_LINES_H
/*
 * Lines of source.  A screen draws those that are known, and goes without the others; the
 * desk has them read in another thread, and draws again when they are there.
 */
#include <stddef.h>

#define SOURCE_MOST 5u
struct source_range {
	enum { SOURCE_WANTED, SOURCE_ASKED, SOURCE_KNOWN } state;
	char *file;
	unsigned first, length;         /* SOURCE_MOST lines at most */
	char *text[SOURCE_MOST];        /* NULL: there is no such line */
};

/* NULL: out of memory. */
struct source_lines *source_lines_new(void);
void source_lines_free(struct source_lines *lines);
/* For screens: `length` lines from `first` on, valid until the next call.  NULL: they are
 * not known yet, and will be read.  If `lines` is NULL, the result is NULL. */
const struct source_range *source_lines_get(struct source_lines *lines, const char *file,
					    unsigned first, unsigned length);
/* For the desk: fills in the ranges that are wanted, which the caller then owns.  Returns
 * how many.  They are not reported again until they have been put. */
size_t source_lines_wanted(struct source_lines *lines, struct source_range *wanted, size_t most);
/* Takes over a range that was read. */
void source_lines_put(struct source_lines *lines, struct source_range *came);
void source_range_clear(struct source_range *range);

#endif
