/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the heaps (parts.h), each at the peak that it had in one process:
 * of those that have ended only the highest is kept. */
#include "tracer/collect/run/live_parts.h"

#include <stdlib.h>

struct parts_gone {
	uint64_t sum;                   /* of all their peaks */
	struct snapshot *highest;
	uint32_t process;               /* whose that was */
};

/* Takes the snapshot over. */
static void take(struct parts_gone *gone, struct snapshot *peak, uint32_t process)
{
	gone->sum += peak->totals.peak_ever;
	if (gone->highest && gone->highest->totals.peak_ever >= peak->totals.peak_ever) {
		snapshot_release(peak);
		return;
	}
	snapshot_release(gone->highest);
	gone->highest = peak;
	gone->process = process;
}

void live_parts_ended(struct live *live, struct image *image)
{
	unsigned length = live->options.parts.length;

	pthread_mutex_lock(&live->lock);
	if (length && !live->parts_gone)
		live->parts_gone = calloc(length, sizeof(*live->parts_gone));
	for (unsigned i = 0; live->parts_gone && i < length; i++) {
		struct snapshot *peak = image_part(image, i);

		if (peak)
			take(&live->parts_gone[i], peak, image->process);
	}
	pthread_mutex_unlock(&live->lock);
}

struct snapshot *live_part_peak(struct live *live, unsigned part, size_t *process, uint64_t *sum)
{
	struct parts_gone all = { 0 };

	pthread_mutex_lock(&live->lock);
	size_t length = live->program.processes_length;
	if (live->parts_gone)
		all = live->parts_gone[part];
	if (all.highest)
		snapshot_retain(all.highest);
	pthread_mutex_unlock(&live->lock);
	for (uint32_t i = 1; i <= length; i++) {
		struct snapshot *peak = reader_part(live->reader, i, part);

		if (peak)
			take(&all, peak, i);
	}
	*process = all.process ? all.process - 1 : 0;
	*sum = all.sum;
	return all.highest;
}

void live_parts_free(struct live *live)
{
	for (unsigned i = 0; live->parts_gone && i < live->options.parts.length; i++)
		snapshot_release(live->parts_gone[i].highest);
	free(live->parts_gone);
}
