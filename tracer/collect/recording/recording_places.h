/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_RECORDING_PLACES_H
#define TRACER_COLLECT_RECORDING_RECORDING_PLACES_H
/* Finds the rows of a snapshot by trace, thread and domain, for a query whose rows begin
 * with these three and come in their order: one pass finds all. */
#include "tracer/collect/recording/recording_parts.h"

struct recording_place {
	uint64_t key;
	uint32_t row;
};
struct recording_places {
	struct recording_place *of;
	size_t length, at;              /* at: the current place */
};

/* False: out of memory; call places_free all the same. */
bool places_make(struct recording_places *places, const struct snapshot *snapshot);
void places_free(struct recording_places *places);
/* False: the snapshot has no such row after the current place. */
bool places_find(struct recording_places *places, const struct recording *recording,
		 struct recording_row *row, uint32_t *found);

#endif
