/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each mapping is one line; those without a file are skipped. */
#include "tracer/collect/names/regions.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/ground/array.h"

enum { REGIONS_MAX = 65536 };

void regions_drop(struct regions *regions)
{
	for (size_t i = 0; i < regions->length; i++)
		free(regions->v[i].path);
	free(regions->v);
	*regions = (struct regions){ 0 };
}

/* Reads one line of maps; false: it is not a mapped file. */
static bool regions_parse_line(const char *line, struct region *region)
{
	int path = 0;

	char access[5] = "";

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n",
		   &region->start, &region->end, access, &region->offset, &path) != 4 ||
	    path == 0 || line[path] != '/')
		return false;
	region->code = access[2] == 'x';
	region->path = strndup(line + path, strcspn(line + path, "\n"));
	return region->path != NULL;
}

void regions_add(struct regions *regions, const struct region *region)
{
	if (regions->length == REGIONS_MAX ||
	    !array_grow(&regions->v, &regions->room, regions->length + 1,
			sizeof(*regions->v))) {
		free(region->path);
		return;
	}
	regions->v[regions->length++] = *region;
}

bool regions_read(struct regions *regions, int32_t pid)
{
	char path[64], line[PATH_MAX + 256];
	struct region region;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/maps", pid);
	FILE *file = pid > 0 ? fopen(path, "re") : NULL;
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (regions_parse_line(line, &region))
			regions_add(regions, &region);
	/* The list comes a page at a time, and just ends if the process's memory goes
	 * away in between. */
	bool whole = pread(fileno(file), line, 1, 0) == 1;
	fclose(file);
	return whole;
}

const struct region *regions_at(const struct regions *regions, uint64_t address)
{
	for (size_t i = 0; i < regions->length; i++)
		if (address >= regions->v[i].start && address < regions->v[i].end)
			return &regions->v[i];
	return NULL;
}
