/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_FILTER_EXPRESSION_H
#define VIEWS_FILTER_EXPRESSION_H
/* Refuses extended regular expressions that would take too much memory or time. */
#include <stdbool.h>

#define EXPRESSION_BYTES 1000           /* of the text, at most */
#define EXPRESSION_PARTS 4000           /* once its repeats are written out, at most */
/* Repeats of one part that follow each other, at most. */
#define EXPRESSION_REPEATS 8

/* libc compiles `a{100}` as a hundred times `a`, and each `+` doubles what it repeats, so
 * that a line of pluses would take all memory and a line of stars all time. Returns false
 * if the expression passes one of the limits above. It does not judge whether the
 * expression is well-formed. */
bool expression_is_small(const char *text);

#endif
