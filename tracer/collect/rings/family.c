/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and frees what the images of a run share. */
#include "tracer/collect/rings/family.h"

#include <stdlib.h>
#include <unistd.h>

struct family *family_new(const char *const *source_maps, const char *wrappers)
{
	struct family *family = calloc(1, sizeof(*family));

	if (!family)
		return NULL;
	pthread_mutex_init(&family->lock, NULL);
	family->budget.left = sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGESIZE);
	family->prefault = worker_new("pages");
	family->catalog = catalog_new();
	const struct symbolizer_options names = {
		.catalog = family->catalog,
		.lock = &family->lock,
		.source_maps = source_maps,
		.wrappers = wrappers,
	};
	if (family->catalog)
		family->symbolizer = symbolizer_new(&names);
	if (family->symbolizer)
		return family;
	family_free(family);
	return NULL;
}

void family_free(struct family *family)
{
	if (!family)
		return;
	if (family->symbolizer)
		symbolizer_free(family->symbolizer);
	if (family->catalog)
		catalog_release(family->catalog);
	worker_free(family->prefault);
	pthread_mutex_destroy(&family->lock);
	free(family);
}
