/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process maps now says which file an address is in.  If it has ended, what
 * the tracer told of its modules says so, where only one of them ever stood there, and
 * at last what it began with.  At most UNKNOWN_CALLERS addresses an image come here.
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
		uint64_t call = of->address - 1;        /* that returns there */
		const char *path = path_at(&now, call);

		if (path || !lives)
			of->module = mirror_module_at(mirror, call, path);
		path = lives || of->module.v ? NULL : path_at(born, call);
		if (path)
			of->module = mirror_module_at(mirror, call, path);
	}
	regions_drop(&now);
}
