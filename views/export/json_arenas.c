/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/export/json_parts.h"

#include <inttypes.h>
#include "views/export/json_text.h"
#include "views/held/arenas.h"

static void put_arena(struct out *out, const char *name, const struct look_arena *arena)
{
	out_text(out, "{\"name\": ");
	json_string(out, name);
	out_format(out, ", \"mapped\": %" PRIu64 ", \"resident\": %" PRIu64 ", \"live\": %" PRIu64
			", \"live_large\": %" PRIu64 ", \"free\": %" PRIu64 ", \"top\": %" PRIu64
			", \"trim\": %" PRIu64 ", \"fragmentation\": ",
		   arena->mapped, arena->resident, arena->live, arena->large, arena->free,
		   arena->top, arena->trim);
	json_double(out, arena_fragmentation(arena));
	out_format(out, ", \"complete\": %s}", arena->whole ? "true" : "false");
}

void json_arenas(struct out *out, const struct look_arenas *arenas)
{
	out_text(out, ", \"arenas\": [");
	for (size_t i = 1; i < arenas->blocks->names_length; i++) {
		out_text(out, i > 1 ? ", " : "");
		put_arena(out, arenas->blocks->names[i], &arenas->of[i]);
	}
	out_text(out, "]");
}
