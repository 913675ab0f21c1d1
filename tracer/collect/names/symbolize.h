/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_SYMBOLIZE_H
#define TRACER_COLLECT_NAMES_SYMBOLIZE_H
/*
 * The names thread finds frames of sites with libdw, and traces of irregular stacks with
 * libunwind's remote interface.  No other thread calls libdw, libiberty or libunwind.
 * Callers only queue; queues are bounded, and never block the reader longer than copying
 * takes.
 */
#include <pthread.h>
#include <stdbool.h>
#include "tracer/heap/catalog/catalog.h"
#include "tracer/wire/wire.h"

struct symbolizer;
struct symbolizer_space;                /* of one image: where its modules are mapped */

/* Called in the names thread when an irregular stack is done. */
typedef void (*symbolize_settled)(void *user, uint32_t ticket, struct trace_id trace);

struct symbolizer_options {
	struct catalog *catalog;        /* a reference is taken */
	pthread_mutex_t *lock;          /* held around each (writer) call of the catalog */
	const char *const *source_maps; /* "OLD=NEW", NULL-terminated; may be NULL */
	const char *wrappers;           /* text of the wrapper list ("func:GLOB", "file:GLOB" lines) */
};

/* Starts the thread.  NULL: out of memory or no thread. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options);

/* Adds an image, by its pid in memtop's own namespace (/proc/PID/{maps,root,map_files}).
 * Its mappings are read in the call, so the process should wait meanwhile.  NULL: out of
 * memory. */
struct symbolizer_space *symbolizer_join(struct symbolizer *symbolizer, int32_t pid,
					 symbolize_settled settled, void *user);
/* Whether all stacks of the image that were queued are done. */
bool symbolizer_idle(struct symbolizer_space *space);
/* Leaves and frees the space: nothing more comes from the image, and `settled` is not
 * called any more. */
void symbolizer_leave(struct symbolizer_space *space);

/* A module was loaded: the names thread opens it at once, before its file can vanish.
 * `bias`, [start, end): where it is mapped now. */
void symbolizer_module(struct symbolizer_space *space, struct module_id id, uint64_t start,
		       uint64_t end, uint64_t bias);
/* The module for the image's code made at run time, whose offsets are addresses
 * (perfmap.h); it is made when it is first asked for.  The catalog's lock is held. {0}:
 * no memory. */
struct module_id symbolizer_made(struct symbolizer_space *space);
/* From now on sites wait for their names until a caller waits in symbolizer_flush: for a
 * run that may end without anyone reading them. */
void symbolizer_on_demand(struct symbolizer *symbolizer);
/* Queues a site to be named. */
void symbolizer_site(struct symbolizer *symbolizer, struct site_id id);
/* Queues an irregular stack; the bytes are copied.  -EAGAIN if 64 MiB wait already (then
 * the caller waits, so that the ring fills and the target waits too). */
int symbolizer_stack(struct symbolizer_space *space, uint32_t ticket,
		     const struct wire_stack *stack, size_t bytes);

/* Waits until all that was queued before is done, at most `seconds`.  True if done. */
bool symbolizer_flush(struct symbolizer *symbolizer, double seconds);
/* How many sites have no function name so far. */
uint64_t symbolizer_unresolved(const struct symbolizer *symbolizer);
/* Ends the thread, discards what is queued, and frees. */
void symbolizer_free(struct symbolizer *symbolizer);

#endif
