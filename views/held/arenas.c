/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/held/arenas.h"

#include <stdio.h>
#include <string.h>
#include "views/format/format.h"

double arena_fragmentation(const struct look_arena *arena)
{
	uint64_t handed = arena->mapped - arena->top;

	return handed ? 100.0 * (double)arena->free / (double)handed : 0;
}

const struct look_arena *arena_of_row(const struct table *table, const struct row *row)
{
	const struct look_arenas *arenas = table->now->look ? table->now->look->arenas : NULL;

	for (size_t i = 1; arenas && i < arenas->blocks->names_length; i++)
		if (table->view.by == BY_ARENA && !strcmp(arenas->blocks->names[i], row->key))
			return &arenas->of[i];
	return NULL;
}

static size_t text_length(int length, size_t size)
{
	return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

size_t arena_text(const struct look_arena *arena, char *text, size_t size)
{
	const uint64_t figures[] = { arena->mapped, arena->resident, arena->live,
				     arena->free,   arena->top,      arena->trim };
	char said[6][FORMAT_MAX];

	for (size_t i = 0; i < 6; i++)
		format_size((double)figures[i], false, said[i]);
	return text_length(snprintf(text, size,
				"%s mapped, %s resident, %s live, %s free inside (fragmentation "
				"%.0f %%), %s free at the top; malloc_trim would give back %s%s",
				said[0], said[1], said[2], said[3], arena_fragmentation(arena),
				said[4], arena->whole ? "" : "at least ", said[5]), size);
}

size_t arenas_max_text(const struct look_arenas *arenas, char *text, size_t size)
{
	size_t mains = 0, others = 0;
	uint64_t unused = 0;
	char said[FORMAT_MAX];

	for (size_t i = 1; i < arenas->blocks->names_length; i++) {
		bool other = !look_arenas_main(arenas, i);

		mains += !other;
		others += other;
		unused += other ? arenas->of[i].free + arenas->of[i].top : 0;
	}
	if (!unused)
		return 0;
	format_size((double)unused, false, said);
	return text_length(snprintf(text, size, "%zu arena%s beside the main one%s hold%s %s free: with "
					    "M_ARENA_MAX=1 all threads%s would share one arena, and "
					    "at most that would be saved", others,
				format_s(others), mains > 1 ? "s" : "", others == 1 ? "s" : "", said,
				mains > 1 ? " of a process" : ""), size);
}

size_t arenas_threshold_text(const struct look_arenas *arenas, char *text, size_t size)
{
	struct look_arena sum = look_arenas_sum(arenas);
	char said[FORMAT_MAX];

	if (!sum.large)
		return 0;
	format_size((double)sum.large, false, said);
	return text_length(snprintf(text, size, "%s of live blocks of 128 KiB or more lie in arenas: "
					    "with M_MMAP_THRESHOLD=131072 each would be mapped "
					    "alone, and given back as soon as it is freed", said),
		       size);
}
