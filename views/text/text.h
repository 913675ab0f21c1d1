/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_TEXT_H
#define VIEWS_TEXT_TEXT_H
/* A table as plain text: the stdout twin of the screens. */
#include "views/format/sink.h"
#include "views/table/table.h"

/* An aligned table with a header; stacks under rows of BY_TRACEBACK, with
 * source lines if `source` is given (length or -1).  0 or the sink's error. */
typedef int (*text_source)(void *user, const char *path, unsigned line, char *text, size_t size);
int text_table(const struct table *table, text_source source, void *user, struct sink *sink);
/* Each row as str(Statistic) / str(StatisticDiff), stacks as Traceback.format(). */
int text_tracemalloc(const struct table *table, text_source source, void *user,
		     struct sink *sink);

#endif
