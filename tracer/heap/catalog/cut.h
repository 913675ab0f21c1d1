/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CUT_H
#define TRACER_HEAP_CATALOG_CUT_H
/*
 * Why a stack ends before its root.  The reason is encoded as a site (enum wire_cut),
 * which is the oldest node of such a trace, or the newest where newer frames are missing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/heap/catalog/ids.h"
#include "tracer/wire/wire.h"

struct catalog;

enum cut {
	CUT_NONE,
	CUT_NFRAME = WIRE_CUT_NFRAME,
	CUT_NO_RULES = WIRE_CUT_NO_RULES,
	CUT_JIT = WIRE_CUT_JIT,
	CUT_COROUTINE = WIRE_CUT_COROUTINE,
	CUT_UNREADABLE = WIRE_CUT_UNREADABLE,
	CUT_FILTER = WIRE_CUT_FILTER,
	CUT_FULL = WIRE_CUT_FULL,
	CUTS = WIRE_CUTS
};

/* "nframe", "no-unwind-info" and the like: one word for JSON and lists; "" for none. */
const char *cut_word(enum cut cut);
/* The reason as people read it: "older frames missing: JIT code"; "" for none. */
const char *cut_text(enum cut cut);
/* Lists the counts that are not 0: "jit 10, nframe 2". */
void cut_list(const uint64_t cut[CUTS], char *text, size_t size);

/* As catalog_trace, for callers that want frames: *site is {0} for a node that stands
 * for no frame, and the result is false, as at a stack's end, where older frames are
 * missing. */
bool catalog_caller(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		    struct site_id *site);
/* Why the trace is cut, whatever part of it a view shows. */
enum cut catalog_cut(const struct catalog *catalog, struct trace_id id);
/* The number of calls on the trace, that is, of its sites; with inlining a site may have
 * several frames. */
uint32_t catalog_depth(const struct catalog *catalog, struct trace_id id);

#endif
