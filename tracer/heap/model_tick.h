/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_TICK_H
#define TRACER_HEAP_MODEL_TICK_H
/* The model's part in the history: what changed from tick to tick (tally/tick.h). */
#include "tracer/heap/history/history.h"
#include "tracer/heap/model.h"

/* From now on changes are noted; what there already is counts as the first ones. */
void model_ticks(struct model *model);
/* Makes a tick, in constant time.  False: the one before has not been reported to its
 * end, or nothing is noted (any more). */
bool model_tick(struct model *model);
/* Reports at most `most` of the changes up to the tick.  True: *news has all of them and
 * belongs to the caller, who sets its time, reason and totals. */
bool model_tell(struct model *model, size_t most, struct history_news *news);
/* Whether something changed since the last tick, or the stack of an older block became
 * known. */
bool model_noted(const struct model *model);
/* Whether memory ran out, so that nothing is noted any more. */
bool model_ticks_failed(const struct model *model);

#endif
