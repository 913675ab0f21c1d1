/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_PYTHON_PY_LAYOUT_H
#define TRACER_PRELOAD_PYTHON_PY_LAYOUT_H
/*
 * Where CPython keeps what a walk of its frames needs: offsets in bytes, for each minor
 * version (LP64); patch releases do not change them.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/wire/python.h"

enum py_shape {
	PY_FRAME_OBJECTS,               /* to 3.10: tstate->frame, PyFrameObject */
	PY_CFRAME,                      /* 3.11, 3.12: tstate->cframe->current_frame */
	PY_CURRENT                      /* 3.13 on: tstate->current_frame */
};

enum py_table { PY_LNOTAB, PY_LINETABLE, PY_LOCATIONS };        /* of lines; see py_line.h */

struct py_layout {
	uint16_t version;               /* major << 8 | minor */
	uint8_t shape, table;
	uint16_t top;                   /* of the thread state: the newest frame, or the cframe */
	uint16_t cframe, cframe_top, cframe_previous;   /* of the thread state; of a cframe */
	uint16_t base;                  /* of it: the oldest frame, which is no C frame's; or 0 */
	uint16_t previous, code, at;    /* of a frame */
	uint16_t scale;                 /* bytes of code that one unit of f_lasti is */
	uint16_t lineno, trace;         /* of a frame object */
	uint16_t owner, entry;          /* of an interpreter frame */
	uint16_t first_line, filename, name, lines;     /* of a code object */
	uint16_t traceable, bytecode;   /* int: units before the first line; the code itself */
	uint16_t ascii, compact;        /* sizes of a string's headers */
	uint16_t thread_id;             /* of the thread state; 0: `current` is each thread's own */
	uint16_t finalizing;            /* of _PyRuntime: not NULL from Py_Finalize on */
};

/* In a frame's words, from 3.14 on: how the object is counted.  Objects are aligned. */
#define PY_TAGS UINT64_C(7)

/* The same everywhere. */
enum {
	PY_TYPE = 8,                    /* of an object */
	PY_SIZE = 16,                   /* of a variable one */
	PY_BYTES = 32,                  /* of a bytes object: what it holds */
	PY_TYPE_DEALLOC = 48, PY_TYPE_FLAGS = 168,
	PY_TEXT_LENGTH = 16, PY_TEXT_STATE = 32,
	PY_OWNER_GENERATOR = 1,
	PY_OWNER_SHIM = 3               /* from 3.12 on, this and all above: no frame of Python's */
};

/*
 * The layout of a version, written to *to: WIRE_PYTHON_TRACED, or why there is none.
 * `runtime`: the address of _PyRuntime, which from 3.13 on says it itself.
 */
enum wire_python_state py_layout(unsigned version, uintptr_t runtime, struct py_layout *to);

#endif
