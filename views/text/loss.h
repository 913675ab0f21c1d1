/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_LOSS_H
#define VIEWS_TEXT_LOSS_H
/* What it means for the figures that events were lost, in words. */
#include <stddef.h>
#include "tracer/heap/snapshot.h"
#include "views/format/out.h"

#define LOSS_MAX 160

/* "lost 12 events (5 allocations, 7 frees)"; "lost 1 event". */
void loss_text(const struct totals *totals, char text[LOSS_MAX]);

/* Says in which direction the figures are wrong, as "what is shown as live is a lower
 * bound"; "" if they are right. */
const char *loss_bound(const struct totals *totals);

/* A line for each cause why code made at run time has no names, and how to get them: of
 * JIT code, and of V8's interpreter. */
void loss_put_made(struct out *out, const char *which, const struct catalog *catalog);

#endif
