/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_LOSS_H
#define VIEWS_TEXT_LOSS_H
/* What lost events mean for the figures, in words. */
#include <stddef.h>
#include "tracer/heap/snapshot.h"
#include "views/format/out.h"

#define LOSS_MAX 160

/* "lost 12 events (5 allocations, 7 frees)"; "lost 1 event". */
void loss_text(const struct totals *totals, char text[LOSS_MAX]);

/* Says in which direction the figures are wrong, as in "what is shown as live is a lower
 * bound"; "" if they are right. */
const char *loss_bound(const struct totals *totals);

/* Writes a line for each cause why code made at run time has no names, and how to get
 * them: one for JIT code and one for V8's interpreter. */
void loss_put_made(struct out *out, const char *which, const struct catalog *catalog);

#endif
