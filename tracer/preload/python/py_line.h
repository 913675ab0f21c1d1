/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_LINE_H
#define TRACER_PRELOAD_PYTHON_PY_LINE_H
/*
 * CPython's line tables.  Pure: bytes in, a line out, nonsense gives 0.
 */
#include <stdint.h>

#include "tracer/preload/python/py_layout.h"

/* How far a table was read: the first `bytes` of it tell of what is before `offset`,
 * where the line is `line`.  At the beginning: zeroes, and the line at which the code
 * begins. */
struct py_line_mark {
	int64_t offset;
	uint32_t bytes;
	int32_t line;
};

/* The line of the instruction at byte `offset` of a code object whose table is `length`
 * bytes at `table`; 0: none.  Reads on from *mark, which is not behind `offset` (a
 * negative one: at the beginning), and leaves it before what tells of `offset`: a
 * look-up of the next instruction has little to read. */
int py_line(enum py_table kind, const uint8_t *table, uint64_t length, int64_t offset,
	    struct py_line_mark *mark);

#endif
