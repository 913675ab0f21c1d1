/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_BINARY_H
#define TRACER_COLLECT_DEBUG_BINARY_H
/* The ELF file that a module of the target was mapped from. */
#include <stddef.h>
#include <stdint.h>

struct binary_wish {
	const char *path;               /* as the target names it */
	const uint8_t *build_id;
	size_t build_id_length;         /* 0: none, then the path alone decides */
	int32_t pid;                    /* of the target in memtop's namespace; 0: none */
	uint64_t start, end;            /* where it is mapped; 0: unknown */
	int held;                       /* 1 + a descriptor that was opened early; 0: none */
};

/* Opens the first file with the right build-id: below --sysroot, the one that is held, by
 * its path, through the target's root, by its mapping (a deleted file), by the target's
 * executable, in the folders of --debug-path.  Returns a new descriptor, or -1 with
 * *reason, a sentence in static storage. */
int binary_open(const struct binary_wish *wish, const char **reason);

/* Opens a path if it is a regular file; never blocks.  A descriptor or -1. */
int binary_hold(const char *path);

/* Reads the build-id of an open ELF file into id.  Returns its length; 0: none; -1: it is
 * no ELF file of this machine. */
int binary_build_id(int fd, uint8_t id[20]);

#endif
