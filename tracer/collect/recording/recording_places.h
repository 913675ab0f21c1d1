/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_PLACES_H
#define TRACER_COLLECT_RECORDING_RECORDING_PLACES_H
/* The rows of a snapshot by trace, thread and domain, for rows of a query that begin with
 * these three and come in their order: each is found once. */
#include "tracer/collect/recording/recording_parts.h"

struct recording_place {
	uint64_t key;
	uint32_t row;
};
struct recording_places {
	struct recording_place *of;
	size_t length, at;              /* at: the place that is looked at */
};

/* False: out of memory; places_free is due all the same. */
bool places_make(struct recording_places *places, const struct snapshot *snapshot);
void places_free(struct recording_places *places);
/* False: the snapshot has no such row (that comes later). */
bool places_find(struct recording_places *places, const struct recording *recording,
		 struct recording_row *row, uint32_t *found);

#endif
