/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_MAPPED_H
#define TRACER_COLLECT_NAMES_MAPPED_H
/* The files that are mapped in the target's address space: from an address to its module,
 * and to the bytes of the module's file. */
#include <stdbool.h>
#include "tracer/collect/names/names.h"

struct mapped;

struct mapped_module {
	uint64_t start, end, bias;
	struct module_id id;
	bool looked;                    /* the members below have been looked for */
	const unsigned char *bytes;     /* the file's bytes; NULL: unknown */
	size_t size;
	uint64_t headers;               /* file offset of the program headers */
	unsigned header_count;
	uint64_t table;                 /* address of .eh_frame_hdr; 0: none */
	uint64_t table_entries;
};

/* NULL: out of memory. */
struct mapped *mapped_new(struct names *names, int32_t pid);
void mapped_free(struct mapped *mapped);

/* From now on [start, end) belongs to this module; overlapping ones are removed. */
void mapped_put(struct mapped *mapped, struct module_id id, uint64_t start, uint64_t end,
		uint64_t bias);
/* Counts the changes of that table: what was derived from it at another count is
 * stale. */
unsigned mapped_changes(const struct mapped *mapped);
/* Keeps open the code files that were read last, see names_hold. */
void mapped_hold(struct mapped *mapped);
/* Remembers the files in /proc/PID/maps, for addresses that mapped_put was never told
 * of. */
void mapped_read(struct mapped *mapped);
/* The module at an address, or NULL; valid until the next put or find. */
const struct mapped_module *mapped_find(struct mapped *mapped, uint64_t address);
/* The 8 bytes at an address of a module as its file has them (what the file
 * does not fill reads as 0).  False: not in a module. */
bool mapped_word(struct mapped *mapped, uint64_t address, uint64_t *word);

#endif
