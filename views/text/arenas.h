/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_ARENAS_H
#define VIEWS_TEXT_ARENAS_H
/* The lines of a report on malloc's arenas, for a moment with a look that found some. */
#include "views/format/out.h"
#include "views/table/table.h"

/* Writes the sum of all arenas, what malloc's settings would change, and, in a table by
 * arena, a line for each row. */
void text_put_arenas(struct out *out, const struct table *table);

#endif
