/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/catalog/earlier.h"
#include "tracer/heap/catalog/catalog_parts.h"

void earlier_set(struct catalog *catalog, uint64_t before)
{
	atomic_store(&catalog->before, before);
	atomic_store(&catalog->attached, true);
}

bool earlier_is(const struct catalog *catalog, uint64_t *bytes)
{
	if (!atomic_load(&catalog->attached))
		return false;
	uint64_t before = atomic_load(&catalog->before);

	*bytes = before ? before - 1 : UINT64_MAX;
	return true;
}
