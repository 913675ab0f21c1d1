/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The heap, as the events say in the order of their stamps: blocks by address in a hash. */
#include "tests/preload/fakemem/fakemem.h"

#include <stdlib.h>

static struct block *slot_of(struct segment *s, uint64_t address)
{
	uint64_t i = (address * UINT64_C(0x9e3779b97f4a7c15)) >> 42;

	while (s->blocks[i].address && s->blocks[i].address != address)
		i = (i + 1) % HASH;
	return &s->blocks[i];
}

static void remove_slot(struct segment *s, struct block *slot)
{
	uint64_t hole = (uint64_t)(slot - s->blocks), i = hole;

	for (;;) {
		uint64_t home;

		s->blocks[hole].address = 0;
		do {
			i = (i + 1) % HASH;
			if (!s->blocks[i].address)
				return;
			home = (s->blocks[i].address * UINT64_C(0x9e3779b97f4a7c15)) >> 42;
		} while ((i - home) % HASH < (i - hole) % HASH);
		s->blocks[hole] = s->blocks[i];
		hole = i;
	}
}

static void add_block(struct segment *s, const struct block *block)
{
	struct figures *f[2] = {&s->figures, block->function ? &block->function->figures : NULL};

	*slot_of(s, block->address) = *block;
	for (int i = 0; i < 2 && f[i]; i++) {
		f[i]->current += block->size;
		f[i]->blocks++;
	}
}

/* False if there is no such block. */
static bool end_block(struct segment *s, uint64_t address, struct block *was)
{
	struct block *slot = slot_of(s, address);
	struct figures *f[2] = {&s->figures, NULL};

	if (!slot->address)
		return false;
	*was = *slot;
	f[1] = was->function ? &was->function->figures : NULL;
	remove_slot(s, slot);
	for (int i = 0; i < 2 && f[i]; i++) {
		f[i]->current -= was->size;
		f[i]->blocks--;
	}
	return true;
}

static void acquire(struct segment *s, const struct record *r)
{
	struct block old, block = {
		.address = wire_event_address(&r->event),
		.size = wire_event_size(&r->event),
		.ring = r->ring,
		.function = r->irregular ? NULL : function_of(s, wire_event_trace(&r->event)),
	};

	if (end_block(s, block.address, &old))
		s->frees++;
	add_block(s, &block);
	s->figures.allocations++;
	s->figures.total += block.size;
	if (block.function) {
		block.function->figures.allocations++;
		block.function->figures.total += block.size;
	}
	if (s->figures.current > s->peak)
		s->peak = s->figures.current;
	s->last[r->ring] = block;
}

static void release(struct segment *s, const struct record *r)
{
	uint64_t address = wire_event_address(&r->event);
	struct block was;

	s->moved[r->ring].address = 0;
	if (!end_block(s, address, &was)) {
		s->unknown++;
		return;
	}
	s->frees++;
	s->temporary += s->last[r->ring].address == address;
	if (wire_event_kind(&r->event) == WIRE_REALLOC_RELEASE)
		s->moved[r->ring] = was;
}

static void restore(struct segment *s, const struct record *r)
{
	struct block *moved = &s->moved[r->ring];

	if (moved->address != wire_event_address(&r->event)) {
		s->nonsense += moved->address != 0;
		return;
	}
	add_block(s, moved);
	s->frees--;
	s->restored++;
	moved->address = 0;
}

static void apply(struct segment *s, const struct record *r)
{
	switch (wire_event_kind(&r->event)) {
	case WIRE_ACQUIRE:
	case WIRE_ACQUIRE_STACK:
		s->irregular += r->irregular;
		acquire(s, r);
		return;
	case WIRE_RELEASE:
	case WIRE_REALLOC_RELEASE:
		release(s, r);
		break;
	case WIRE_REALLOC_RESTORE:
		restore(s, r);
		break;
	case WIRE_THREAD_BEGIN:
		s->threads++;
		break;
	case WIRE_THREAD_END:
		s->ended++;
		break;
	case WIRE_CALL:
		s->calls++;
		break;
	case WIRE_FORK:
	case WIRE_FORKED:
		break;
	default:
		s->nonsense++;
	}
	s->last[r->ring].address = 0;
}

static int by_stamp(const void *a, const void *b)
{
	const struct record *r = a, *q = b;
	uint64_t x = wire_event_ticks(&r->event), y = wire_event_ticks(&q->event);

	if (x != y)
		return x < y ? -1 : 1;
	return r->order < q->order ? -1 : 1;
}

void replay(struct segment *s)
{
	qsort(s->records + s->replayed, s->count - s->replayed, sizeof(*s->records), by_stamp);
	for (; s->replayed < s->count; s->replayed++)
		apply(s, &s->records[s->replayed]);
}
