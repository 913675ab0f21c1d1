/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_VIEWS_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_VIEWS_H
/* The views of a recording, which show the contents of its chunks as rows to anyone who
 * uses SQL; memtop itself reads none of them. */

/* The contents of the chunks, one row each.  LIMIT -1 is no limit; it is there so that a
 * join finds a row by an index that SQLite makes, instead of reading all chunks again for
 * each row. (AS MATERIALIZED says the same, but SQLite before 3.35 could not even open
 * such a file.) */
#define STORE_TRACE_VIEW \
	"CREATE VIEW trace(id, parent, site) AS WITH t(id, parent, site) AS (" \
	"SELECT first + key," \
	" CASE value >> bits WHEN 0 THEN 0 ELSE first + key - (value >> bits) END," \
	" value & (1 << bits) - 1 FROM trace_chunk, json_each(nodes) WHERE value <> 0 LIMIT -1)" \
	" SELECT * FROM t;"

/* A moment's own rows; those of its base that it has no own one for; and none: three
 * SELECTs.  The third is there only for SQLite's planner: of a compound with a DISTINCT
 * part it makes a table or a coroutine, and so never joins the first two by reading all
 * chunks again for each row of another table (https://sqlite.org/optoverview.html,
 * "subquery flattening").  Conditions on the moment it still moves into each part ("WHERE
 * clause push-down"), so the chunks of other moments are not read.  The condition of the
 * third is not a constant, because SQLite before 3.35 would then drop what was moved
 * there: it tells two uses of a view in a query apart by the last part's condition
 * alone. */
#define STORE_STAT_VIEW \
	"CREATE VIEW moment_stat(process, kind, number, name, moment, trace, thread, domain," \
	" size, count, allocations, total, temporary, peak, sizes, born, oldest) AS WITH " \
	"o(moment, trace, thread, domain) AS (" \
	"SELECT moment.id, first + key, thread, domain FROM moment" \
	" JOIN stat_chunk ON layer = own, json_each(figures) WHERE base <> 0 AND value <> 0 LIMIT -1) " \
	STORE_STAT_ROWS("own") " WHERE j.value > 0 UNION ALL " \
	STORE_STAT_ROWS("base") " LEFT JOIN o ON o.moment = m.id AND o.trace = c.first + j.key" \
	" AND o.thread = c.thread AND o.domain = c.domain" \
	" WHERE j.value > 0 AND o.moment IS NULL UNION ALL " \
	"SELECT DISTINCT 0, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0, 0 FROM moment" \
	" WHERE id IS NULL;" \
	"CREATE VIEW stat AS SELECT moment, trace, thread, domain, size, count, allocations," \
	" total, temporary, peak, sizes, born, oldest FROM moment_stat;"
#define STORE_STAT_ROWS(layer) \
	"SELECT m.process, m.kind, m.number, m.name, m.id, c.first + j.key, c.thread, c.domain," \
	" f.size, f.count, f.allocations, f.total, f.temporary, f.peak, f.sizes, f.born, f.oldest" \
	" FROM moment m CROSS JOIN stat_chunk c ON c.layer = m." layer \
	" CROSS JOIN json_each(c.figures) j" \
	" CROSS JOIN figure f ON f.id = c.layer << 32 | j.value"

#endif
