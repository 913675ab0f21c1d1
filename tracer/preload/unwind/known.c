/* SPDX-License-Identifier: MIT */
/*
 * A range is a readable mapping of a file that belongs to a module.  The list is complete
 * before anybody reads it.  A range is dropped by setting its end to its start.
 */
#include "tracer/preload/unwind/known.h"

#include <stdatomic.h>

#include "tracer/preload/base/maps.h"
#include "tracer/preload/segment/table.h"

#define LIST_BYTES (UINT64_C(256) << 10)

struct range {
	uintptr_t low;
	_Atomic uintptr_t high;
	uint32_t module;
};

static struct {
	struct range *list;
	_Atomic uint32_t count;
	/* While the list is being made. */
	char *text;
	uint32_t (*whose)(uintptr_t address, char *text);
} known;

static bool is_in(const struct range *range, uintptr_t address)
{
	return address >= range->low &&
	       address < atomic_load_explicit(&range->high, memory_order_relaxed);
}

static const struct range *known_find(uintptr_t address)
{
	/* This acquire pairs with the release in known_make: the list is complete. */
	uint32_t count = atomic_load_explicit(&known.count, memory_order_acquire);

	for (uint32_t i = 0; i < count; i++)
		if (is_in(&known.list[i], address))
			return &known.list[i];
	return NULL;
}

/* A file may also be mapped by the program itself: only mappings that the loader counts
 * to the module belong to it. */
static void known_add(void *user, const struct maps_piece *piece)
{
	uint32_t *count = user;
	struct range *to = &known.list[*count];

	if (!piece->readable || *count == LIST_BYTES / sizeof(*to))
		return;
	to->low = piece->start;
	atomic_store_explicit(&to->high, piece->end, memory_order_relaxed);
	to->module = known.whose(piece->start, known.text);
	*count += to->module != WIRE_MODULE_NONE;
}

bool known_make(char *text, uint32_t (*whose)(uintptr_t address, char *text))
{
	uint32_t count = 0;

	if (!known.list)
		known.list = table_private(LIST_BYTES);
	if (!known.list)
		return false;
	atomic_store(&known.count, 0);
	known.text = text;
	known.whose = whose;
	if (maps_each(known_add, &count) != 0)
		return false;
	/* This release pairs with the acquire in the search: whoever sees the count sees
	 * the ranges. */
	atomic_store_explicit(&known.count, count, memory_order_release);
	return true;
}

bool known_readable(uintptr_t address) { return known_find(address) != NULL; }

uint32_t known_module(uintptr_t address)
{
	const struct range *range = known_find(address);

	return range ? range->module : WIRE_MODULE_NONE;
}

void known_check(bool (*is_module)(uintptr_t address))
{
	uint32_t count = atomic_load_explicit(&known.count, memory_order_acquire);

	for (uint32_t i = 0; i < count; i++)
		if (!is_module(known.list[i].low))
			atomic_store_explicit(&known.list[i].high, known.list[i].low,
					      memory_order_relaxed);
}
