/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each process held at a moment, from its recorded totals: no rows are read. */
#include "tracer/collect/recording/recording_parts.h"

#include <stdlib.h>

/* The bytes that each process held, by its place in the program's list + 1. */
struct holding {
	uint64_t *bytes;
	size_t length;
	enum moment_kind kind;
};

/* Notes what a process held.  Moments come in the order of their kinds, so a later one
 * replaces the process's earlier one: if there is a moment from before Python's
 * finalization, that is what the process held at its end. */
static int fold_holding(struct recording *recording, struct recording_row *row,
			void *user)
{
	struct holding *holding = user;
	uint32_t process = row_u32(row, 0, INT32_MAX);
	uint64_t current = row_u64(row, 1), peak = row_u64(row, 2);

	(void)recording;
	if (process < holding->length)
		holding->bytes[process] = holding->kind == MOMENT_PEAK ? peak : current;
	return 0;
}

static const char *question(enum moment_kind kind)
{
#define AT(kinds) "SELECT process, current, peak_ever FROM moment WHERE " kinds \
	" AND process > 0 ORDER BY kind, id"
	switch (kind) {
	case MOMENT_NAMED: return AT("kind = 1 AND number = ?");
	case MOMENT_PEAK: return AT("kind = 2");
	case MOMENT_LIVE: return AT("kind = 0");
	default: return AT("kind IN (3, 4)");
	}
#undef AT
}

/* The bytes by process, malloced; NULL: not known. */
static uint64_t *held(struct recording *recording, const struct snapshot *at)
{
	size_t length = recording->program.processes_length + 1;
	struct holding holding = { calloc(length, sizeof(uint64_t)), length, at->kind };
	struct error error;

	if (holding.bytes && recording_query(recording, question(at->kind), at->number,
					     fold_holding, &holding, &error) == 0)
		return holding.bytes;
	free(holding.bytes);
	return NULL;
}

struct heavier recording_heavier(struct recording *recording, const struct snapshot *now,
				 const struct snapshot *old)
{
	struct heavier heavier = { .grew = old != NULL };
	uint32_t shown = now->process;
	size_t length = recording->program.processes_length;

	if (!recording->has_processes || length < 2 || !shown || shown > length)
		return heavier;
	uint64_t *after = held(recording, now), *before = old ? held(recording, old) : NULL;

	if (!after || (old && !before))
		shown = 0;
	for (size_t i = 1; shown && i <= length; i++) {
		uint64_t grown = after[i];

		if (before)
			grown = after[i] > before[i] ? after[i] - before[i] : 0;
		after[i] = grown;
	}
	heavier.bytes = shown ? after[shown] : 0;
	for (size_t i = 1; shown && i <= length; i++)
		if (after[i] > heavier.bytes && !recording->program.processes[i - 1].others) {
			heavier.process = (uint32_t)i;
			heavier.bytes = after[i];
		}
	free(after);
	free(before);
	return heavier;
}
