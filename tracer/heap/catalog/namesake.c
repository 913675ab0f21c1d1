/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/heap/catalog/namesake.h"
#include "tracer/heap/catalog/catalog_parts.h"

static bool is_namesake(const void *context, uint32_t id, const void *key)
{
	return catalog_thread(context, (struct thread_id){ id }).name.v ==
	       ((const struct str_id *)key)->v;
}

struct thread_id namesake_thread(struct catalog *catalog, struct str_id name)
{
	uint32_t hash = hash_mix(name.v, 0);
	uint32_t known = finder_find(&catalog->namesakes, hash, is_namesake, catalog,
				     &name);

	if (known || !finder_room(&catalog->namesakes))
		return (struct thread_id){ known };
	struct thread_id id = catalog_add_thread(catalog, 0, name);

	if (id.v && id.v < CATALOG_THREADS - 1)
		finder_put(&catalog->namesakes, hash, id.v);
	return id;
}
