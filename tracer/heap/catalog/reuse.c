/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/catalog/reuse.h"
#include "tracer/heap/catalog/catalog_parts.h"

#define FIRST_TOLD 13u                  /* the version that brought PyRefTracer_SetTracer,
					 * by which reuse is seen */

void reuse_met(struct catalog *catalog, unsigned minor)
{
	if (minor < FIRST_TOLD)
		atomic_store(&catalog->reuses, true);
}

bool reuse_is(const struct catalog *catalog) { return atomic_load(&catalog->reuses); }
