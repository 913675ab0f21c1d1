/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_EXPRESSION_H
#define VIEWS_FILTER_EXPRESSION_H
/* Refuses extended regular expressions that would take too much memory or time. */
#include <stdbool.h>

#define EXPRESSION_BYTES 1000           /* of the text, at most */
#define EXPRESSION_PARTS 4000           /* parts with all repeats written out, at most */
/* Consecutive repeats of one part, at most. */
#define EXPRESSION_REPEATS 8

/* Returns false if the expression exceeds one of the limits above. libc compiles `a{100}`
 * as a hundred times `a`, and each `+` doubles what it repeats, so a line of pluses would
 * take all memory, and a line of stars would take forever.  This does not check whether
 * the expression is well-formed. */
bool expression_is_small(const char *text);

#endif
