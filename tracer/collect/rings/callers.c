/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file that an address is in is known from the process's mappings.  If the process
 * has ended, it is known from the modules that the tracer reported, if only one of them
 * was ever at that address, and otherwise from the mappings at the process's start.  At
 * most UNKNOWN_CALLERS addresses of an image come here.
 */
#include "tracer/collect/rings/callers.h"

static const char *path_at(const struct regions *regions, uint64_t address)
{
	const struct region *region = regions_at(regions, address);

	return region ? region->path : NULL;
}

void callers_name(struct unknown_callers *callers, struct mirror *mirror, int32_t pid,
		  const struct regions *born)
{
	struct regions now = { 0 };
	bool lives;

	if (callers->named == callers->length)
		return;
	lives = regions_read(&now, pid);
	for (; callers->named < callers->length; callers->named++) {
		struct unknown_caller *of = &callers->of[callers->named];
		uint64_t call = of->address - 1;        /* the call before the return
							 * address */
		const char *path = path_at(&now, call);

		if (path || !lives)
			of->module = mirror_module_at(mirror, call, path);
		path = lives || of->module.v ? NULL : path_at(born, call);
		if (path)
			of->module = mirror_module_at(mirror, call, path);
	}
	regions_drop(&now);
}
