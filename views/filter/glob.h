/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_GLOB_H
#define VIEWS_FILTER_GLOB_H
/* Python's fnmatch.fnmatchcase, which is not libc's, on UTF-8 with lengths. */
#include <stdbool.h>
#include <stddef.h>

/* Whether the whole text matches.  Never fails; time is at most pattern * text. */
bool glob_match_bytes(const char *pattern, size_t pattern_length, const char *text,
		      size_t text_length);

#endif
