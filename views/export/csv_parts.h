/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_EXPORT_CSV_PARTS_H
#define VIEWS_EXPORT_CSV_PARTS_H
/* Pieces of CSV. */
#include "views/format/out.h"
#include "views/table/table.h"

/* A cell, quoted where that is needed, which no spreadsheet executes. */
void csv_put_text(struct out *out, const char *text);
/* The tree of holders, with its header. */
void csv_holders(struct out *out, const struct table *table);

#endif
