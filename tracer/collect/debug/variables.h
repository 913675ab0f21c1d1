/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_VARIABLES_H
#define TRACER_COLLECT_DEBUG_VARIABLES_H
/*
 * The variables of a module by address: objects in .symtab of its file or of the debug
 * file found by its build-id (search.h), else in .dynsym.
 *
 * Nothing in the file is trusted: a damaged part gives no variables.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/debug/binary.h"

struct variable {
	uint64_t address, size;         /* as the file counts addresses; size is not 0 */
	char *name;                     /* a linker name, without its version; or what it is
					 * called in `function` */
	char *function;                 /* that has it, once rooted_members has found it; else
					 * NULL */
	char *file;                     /* the source file of a static one; NULL: it is
					 * global, or the file is not known */
};

struct variables {
	struct variable *of;            /* by address; none overlaps the next */
	size_t length;
	struct variable *local;         /* thread-local ones, likewise, by their place in
					 * the module's TLS block */
	size_t local_length;
	uint64_t tls_size, tls_align;   /* of PT_TLS; 0: it has none */
	struct variables_segment {
		uint64_t offset, address, bytes;        /* of the file's PT_LOAD
							 * segments */
		bool writable;
	} *segments;
	size_t segments_length;
	uint64_t end;                   /* of its memory, as the file counts addresses */
};

/* On a zeroed struct; call variables_free in the end, after a failure too.  0; -ENOENT:
 * the file can't be opened; -EFAULT: it is damaged; -ENOMEM. */
int variables_read(struct variables *variables, const struct binary_wish *wish);
void variables_free(struct variables *variables);

/* The address, as the file counts, of the first byte of a mapping that begins at `offset`
 * of the file and is `writable` (now) or not; UINT64_MAX: no segment has it. */
uint64_t variables_address(const struct variables *variables, uint64_t offset, bool writable);

#endif
