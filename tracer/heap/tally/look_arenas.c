/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/look_arenas.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/ground/array.h"

struct look_arenas *look_arenas_new(void)
{
	struct look_arenas *arenas = calloc(1, sizeof(*arenas));
	char *none = strdup("no arena");

	if (arenas && none)
		arenas->blocks = look_types_new();
	if (arenas && arenas->blocks &&
	    array_grow(&arenas->of, &arenas->room, 1, sizeof(*arenas->of))) {
		arenas->of[LOOK_NO_ARENA] = (struct look_arena){ .whole = true };
		free(arenas->blocks->names[LOOK_NO_TYPE]);
		arenas->blocks->names[LOOK_NO_TYPE] = none;
		return arenas;
	}
	free(none);
	look_arenas_free(arenas);
	return NULL;
}

void look_arenas_free(struct look_arenas *arenas)
{
	if (!arenas)
		return;
	look_types_free(arenas->blocks);
	free(arenas->of);
	free(arenas);
}

struct look_arena *look_arenas_add(struct look_arenas *arenas, const char *name)
{
	size_t length = arenas->blocks->names_length;

	if (!array_grow(&arenas->of, &arenas->room, length + 1, sizeof(*arenas->of)) ||
	    look_types_name(arenas->blocks, name) != length)
		return NULL;
	arenas->of[length] = (struct look_arena){ .whole = true };
	return &arenas->of[length];
}

struct look_arenas *look_arenas_copy(const struct look_arenas *from)
{
	struct look_arenas *arenas = look_arenas_new();

	for (size_t i = 1; arenas && i < from->blocks->names_length; i++) {
		struct look_arena *arena = look_arenas_add(arenas, from->blocks->names[i]);

		if (!arena) {
			look_arenas_free(arenas);
			return NULL;
		}
		*arena = from->of[i];
	}
	return arenas;
}

struct look_arena look_arenas_sum(const struct look_arenas *arenas)
{
	struct look_arena sum = { .whole = true };

	for (size_t i = 1; i < arenas->blocks->names_length; i++) {
		const struct look_arena *arena = &arenas->of[i];

		sum.mapped += arena->mapped;
		sum.resident += arena->resident;
		sum.live += arena->live;
		sum.large += arena->large;
		sum.free += arena->free;
		sum.top += arena->top;
		sum.trim += arena->trim;
		sum.whole = sum.whole && arena->whole;
	}
	return sum;
}
