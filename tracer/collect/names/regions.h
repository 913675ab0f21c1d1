/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_REGIONS_H
#define TRACER_COLLECT_NAMES_REGIONS_H
/* The mappings of files in /proc/PID/maps. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region {
	uint64_t start, end, offset;
	bool code;
	char *path;
};

struct regions {                        /* sorted, without overlap; zero-initialise */
	struct region *v;
	size_t length, room;
};

/* Adds what a process maps now.  False: it can't be read, or the process ended (or went
 * through an exec) meanwhile; then what was added is right but may not be all. */
bool regions_read(struct regions *regions, int32_t pid);
/* Adds a region, and owns its path from then on. */
void regions_add(struct regions *regions, const struct region *region);
/* The region that holds an address, or NULL. */
const struct region *regions_at(const struct regions *regions, uint64_t address);
/* Frees the list and its paths. */
void regions_drop(struct regions *regions);

#endif
