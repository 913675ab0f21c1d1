/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tallies are only appended, so each is looked at once.  A stack has one tally for each
 * thread and domain, and is counted with the first of them. */
#include "tracer/heap/tally/cuts.h"

#include <assert.h>
#include <stdlib.h>
#include "tracer/heap/catalog/stack.h"

/* Whether this is the first call for a trace; also true when out of memory. */
static bool first_time(struct cuts *cuts, uint32_t trace)
{
	unsigned ours = trace >= TRACE_OURS;
	uint32_t place = trace & ~TRACE_OURS;
	size_t word = place / 64, words = cuts->words[ours];

	if (word >= words) {
		size_t room = 2 * word + 16;
		uint64_t *more = realloc(cuts->traces[ours], room * sizeof(*more));

		if (!more)
			return true;
		memset(more + words, 0, (room - words) * sizeof(*more));
		cuts->traces[ours] = more;
		cuts->words[ours] = room;
	}
	assert(word < cuts->words[ours]);
	uint64_t bit = UINT64_C(1) << place % 64, before = cuts->traces[ours][word];

	cuts->traces[ours][word] |= bit;
	return !(before & bit);
}

void cuts_count(struct cuts *cuts, const struct catalog *catalog, const struct tallies *tallies,
		uint32_t nframe)
{
	if (cuts->nframe != nframe) {
		cuts_free(cuts);
		cuts->nframe = nframe;
	}
	for (; cuts->seen < tallies->length; cuts->seen++) {
		const struct tally *tally = tally_at(tallies, cuts->seen);
		struct trace_id trace = { tally->trace };
		bool more = nframe && catalog_depth(catalog, trace) > nframe;
		enum cut why = stack_cut(catalog, trace, more);

		if (why != CUT_NONE && why != CUT_FULL && tally->state == TALLY_KEYED &&
		    first_time(cuts, tally->trace))
			cuts->count[why]++;
	}
}

void cuts_free(struct cuts *cuts)
{
	free(cuts->traces[0]);
	free(cuts->traces[1]);
	*cuts = (struct cuts){ 0 };
}
