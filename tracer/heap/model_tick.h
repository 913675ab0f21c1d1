/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_TICK_H
#define TRACER_HEAP_MODEL_TICK_H
/* A model's side of the history: what changed from tick to tick (tally/tick.h). */
#include "tracer/heap/history/history.h"
#include "tracer/heap/model.h"

/* From now on changes are noted; what there is counts as the first ones. */
void model_ticks(struct model *model);
/* A tick, O(1).  False: the one before is not told yet, or nothing is noted (any
 * more). */
bool model_tick(struct model *model);
/* Tells at most `most` of the changes up to the tick.  True: *news has all of them,
 * and is the caller's but for time, reason and totals, which are left to it. */
bool model_tell(struct model *model, size_t most, struct history_news *news);
/* Whether something changed since the last tick, or a stack of older ones became
 * known. */
bool model_noted(const struct model *model);
/* Memory was wanting: nothing is noted any more. */
bool model_ticks_failed(const struct model *model);

#endif
