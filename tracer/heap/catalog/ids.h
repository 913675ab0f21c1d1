/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_IDS_H
#define TRACER_HEAP_CATALOG_IDS_H
/* Each kind of id is a struct with one member, so that the compiler refuses to mix
 * them. */
#include <stdint.h>

struct str_id { uint32_t v; };          /* 0: the empty string */
struct module_id { uint32_t v; };       /* 0: no module */
struct frame_id { uint32_t v; };        /* 0: no frame */
struct site_id { uint32_t v; };         /* 0: none; below WIRE_SITE_FIRST: enum cut */
struct trace_id { uint32_t v; };        /* 0: the root, an empty stack */
struct thread_id { uint32_t v; };       /* index in the catalog; 0: unknown */

/* Traces from this id on were added by memtop (irregular stacks); lower ids are the
 * tracer's own numbers. */
#define TRACE_OURS UINT32_C(0x80000000)
/* The same for sites (catalog_add_site). */
#define SITE_OURS UINT32_C(0x80000000)

#endif
