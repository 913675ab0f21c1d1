/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/tally/look_arenas.h"

#include <stdio.h>
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

static void sum_arena(struct look_arena *to, const struct look_arena *from)
{
	to->mapped += from->mapped;
	to->resident += from->resident;
	to->live += from->live;
	to->large += from->large;
	to->free += from->free;
	to->top += from->top;
	to->trim += from->trim;
	to->whole = to->whole && from->whole;
}

/* Adds an arena's figures under its name, which another one may have if a process has the
 * pid of one that has ended.  Returns its number, or UINT32_MAX: out of memory. */
static uint32_t add_named(struct look_arenas *to, const struct look_arenas *from, size_t i,
			  int32_t pid)
{
	char name[128];
	size_t before = to->blocks->names_length;

	if (pid)
		snprintf(name, sizeof(name), "%.64s of process %d", from->blocks->names[i],
			 (int)pid);
	else
		snprintf(name, sizeof(name), "%s", from->blocks->names[i]);
	const struct look_arena *arena = look_arenas_add(to, name);
	uint32_t number = arena ? (uint32_t)before : look_types_name(to->blocks, name);

	if (!arena && number >= before)
		return UINT32_MAX;
	sum_arena(&to->of[number], &from->of[i]);
	return number;
}

bool look_arenas_add_all(struct look_arenas *to, const struct look_arenas *from, int32_t pid,
			 const uint32_t *rows)
{
	size_t length = from->blocks->names_length;
	uint32_t *numbers = calloc(length + 1, sizeof(*numbers));
	bool whole = numbers;

	for (size_t i = 1; whole && i < length; i++) {
		numbers[i] = add_named(to, from, i, pid);
		whole = numbers[i] != UINT32_MAX;
	}
	for (size_t i = 0; whole && i < from->blocks->parts_length; i++) {
		const struct look_part *part = &from->blocks->parts[i];
		struct look_part *add = look_types_part(to->blocks, rows[part->row],
							numbers[part->type]);

		whole = add;
		if (!whole)
			break;
		add->size += part->size;
		add->count += part->count;
	}
	free(numbers);
	return whole;
}

bool look_arenas_main(const struct look_arenas *arenas, size_t number)
{
	return strncmp(arenas->blocks->names[number], "main arena", strlen("main arena")) == 0;
}

struct look_arena look_arenas_sum(const struct look_arenas *arenas)
{
	struct look_arena sum = { .whole = true };

	for (size_t i = 1; i < arenas->blocks->names_length; i++)
		sum_arena(&sum, &arenas->of[i]);
	return sum;
}
