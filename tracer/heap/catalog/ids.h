/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_IDS_H
#define TRACER_HEAP_CATALOG_IDS_H
/* One-member structs, so that ids of different kinds cannot be mixed. */
#include <stdint.h>

struct str_id { uint32_t v; };          /* 0: the empty string */
struct module_id { uint32_t v; };       /* 0: no module */
struct frame_id { uint32_t v; };        /* 0: no frame */
struct site_id { uint32_t v; };         /* 0: none; below WIRE_SITE_FIRST: enum cut */
struct trace_id { uint32_t v; };        /* 0: the root, an empty stack */
struct thread_id { uint32_t v; };       /* index in the catalog; 0: unknown */

/* Traces from this one on were made by memtop (irregular stacks); those below
 * have the index that the tracer gave them. */
#define TRACE_OURS UINT32_C(0x80000000)
/* Sites likewise (catalog_add_site). */
#define SITE_OURS UINT32_C(0x80000000)

#endif
