/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list that is sorted and merged whenever its room is full; if that does not halve it,
 * the room doubles. */
#include "tracer/heap/live/stirred.h"

#include <errno.h>
#include <stdlib.h>
#include "tracer/ground/array.h"

static int by_start(const void *left, const void *right)
{
	const struct stirred_stretch *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static void stirred_merge(struct stirred *stirred)
{
	size_t kept = 0;

	if (stirred->length)
		qsort(stirred->of, stirred->length, sizeof(*stirred->of), by_start);
	for (size_t i = 0; i < stirred->length; i++) {
		struct stirred_stretch *last = kept ? &stirred->of[kept - 1] : NULL;

		if (!last || stirred->of[i].start > last->end)
			stirred->of[kept++] = stirred->of[i];
		else if (stirred->of[i].end > last->end)
			last->end = stirred->of[i].end;
	}
	stirred->length = kept;
}

void stirred_watch(struct stirred *stirred, bool on)
{
	free(stirred->of);
	*stirred = (struct stirred){ .on = on };
}

void stirred_note(struct stirred *stirred, uint64_t address, uint64_t size)
{
	if (stirred->length == stirred->room) {
		stirred_merge(stirred);
		if (stirred->length >= stirred->room / 2)
			array_grow(&stirred->of, &stirred->room, stirred->room + 1,
				   sizeof(*stirred->of));
	}
	if (stirred->length < stirred->room)
		stirred->of[stirred->length++] =
			(struct stirred_stretch){ address, address + size + !size };
	else
		stirred->lost = true;
}

int stirred_each(struct stirred *stirred, int (*show)(void *user, uint64_t address, uint64_t size),
	       void *user)
{
	int error = stirred->lost ? -ENOMEM : 0;

	stirred_merge(stirred);
	for (size_t i = 0; !error && i < stirred->length; i++)
		error = show(user, stirred->of[i].start,
			     stirred->of[i].end - stirred->of[i].start);
	return error;
}
