/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is fetched ahead while a batch is folded. */
#include "tracer/heap/batch.h"

#include "tracer/heap/live/home.h"
#include "tracer/heap/model_parts.h"

/* First stage: what can be known without a look at memory. */
__attribute__((always_inline))
static inline void prefetch_keys(const struct model *model, uint32_t thread,
				 const struct wire_event *event)
{
	__builtin_prefetch(live_first(&model->live, wire_event_address(event)), 1);
	if (wire_event_kind(event) == WIRE_ACQUIRE)
		__builtin_prefetch(tally_slot(&model->tallies,
					      tally_hash(wire_event_trace(event), thread,
							 wire_event_domain(event))));
}

/* Second stage: the tally, which the lines that came with the first name.  A
 * guess: whoever had to go past his home is not found here. */
__attribute__((always_inline))
static inline void prefetch_tally(const struct model *model, uint32_t thread,
				  const struct wire_event *event)
{
	uint64_t address = wire_event_address(event);
	uint32_t index = UINT32_MAX;

	if (wire_event_kind(event) == WIRE_ACQUIRE) {
		const struct finder_slot *slot =
			tally_slot(&model->tallies, tally_hash(wire_event_trace(event), thread,
							       wire_event_domain(event)));
		if (slot)
			index = slot->value - 1;
	} else {
		const struct live_line *line = live_first(&model->live, address);
		unsigned found = line ? live_match(line, address) : 0;

		if (found)
			index = live_tally(&line->entry[__builtin_ctz(found)]);
	}
	if (index < model->tallies.length) {
		const struct tally *tally = tally_at(&model->tallies, index);

		__builtin_prefetch(tally, 1);
		__builtin_prefetch(tally->sizes, 1);
	}
}

#define KEYS_AHEAD 48u
#define TALLY_AHEAD 20u
#define TALLIES_NEAR 2048u              /* so many stay in the cache by themselves */

void model_apply_batch(struct model *model, const struct model_event *events, unsigned n)
{
	bool far = model->tallies.length > TALLIES_NEAR;

	for (unsigned i = 0; i < n && i < KEYS_AHEAD; i++)
		prefetch_keys(model, events[i].ring->thread, &events[i].event);
	for (unsigned i = 0; far && i < n && i < TALLY_AHEAD; i++)
		prefetch_tally(model, events[i].ring->thread, &events[i].event);
	for (unsigned i = 0; i < n; i++) {
		const struct model_event *keys = &events[i + KEYS_AHEAD];
		const struct model_event *tally = &events[i + TALLY_AHEAD];

		if (i + KEYS_AHEAD < n)
			prefetch_keys(model, keys->ring->thread, &keys->event);
		if (far && i + TALLY_AHEAD < n)
			prefetch_tally(model, tally->ring->thread, &tally->event);
		model_apply(model, events[i].ring, &events[i].event);
	}
}

