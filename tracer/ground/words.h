/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_WORDS_H
#define TRACER_GROUND_WORDS_H
/* Splits a line into words, as is done with MEMTOP_OPTIONS. */

/* Splits at spaces, tabs and newlines.  '...' and "..." protect them, and a backslash
 * protects the next character except within '...'.  Returns the number of words, with a
 * NULL-terminated list in *words (for words_free); or, with NULL in *words, -EINVAL for a
 * quote that is not closed, or -ENOMEM. */
int words_split(const char *text, char ***words);
void words_free(char **words);

#endif
