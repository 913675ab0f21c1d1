/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_SCHEMA_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_SCHEMA_H
/* The tables of a recording, for its writer and its reader; what they mean is
 * in share/doc/RECORDING.md. */
#include "tracer/collect/recording/store/store_views.h"

#define STORE_APPLICATION_ID 0x6d746f70         /* "mtop" */
#define STORE_VERSION 6                         /* PRAGMA user_version */

/* A moment's totals, in the order of the table, the statement and the reader; the last
 * ones came with format 3. */
#define STORE_TOTALS(X) STORE_TOTALS_2(X) STORE_TOTALS_3(X)
#define STORE_TOTALS_2(X) \
	X(current) X(peak) X(peak_ever) X(blocks) X(allocations) X(frees) X(total) \
	X(temporary) X(unknown_frees) X(lost) X(truncated) X(events)
#define STORE_TOTALS_3(X) X(lost_allocations) X(lost_frees) X(unended)
/* Those totals that count cut stacks by reason, after the others; from format 3 on. */
#define STORE_CUTS(X) \
	X(CUT_NFRAME, cut_nframe) X(CUT_NO_RULES, cut_no_unwind_info) X(CUT_JIT, cut_jit) \
	X(CUT_COROUTINE, cut_coroutine) X(CUT_UNREADABLE, cut_unreadable) \
	X(CUT_FILTER, cut_seccomp) X(CUT_FULL, cut_table_full)
#define STORE_CUT_NAME(cut, name) ", " #name
#define STORE_CUT_COLUMN(cut, name) ", " #name " INTEGER NOT NULL DEFAULT 0"
#define STORE_CUT_MARK(cut, name) ", ?"
#define STORE_TOTAL_NAME(name) ", " #name
#define STORE_TOTAL_COLUMN(name) ", " #name " INTEGER NOT NULL"
#define STORE_TOTAL_MARK(name) ", ?"
#define STORE_TOTAL_ZERO(name) ", 0"

/* All tables of catalog and moments, which store_restart empties: those that each
 * format has, those of this one, and those in whose place it has views. */
#define STORE_IMAGE_TABLES(X) STORE_COMMON_TABLES(X) STORE_CHUNK_TABLES(X)
#define STORE_COMMON_TABLES(X) \
	X(thread) X(module) X(frame) X(site) X(site_frame) X(moment) X(source)
#define STORE_CHUNK_TABLES(X) X(trace_chunk) X(stat_chunk) X(figure)
#define STORE_ROW_TABLES(X) X(trace) X(stat)
/* Tables of these that older files do not have. */
#define STORE_LATER_TABLES(X) X(unknown_free) X(history) X(growth_axis) X(growth) \
	X(look) X(look_stat) X(look_type) X(look_part) X(look_root) X(look_node) \
	X(look_name) X(look_example) X(look_mapper) \
	X(look_arena) X(look_arena_part)
/* The run's tables; older files do not have `ceiling`. */
#define STORE_RUN_TABLES(X) X(meta) X(process) X(argument) X(point) X(mark)

#define STORE_RUN_MAX 1024u             /* most values in one chunk */
#define STORE_GONE (-1)                 /* in stat_chunk: the moment does not have this
					 * row of the base */
#define STORE_FIGURES_MAX UINT32_MAX    /* most in one layer: figure.id is layer << 32 |
					 * number */

