/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CATALOG_H
#define TRACER_HEAP_CATALOG_CATALOG_H
/*
 * What ids stand for: the strings, modules, frames, sites, traces and threads of one run,
 * with all its processes.  Everything is append-only and lies in chunks, so that nothing
 * ever moves.
 *
 * Locking: functions marked (writer) are serialised by the catalog's owner, which holds
 * one lock around them.  All others may be called in any thread at any time without a
 * lock, and see a prefix of what was written.
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
	struct str_id reason;           /* why its frames have no names, if so */
};

struct frame {
	struct str_id file;             /* absolute source path; the module's path if line is 0 */
	struct str_id function;         /* demangled; "+0xOFFSET" if unknown */
	struct module_id module;
	uint32_t line;                  /* 0: unknown */
	uint8_t lang;                   /* enum lang */
	bool inlined;                   /* it was inlined into the next older frame */
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

/* A new catalog with one reference.  NULL: out of memory. */
struct catalog *catalog_new(void);
/* Snapshots share the catalog: the last release frees it. */
struct catalog *catalog_retain(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* (writer) The id of the bytes, copied if they are new; {0} for none or without memory.
 * catalog_known copies nothing and returns {0} for new bytes. */
struct str_id catalog_intern(struct catalog *catalog, const char *bytes, size_t length);
struct str_id catalog_known(struct catalog *catalog, const char *bytes, size_t length);
/* The text, NUL-terminated; it lives as long as the catalog. */
const char *catalog_text(const struct catalog *catalog, struct str_id id);

/* (writer) Adds a module under the next index.  {0}: out of memory. */
struct module_id catalog_add_module(struct catalog *catalog, const struct module *module);
/* The module of this path and build-id, or {0} if there is none. */
struct module_id catalog_find_module(const struct catalog *catalog, const char *path,
				     const uint8_t *build_id, size_t length);
/* (writer) Sets the reason why this module's frames have no names. */
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
/* (writer) The id of a site that memtop itself adds (id >= SITE_OURS), or of the tracer's
 * that is equal.  Equal sites get the same id.  {0}: out of memory. */
struct site_id catalog_add_site(struct catalog *catalog, const struct site *site);
/* (writer) Gives a site its `n` frames, newest (innermost inline) first.  0, -ENOMEM,
 * -EINVAL (no such site, or no frames), or -EEXIST: it keeps the names that it has. */
int catalog_name_site(struct catalog *catalog, struct site_id id, const struct frame_id *frames,
		      unsigned n);
struct site catalog_site(const struct catalog *catalog, struct site_id id);
uint32_t catalog_sites(const struct catalog *catalog);   /* end of the tracer's; with gaps */
/* Frames of a site, newest first, or NULL and *n = 0 while it has no names. */
const struct frame_id *catalog_site_frames(const struct catalog *catalog, struct site_id id,
					   unsigned *n);
/* "+0x1234": the text shown in place of a function while the site has no names. */
struct str_id catalog_site_offset(const struct catalog *catalog, struct site_id id);

/* (writer) Sets the tracer's trace `id`.  0, -ENOMEM, -EINVAL (no parent older than id). */
int catalog_put_trace(struct catalog *catalog, struct trace_id id, struct trace_id parent,
		      struct site_id site);
/* (writer) From now on catalog_add_trace also finds traces that the tracer numbered. */
int catalog_share_traces(struct catalog *catalog);
/* (writer) The id of a trace that memtop itself adds (id >= TRACE_OURS).  Equal traces
 * get the same id.  {0}: out of memory. */
struct trace_id catalog_add_trace(struct catalog *catalog, struct trace_id parent,
				  struct site_id site);
/* Splits a trace into its caller's trace and its newest site.  False: the id is unknown
 * or the root. */
bool catalog_trace(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		   struct site_id *site);
uint32_t catalog_traces(const struct catalog *catalog);  /* end of the tracer's; with gaps */

/* (writer) Adds a thread under the next index; once there are CATALOG_THREADS, all get
 * the last one, "later threads". */
#define CATALOG_THREADS 65535u
struct thread_id catalog_add_thread(struct catalog *catalog, int32_t tid, struct str_id name);
void catalog_rename_thread(struct catalog *catalog, struct thread_id id, struct str_id name);
struct thread catalog_thread(const struct catalog *catalog, struct thread_id id);
uint32_t catalog_threads(const struct catalog *catalog);

#endif
