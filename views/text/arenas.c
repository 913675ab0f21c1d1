/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "views/text/arenas.h"

#include "views/held/arenas.h"

void text_put_arenas(struct out *out, const struct table *table)
{
	const struct look_arenas *arenas = table->now->look->arenas;
	const struct look_arena sum = look_arenas_sum(arenas);
	char text[512];

	arena_text(&sum, text, sizeof(text));
	out_format(out, "malloc's arenas: %s\n", text);
	if (arenas_max_text(arenas, text, sizeof(text)))
		out_format(out, "%s\n", text);
	if (arenas_threshold_text(arenas, text, sizeof(text)))
		out_format(out, "%s\n", text);
	for (size_t i = 0; table->view.by == BY_ARENA && i < table->length; i++) {
		const struct row *row = table_row(table, i);
		const struct look_arena *arena = arena_of_row(table, row);

		if (!arena)
			continue;
		arena_text(arena, text, sizeof(text));
		out_safe(out, row->key);
		out_format(out, ": %s\n", text);
	}
}
