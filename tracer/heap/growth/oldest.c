/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two lists that change places at the end of each walk. */
#include "tracer/heap/growth/oldest.h"

#include <assert.h>
#include <stdlib.h>
#include "tracer/ground/array.h"

void oldest_free(struct oldest *oldest)
{
	free(oldest->found.of);
	free(oldest->told.of);
	*oldest = (struct oldest){ .walked = false };
}

void oldest_begin(struct oldest *oldest)
{
	oldest->found.length = 0;
}

void oldest_count(struct oldest *oldest, uint32_t tally, uint32_t birth)
{
	struct oldest_list *list = &oldest->found;

	if (tally >= list->length) {
		if (!array_grow(&list->of, &list->room, tally + (size_t)1, sizeof(*list->of)))
			return;
		while (list->length <= tally)
			list->of[list->length++] = OLDEST_NONE;
	}
	assert(birth != OLDEST_NONE);
	assert(tally < list->length && list->length <= list->room);
	if (birth < list->of[tally])
		list->of[tally] = birth;
}

void oldest_end(struct oldest *oldest, uint32_t tick)
{
	const struct oldest_list told = oldest->told;

	oldest->told = oldest->found;
	oldest->found = told;
	oldest->tick = tick;
	oldest->walked = true;
}

uint32_t oldest_of(const struct oldest *oldest, uint32_t tally)
{
	return tally < oldest->told.length ? oldest->told.of[tally] : OLDEST_NONE;
}
