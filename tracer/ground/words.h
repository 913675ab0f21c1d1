/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_WORDS_H
#define TRACER_GROUND_WORDS_H
/* A line cut into words, as MEMTOP_OPTIONS is. */

/* Cuts at spaces, tabs and newlines; '...' and "..." protect them, a backslash
 * the next character outside '...'.  The number of words and a
 * NULL-terminated list in *words (words_free), or -EINVAL for an open quote,
 * -ENOMEM (*words is NULL then). */
int words_split(const char *text, char ***words);
void words_free(char **words);

#endif
