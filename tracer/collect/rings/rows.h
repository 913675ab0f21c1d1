/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_ROWS_H
#define TRACER_COLLECT_RINGS_ROWS_H
/* Memory for a snapshot's rows; the pages of the first ones were written to. */
#include <stddef.h>

struct rows {
	struct snapshot_row *of;        /* NULL: none */
	size_t room, touched;
};

#endif
