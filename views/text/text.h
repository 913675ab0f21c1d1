/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_TEXT_H
#define VIEWS_TEXT_TEXT_H
/* A table as plain text: the counterpart of the screens on standard output. */
#include "views/format/sink.h"
#include "views/table/table.h"

/* Writes an aligned table with a header.  Rows of BY_TRACEBACK have their stacks under
 * them, with source lines if `source` is given (it returns a length, or -1).  0 or the
 * sink's error. */
typedef int (*text_source)(void *user, const char *path, unsigned line, char *text, size_t size);
int text_table(const struct table *table, text_source source, void *user, struct sink *sink);
/* Writes each row as str(Statistic) or str(StatisticDiff), and stacks as
 * Traceback.format(). */
int text_tracemalloc(const struct table *table, text_source source, void *user,
		     struct sink *sink);

#endif