#define STORE_SCHEMA \
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;" \
	"CREATE TABLE process(id INTEGER PRIMARY KEY, pid INTEGER NOT NULL," \
	" ppid INTEGER NOT NULL, traced INTEGER NOT NULL, began REAL NOT NULL," \
	" ended REAL NOT NULL, reason TEXT NOT NULL, folded INTEGER NOT NULL);" \
	"CREATE TABLE argument(process INTEGER NOT NULL, position INTEGER NOT NULL," \
	" text TEXT NOT NULL, PRIMARY KEY(process, position)) WITHOUT ROWID;" \
	"CREATE TABLE point(id INTEGER PRIMARY KEY, time REAL NOT NULL, current INTEGER NOT NULL," \
	" peak INTEGER NOT NULL, rss INTEGER NOT NULL, blocks INTEGER NOT NULL," \
	" allocations INTEGER NOT NULL);" \
	"CREATE TABLE mark(id INTEGER PRIMARY KEY, time REAL NOT NULL, text TEXT NOT NULL);" \
	"CREATE TABLE thread(id INTEGER PRIMARY KEY, tid INTEGER NOT NULL, name TEXT NOT NULL);" \
	"CREATE TABLE module(id INTEGER PRIMARY KEY, path TEXT NOT NULL, name TEXT NOT NULL," \
	" build_id BLOB NOT NULL, reason TEXT NOT NULL);" \
	"CREATE TABLE frame(id INTEGER PRIMARY KEY, function TEXT NOT NULL, file TEXT NOT NULL," \
	" line INTEGER NOT NULL, module INTEGER NOT NULL, lang INTEGER NOT NULL," \
	" inlined INTEGER NOT NULL, wrapper INTEGER NOT NULL, unresolved INTEGER NOT NULL);" \
	"CREATE TABLE site(id INTEGER PRIMARY KEY, module INTEGER NOT NULL," \
	" offset INTEGER NOT NULL);" \
	"CREATE TABLE site_frame(site INTEGER NOT NULL, position INTEGER NOT NULL," \
	" frame INTEGER NOT NULL, PRIMARY KEY(site, position)) WITHOUT ROWID;" \
	"CREATE TABLE trace_chunk(first INTEGER PRIMARY KEY, bits INTEGER NOT NULL," \
	" nodes TEXT NOT NULL);" \
	"CREATE TABLE moment(id INTEGER PRIMARY KEY, process INTEGER NOT NULL, kind INTEGER NOT NULL," \
	" number INTEGER NOT NULL, name TEXT NOT NULL, time REAL NOT NULL," \
	" nframe INTEGER NOT NULL" STORE_TOTALS(STORE_TOTAL_COLUMN) \
	STORE_CUTS(STORE_CUT_COLUMN) ", base INTEGER NOT NULL, own INTEGER NOT NULL, walked);" \
	"CREATE TABLE stat_chunk(layer INTEGER NOT NULL, thread INTEGER NOT NULL," \
	" domain INTEGER NOT NULL, first INTEGER NOT NULL, figures TEXT NOT NULL," \
	" PRIMARY KEY(layer, thread, domain, first)) WITHOUT ROWID;" \
	"CREATE TABLE figure(id INTEGER PRIMARY KEY, size INTEGER NOT NULL," \
	" count INTEGER NOT NULL, allocations INTEGER NOT NULL, total INTEGER NOT NULL," \
	" temporary INTEGER NOT NULL, peak INTEGER NOT NULL, sizes TEXT NOT NULL, born, oldest);" \
	"CREATE TABLE unknown_free(moment INTEGER NOT NULL, module TEXT NOT NULL," \
	" count INTEGER NOT NULL, PRIMARY KEY(moment, module)) WITHOUT ROWID;" \
	"CREATE TABLE history(id INTEGER PRIMARY KEY, process INTEGER NOT NULL," \
	" tick INTEGER NOT NULL, time REAL NOT NULL, why INTEGER NOT NULL," \
	" totals BLOB NOT NULL, changed INTEGER NOT NULL, known INTEGER," \
	" changes BLOB NOT NULL, state BLOB);" \
	"CREATE TABLE growth_axis(moment INTEGER PRIMARY KEY, axis BLOB NOT NULL);" \
	"CREATE TABLE growth(moment INTEGER NOT NULL, trace INTEGER NOT NULL," \
	" thread INTEGER NOT NULL, domain INTEGER NOT NULL, curve BLOB NOT NULL," \
	" PRIMARY KEY(moment, trace, thread, domain)) WITHOUT ROWID;" \
	"CREATE TABLE look(moment INTEGER PRIMARY KEY, pause REAL NOT NULL," \
	" copied INTEGER NOT NULL, unread INTEGER NOT NULL);" \
	"CREATE TABLE look_stat(moment INTEGER NOT NULL, trace INTEGER NOT NULL," \
	" thread INTEGER NOT NULL, domain INTEGER NOT NULL, garbage INTEGER NOT NULL," \
	" garbage_blocks INTEGER NOT NULL, indirect INTEGER NOT NULL," \
	" indirect_blocks INTEGER NOT NULL, inside INTEGER NOT NULL," \
	" inside_blocks INTEGER NOT NULL, pins INTEGER NOT NULL, pinning INTEGER NOT NULL," \
	" cycles INTEGER NOT NULL," \
	" PRIMARY KEY(moment, trace, thread, domain)) WITHOUT ROWID;" \
	"CREATE TABLE look_type(moment INTEGER NOT NULL, type INTEGER NOT NULL," \
	" name TEXT NOT NULL, PRIMARY KEY(moment, type)) WITHOUT ROWID;" \
	"CREATE TABLE look_part(moment INTEGER NOT NULL, type INTEGER NOT NULL," \
	" trace INTEGER NOT NULL, thread INTEGER NOT NULL, domain INTEGER NOT NULL," \
	" size INTEGER NOT NULL, count INTEGER NOT NULL, garbage INTEGER NOT NULL," \
	" garbage_blocks INTEGER NOT NULL, indirect INTEGER NOT NULL," \
	" indirect_blocks INTEGER NOT NULL, inside INTEGER NOT NULL," \
	" inside_blocks INTEGER NOT NULL, cycles INTEGER NOT NULL," \
	" PRIMARY KEY(moment, type, trace, thread, domain)) WITHOUT ROWID;" \
	"CREATE TABLE ceiling(position INTEGER PRIMARY KEY, kind INTEGER NOT NULL," \
	" name TEXT NOT NULL, pid INTEGER NOT NULL, bytes INTEGER NOT NULL," \
	" used INTEGER NOT NULL, most INTEGER NOT NULL, earliest REAL, latest REAL);" \
	"CREATE TABLE source(file TEXT NOT NULL, line INTEGER NOT NULL, text TEXT NOT NULL," \
	" PRIMARY KEY(file, line)) WITHOUT ROWID;" \
	STORE_TRACE_VIEW STORE_STAT_VIEW

#endif
