/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates and adds up what a look found (looked.h). */
#include "tracer/heap/tally/looked.h"

#include <stdlib.h>
#include "tracer/heap/tally/look_arenas.h"
#include "tracer/heap/tally/look_held.h"
#include "tracer/heap/tally/look_types.h"

void snapshot_look_free(struct snapshot_look *look)
{
	if (look) {
		free(look->rows);
		free(look->type_of_row);
		free(look->own);
		free(look->whole_of_row);
		look_types_free(look->types);
		look_arenas_free(look->arenas);
		look_held_release(look->held);
	}
	free(look);
}

struct snapshot_look *snapshot_look_new(size_t rows)
{
	struct snapshot_look *look = calloc(1, sizeof(*look));

	if (!look)
		return NULL;
	look->rows = calloc(rows + 1, sizeof(*look->rows));
	if (look->rows)
		return look;
	free(look);
	return NULL;
}

bool look_retains(const struct snapshot_look *look)
{
	return look && look->held && look->held->dominators.length;
}

void look_figures_add(struct look_figures *to, const struct look_figures *from)
{
	to->garbage += from->garbage;
	to->garbage_blocks += from->garbage_blocks;
	to->indirect += from->indirect;
	to->indirect_blocks += from->indirect_blocks;
	to->cycles += from->cycles;
	to->inside += from->inside;
	to->inside_blocks += from->inside_blocks;
	to->pins += from->pins;
	to->pinning += from->pinning;
}
