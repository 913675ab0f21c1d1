/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CATALOG_H
#define TRACER_HEAP_CATALOG_CATALOG_H
/*
 * What ids mean: strings, modules, frames, sites, traces, threads of one
 * run, of all its processes.  Append-only and chunked, so that nothing ever moves.
 *
 * Locking in one sentence: functions marked (writer) are serialised by the
 * catalog's owner, which holds one lock around them; all others may run in
 * any thread at any time without a lock and see a prefix of what was written.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/cut.h"
#include "tracer/heap/catalog/ids.h"
#include "tracer/heap/catalog/lang.h"

struct catalog;

struct module {
	struct str_id path, name;       /* absolute path; its last component */
	uint8_t build_id[20];
	uint8_t build_id_length;
	struct str_id reason;           /* why its frames have no names; empty: they may */
};

struct frame {
	struct str_id file;             /* absolute source path; the module's path if line is 0 */
	struct str_id function;         /* demangled; "+0xOFFSET" if unknown */
	struct module_id module;
	uint32_t line;                  /* 0: unknown */
	uint8_t lang;                   /* enum lang */
	bool inlined;                   /* stands inside the next older frame */
	bool wrapper;                   /* an allocator wrapper (share/memtop/wrappers) */
	bool unresolved;                /* no function name is known */
};

struct site {
	struct module_id module;
	uint64_t offset;                /* ELF p_vaddr looked up; or an address */
};

/* A thread of the target. */
struct thread {
	int32_t tid;
	struct str_id name;
};

/* NULL: out of memory. */
struct catalog *catalog_new(void);
/* Catalogs are shared by snapshots: counted.  release of the last frees. */
struct catalog *catalog_retain(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* (writer) Interns bytes; {0} for the empty string, without memory, or (known) if new. */
struct str_id catalog_intern(struct catalog *catalog, const char *bytes, size_t length);
struct str_id catalog_known(struct catalog *catalog, const char *bytes, size_t length);
/* NUL-terminated, lives as long as the catalog. */
const char *catalog_text(const struct catalog *catalog, struct str_id id);

/* (writer) {0} when out of memory.  catalog_add_module gives the next index. */
struct module_id catalog_add_module(struct catalog *catalog, const struct module *module);
/* A module of this path and build-id; {0}: none. */
struct module_id catalog_find_module(const struct catalog *catalog, const char *path,
				     const uint8_t *build_id, size_t length);
/* (writer) Says why names of this module are missing. */
void catalog_set_reason(struct catalog *catalog, struct module_id id, struct str_id reason);
struct module catalog_module(const struct catalog *catalog, struct module_id id);
uint32_t catalog_modules(const struct catalog *catalog);       /* count, 0 included */

/* (writer) Equal frames get the same id. */
struct frame_id catalog_add_frame(struct catalog *catalog, const struct frame *frame);
/* A copy of the frame; all zero for an unknown id. */
struct frame catalog_frame(const struct catalog *catalog, struct frame_id id);
uint32_t catalog_frames(const struct catalog *catalog);

/* (writer) Sets site `id` (any index; gaps are empty).  0 or -ENOMEM. */
int catalog_put_site(struct catalog *catalog, struct site_id id, const struct site *site);
/* (writer) A site of memtop's own making (id >= SITE_OURS), or the tracer's
 * that is equal; equal ones get the same id; {0} when out of memory. */
struct site_id catalog_add_site(struct catalog *catalog, const struct site *site);
/* (writer) Names a site: `n` frames, newest (innermost inline) first.  0,
 * -ENOMEM, -EINVAL (no such site, no frames), -EEXIST: only the first counts. */
int catalog_name_site(struct catalog *catalog, struct site_id id, const struct frame_id *frames,
		      unsigned n);
struct site catalog_site(const struct catalog *catalog, struct site_id id);
/* Frames of a site, newest first, or NULL and *n = 0 while it has no names. */
const struct frame_id *catalog_site_frames(const struct catalog *catalog, struct site_id id,
					   unsigned *n);
/* "+0x1234": what stands for the function while the site has no names. */
struct str_id catalog_site_offset(const struct catalog *catalog, struct site_id id);

/* (writer) Sets the tracer's trace `id`.  0, -ENOMEM, -EINVAL (parent unknown
 * or not older than id). */
int catalog_put_trace(struct catalog *catalog, struct trace_id id, struct trace_id parent,
		      struct site_id site);
/* (writer) From now on catalog_add_trace knows the tracer's traces too. */
int catalog_share_traces(struct catalog *catalog);
/* (writer) A trace of memtop's own making (id >= TRACE_OURS); equal ones get
 * the same id; {0} when out of memory. */
struct trace_id catalog_add_trace(struct catalog *catalog, struct trace_id parent,
				  struct site_id site);
/* Its caller's trace and its own (newest) site.  False: unknown id or the root. */
bool catalog_trace(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		   struct site_id *site);

/* (writer) The next thread index; at most CATALOG_THREADS, then the last one
 * ("later threads") is given for all. */
#define CATALOG_THREADS 65535u
struct thread_id catalog_add_thread(struct catalog *catalog, int32_t tid, struct str_id name);
void catalog_rename_thread(struct catalog *catalog, struct thread_id id, struct str_id name);
struct thread catalog_thread(const struct catalog *catalog, struct thread_id id);
uint32_t catalog_threads(const struct catalog *catalog);

#endif
