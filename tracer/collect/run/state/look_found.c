/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/run/state/look_found.h"

#include "tracer/heap/snapshot.h"

struct look_found look_found_in(struct snapshot *const *all, size_t length)
{
	struct look_found found = { 0 };
	struct look_figures sum = { 0 };
	uint64_t pause = 0;

	for (size_t i = 0; i < length; i++) {
		const struct snapshot_look *look = all[i]->look;

		if (!look)
			continue;
		for (size_t k = 0; k < all[i]->rows_length; k++)
			look_figures_add(&sum, &look->rows[k]);
		if (look->pause > pause)
			pause = look->pause;
		found.unread += look->unread;
	}
	found.bytes = sum.garbage + sum.indirect;
	found.blocks = sum.garbage_blocks + sum.indirect_blocks;
	found.pause = (double)pause / 1e9;
	return found;
}
