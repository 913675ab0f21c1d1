/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_LINE_H
#define TRACER_PRELOAD_PYTHON_PY_LINE_H
/*
 * CPython's line tables.  Pure: bytes in, a line out, nonsense gives 0.
 */
#include <stdint.h>

#include "tracer/preload/python/py_layout.h"

/* The line of the instruction at byte `offset` of a code object whose table is
 * `length` bytes at `table` and which begins at `first`; 0: none. */
int py_line(enum py_table kind, const uint8_t *table, uint64_t length, int first, int64_t offset);

#endif
