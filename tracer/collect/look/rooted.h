/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_ROOTED_H
#define TRACER_COLLECT_LOOK_ROOTED_H
/*
 * Roots by their names: each variable of a module is one, each thread's stack, registers
 * and thread-local memory, and each other mapping.
 *
 *	static cache (worker.c)             a variable of one source file
 *	server (redis-server)               one that all files see, and the module
 *	data of libfoo.so                   where no symbol says more
 *	thread-local TLS (tls.c) of thread worker-3     of the program or a library
 *	TLS of thread worker-3              all else that belongs to it
 *	stack of thread worker-3 in serve() worker.c:80, local items
 *	stack of thread worker-3 in serve() worker.c:80     what no variable has
 *	registers of thread worker-3 in serve() worker.c:80, with a variable, too, or without
 *	map of /dev/shm/x, anonymous map 7f0012340000     with the stack that mapped it
 *	epoll data of descriptor 5, timer 0     what the kernel alone may have
 *	module app, local items of serve() app.py:30    of Python's: named, and no memory
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/look/kernel/kernel.h"
#include "tracer/collect/look/layout.h"
#include "tracer/collect/look/memory.h"
#include "tracer/collect/look/stop.h"

struct rooted;

/* Memory [start, end) that the program is known to have mapped, and by which stack: a
 * number of the caller's, not 0. */
struct rooted_mapping {
	uint64_t start, end;
	uint32_t trace;
};
/* By address, none over another. */
struct rooted_mappings {
	const struct rooted_mapping *of;
	size_t length;
};

/* A block is named by the root of the lowest rank (tracer/look/graph/ways.h). */
enum rooted_rank { ROOTED_DATA, ROOTED_THREAD, ROOTED_MAP, ROOTED_LOCAL, ROOTED_STACK,
		   ROOTED_REGISTER };

/* Reads the threads' names and the symbols of the program itself; those of a library are
 * read when its data are first asked about.  All arguments are borrowed, and `pid` may
 * have ended.  NULL: no memory. */
struct rooted *rooted_new(int32_t pid, const struct layout *layout, const struct stop *stop,
			  struct memory *memory);
void rooted_free(struct rooted *rooted);
/* From now on such memory is a root of its own, one for all that a stack mapped, unless it
 * is a module's, a stack or thread-local.  Borrowed.  0 or -ENOMEM. */
int rooted_know(struct rooted *rooted, const struct rooted_mappings *mappings);

/* The root that memory at `address` of a map belongs to; *end: where another one may
 * begin.  Both are multiples of 8, and *end is above `address`.  `stack`: a thread runs
 * on it.  UINT32_MAX: no memory. */
uint32_t rooted_at(struct rooted *rooted, const struct map *map, bool stack, uint64_t address,
		   uint64_t *end);
/* The root of byte `at` of a thread's registers, as struct stop_thread has them; *end:
 * where those of another root may begin.  UINT32_MAX: no memory. */
uint32_t rooted_registers(struct rooted *rooted, size_t thread, size_t at, size_t *end);
/* Where the module's data end in a map, after which the kernel may have joined other
 * memory to the same map: an address within the map. */
uint64_t rooted_module_end(struct rooted *rooted, const struct map *map);
/* The root for memory of a block that a realloc is moving; for a process that runs, for
 * all words that changed. */
uint32_t rooted_moving(struct rooted *rooted);

/* A root for what the kernel holds for that descriptor or timer; a new one each time. */
uint32_t rooted_kernel(struct rooted *rooted, enum kernel_who who, int32_t id);

/* A new root with a name and no memory; UINT32_MAX: out of memory. */
uint32_t rooted_named(struct rooted *rooted, const char *name);
/* The address of _PyRuntime in the program or in a library that has Python's name; 0: it
 * is not there, or there is no memory. */
uint64_t rooted_python(struct rooted *rooted);
/* The root for the locals of Python's functions. */
uint32_t rooted_frames(struct rooted *rooted);
/* The root for memory between blocks that may be blocks, too, which nobody recorded. */
uint32_t rooted_between(struct rooted *rooted);

/* The rank of each root; *length: all roots have numbers below it.  Borrowed. */
const uint8_t *rooted_ranks(const struct rooted *rooted, uint32_t *length);
/* Writes at most size - 1 bytes of a root's name; it is foreign text, so it still has to
 * go through format_safe. */
void rooted_name(const struct rooted *rooted, uint32_t root, char *text, size_t size);

/* The stack that mapped a root, as rooted_know was told; 0: it is not known. */
uint32_t rooted_mapper(const struct rooted *rooted, uint32_t root);

/* Calls `found` for each word that the variables among some roots have in a member of a
 * struct, with its value and the member's name: ".db[3].dict", foreign text. `wanted`: by
 * root.  Debug information is read for that, and from then on a static variable of a function
 * is named as its source does.  0, -ENOMEM, or the first error of `found`,
 * which ends it. */
int rooted_members(struct rooted *rooted, const bool *wanted,
		   int (*found)(void *user, uint32_t root, uint64_t value, const char *name),
		   void *user);

#endif
