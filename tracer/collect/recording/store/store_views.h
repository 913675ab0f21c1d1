/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_VIEWS_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_VIEWS_H
/* The views of a recording, for those who ask it by SQL. */

/* What the chunks hold, a row each.  MATERIALIZED: so that a join finds a row by an
 * index that SQLite makes, and does not read all chunks again for each. */
#define STORE_TRACE_VIEW \
	"CREATE VIEW trace(id, parent, site) AS WITH t(id, parent, site) AS MATERIALIZED (" \
	"SELECT first + key," \
	" CASE value >> bits WHEN 0 THEN 0 ELSE first + key - (value >> bits) END," \
	" value & (1 << bits) - 1 FROM trace_chunk, json_each(nodes) WHERE value <> 0)" \
	" SELECT * FROM t;"

/* A moment's own rows, and those of its base that it has no own one for. */
#define STORE_STAT_VIEW \
	"CREATE VIEW stat(moment, trace, thread, domain, size, count, allocations, total," \
	" temporary, peak, sizes) AS WITH " \
	"o(moment, trace, thread, domain) AS MATERIALIZED (" \
	"SELECT moment.id, first + key, thread, domain FROM moment" \
	" JOIN stat_chunk ON layer = own, json_each(figures) WHERE base <> 0 AND value <> 0)," \
	"b(moment, trace, thread, domain, figure) AS (" \
	"SELECT moment.id, first + key, thread, domain, layer << 32 | value FROM moment" \
	" JOIN stat_chunk ON layer = base, json_each(figures) WHERE value > 0)," \
	"held(moment, trace, thread, domain, figure) AS (" \
	"SELECT moment.id, first + key, thread, domain, layer << 32 | value FROM moment" \
	" JOIN stat_chunk ON layer = own, json_each(figures) WHERE value > 0" \
	" UNION ALL SELECT b.* FROM b LEFT JOIN o ON o.moment = b.moment" \
	" AND o.trace = b.trace AND o.thread = b.thread AND o.domain = b.domain WHERE o.moment IS NULL)," \
	"t AS MATERIALIZED (SELECT moment, trace, thread, domain, size, count, allocations," \
	" total, temporary, peak, sizes FROM held CROSS JOIN figure ON figure.id = held.figure)" \
	" SELECT * FROM t;"

#endif
