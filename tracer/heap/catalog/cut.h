/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_CATALOG_CUT_H
#define TRACER_HEAP_CATALOG_CUT_H
/*
 * Why a stack ends before its root.  The reason is a site of its own (enum wire_cut):
 * the oldest node of such a trace, or the newest where newer frames are missing.
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
/* For people: "older frames missing: JIT code"; "" for none. */
const char *cut_text(enum cut cut);
/* "jit 10, nframe 2": the counts that are not 0. */
void cut_list(const uint64_t cut[CUTS], char *text, size_t size);

/* As catalog_trace, for callers that want frames: *site is {0} for a node that stands for
 * none, and the stack ends (false) where older frames are missing. */
bool catalog_caller(const struct catalog *catalog, struct trace_id id, struct trace_id *parent,
		    struct site_id *site);
/* Why the trace is cut, whatever a view shows of it. */
enum cut catalog_cut(const struct catalog *catalog, struct trace_id id);
/* Calls on the trace: its sites, of which each may be several frames. */
uint32_t catalog_depth(const struct catalog *catalog, struct trace_id id);

#endif
