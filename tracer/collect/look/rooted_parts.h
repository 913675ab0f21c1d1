/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_ROOTED_PARTS_H
#define TRACER_COLLECT_LOOK_ROOTED_PARTS_H
/* What rooted.c shares with the files for threads and names. */
#include "tracer/collect/debug/stack/owners.h"
#include "tracer/collect/debug/variables.h"
#include "tracer/collect/look/rooted.h"
#include "tracer/ground/finder.h"

#define NO_ROOT UINT32_MAX

enum kind { OF_VARIABLE, OF_MODULE, OF_LOCAL, OF_TLS, OF_STACK, OF_STACK_LOCAL,
	    OF_REGISTERS, OF_REGISTERS_LOCAL, OF_MAP, OF_MOVING,
	    OF_EPOLL, OF_TIMER, OF_FRAMES, OF_BETWEEN, OF_MAPPING, OF_NAME };

struct root {
	enum kind kind;
	uint32_t of;                    /* index of a module, thread, map or mapping */
	uint32_t which;                 /* index of a variable; for a stack or registers,
					 * of an owner there, + 1, or 0 */
};

struct rooted_module {
	const char *path;               /* the layout's string */
	const struct map *map;          /* where it was met first */
	struct variables variables;
	uint32_t *roots;                /* by variable: its root + 1; 0: none yet */
	uint32_t rest;                  /* root of the module's other data, + 1 */
	uint64_t bias;                  /* what to subtract from an address to get that in
					 * the file */
};

struct rooted_thread {
	char name[32];
	uint64_t stack;                 /* its stack pointer */
	uint64_t tls, pointer, end;     /* thread-local memory from `tls` to `end`; 0: none */
	uint32_t stack_root, tls_root, registers_root;  /* roots, + 1 */
	uint32_t *local;                /* by thread-local variable of all modules in
					 * `tls`: its root + 1 */
};

/* A module's thread-local memory, which is at the same place in all threads. */
struct rooted_tls {
	size_t module;
	uint64_t below;                 /* bytes from where it begins up to the thread pointer,
					 * a multiple of 8 */
	size_t first;                   /* the number of its first variable among those of
					 * all modules */
};

/* A frame or one of its variables, with its roots on the stack and in registers. */
struct rooted_owner {
	uint32_t stack_root, registers_root;    /* roots, + 1 */
};

struct rooted {
	int32_t pid;
	const struct layout *layout;
	struct memory *memory;          /* NULL: not of one instant */
	struct rooted_module *modules;
	size_t modules_length, modules_room;
	size_t module;                  /* module of the last map, */
	const struct map *map;          /* which was this one */
	uint64_t module_end;            /* where the module's memory in it ends */
	uint32_t map_root;              /* the root of the map itself, + 1 */
	struct rooted_mappings mappings;
	struct finder by_mapper;        /* the first one met of each stack, + 1, */
	uint32_t *mapping_roots;        /* and by mapping its root, + 1 */
	struct rooted_tls *tls;
	size_t tls_length, tls_room;
	size_t locals;                  /* variables in all of these */
	struct rooted_thread *threads;         /* in the order of the stop's threads */
	size_t threads_length;
	size_t *by_tls;                 /* indexes of threads, sorted by the address of
					 * their TLS */
	struct owners *stacks;          /* NULL: it is not known which frames the words
					 * are of */
	struct rooted_owner *owners;    /* in the order of the owners in `stacks` */
	struct root *roots;
	size_t length, room;
	uint8_t *ranks;
	size_t ranks_room;
	uint32_t moving, frames, between;       /* roots, + 1 */
	char **names;                   /* names of the roots that have nothing but a
					 * name */
	size_t names_length, names_room;
};

/* A root's number, which is given when it is first asked for and kept in *number, + 1;
 * NO_ROOT: no memory. */
uint32_t rooted_number(struct rooted *rooted, uint32_t *number, enum kind kind, size_t of,
		       size_t which);
/* The index of the variable that some whole words belong to: the first one in the word,
 * or SIZE_MAX; *end: where another may begin. */
size_t rooted_variable(const struct variable *of, size_t length, uint64_t address,
		       uint64_t *end);

/* The module of a map; SIZE_MAX: no memory. */
size_t rooted_module_of(struct rooted *rooted, const struct map *map);
/* The address of the variable with that name; 0: there is none. */
uint64_t rooted_address(const struct rooted_module *module, const char *name);

/* Lists threads, their thread-local memory and, if `memory` is there, the frames of their
 * stacks.  False: no memory. */
bool rooted_list_threads(struct rooted *rooted, const struct stop *stop, struct memory *memory);
/* The thread that has an address in its thread-local memory; or NULL, and *end is at most
 * where the next thread's begins. */
struct rooted_thread *rooted_tls_at(struct rooted *rooted, uint64_t address, uint64_t *end);
uint32_t rooted_of_tls(struct rooted *rooted, struct rooted_thread *thread, uint64_t address,
		       uint64_t *end);
/* The thread that runs on a stack: the one whose stack pointer is the next below. */
struct rooted_thread *rooted_stack_of(struct rooted *rooted, const struct map *map,
				      uint64_t address);
uint32_t rooted_of_stack(struct rooted *rooted, struct rooted_thread *thread,
			 uint64_t address, uint64_t *end);

#endif
