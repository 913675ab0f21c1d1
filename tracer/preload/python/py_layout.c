/* SPDX-License-Identifier: MIT */
/*
 * To 3.12: taken by offsetof from each version's own headers.  From 3.13 on the
 * interpreter tells its offsets itself: _PyRuntime begins with a _Py_DebugOffsets, groups
 * of words, each headed by the size of the structure that it is about.  What must be
 * known of a version is where its groups begin.
 */
#include "tracer/preload/python/py_layout.h"

#include <stddef.h>

static const struct py_layout layouts[] = {
	{
		.version = 0x308, .shape = PY_FRAME_OBJECTS, .table = PY_LNOTAB,
		.top = 24, .previous = 24, .code = 32, .at = 104, .scale = 1,
		.lineno = 108, .trace = 80,
		.first_line = 40, .filename = 104, .name = 112, .lines = 120,
		.ascii = 48, .compact = 72, .thread_id = 176, .finalizing = 16,
	},
	{
		.version = 0x309, .shape = PY_FRAME_OBJECTS, .table = PY_LNOTAB,
		.top = 24, .previous = 24, .code = 32, .at = 104, .scale = 1,
		.lineno = 108, .trace = 80,
		.first_line = 40, .filename = 104, .name = 112, .lines = 120,
		.ascii = 48, .compact = 72, .thread_id = 176, .finalizing = 16,
	},
	{
		.version = 0x30a, .shape = PY_FRAME_OBJECTS, .table = PY_LINETABLE,
		.top = 24, .cframe = 48, .cframe_previous = 8,
		.previous = 24, .code = 32, .at = 96, .scale = 2,
		.lineno = 100,
		.first_line = 40, .filename = 104, .name = 112, .lines = 120,
		.ascii = 48, .compact = 72, .thread_id = 176, .finalizing = 16,
	},
	{
		.version = 0x30b, .shape = PY_CFRAME, .table = PY_LOCATIONS,
		.top = 56, .cframe = 56, .cframe_top = 8, .cframe_previous = 16,
		.previous = 48, .code = 32, .at = 56, .owner = 69, .entry = 68,
		.first_line = 72, .filename = 112, .name = 128, .lines = 136,
		.traceable = 168, .bytecode = 184,
		.ascii = 48, .compact = 72, .thread_id = 152, .finalizing = 24,
	},
	{
		.version = 0x30c, .shape = PY_CFRAME, .table = PY_LOCATIONS,
		.top = 56, .cframe = 56, .cframe_top = 0, .cframe_previous = 8,
		.previous = 8, .code = 0, .at = 56, .owner = 70,
		.first_line = 68, .filename = 112, .name = 128, .lines = 136,
		.traceable = 176, .bytecode = 192,
		.ascii = 40, .compact = 56, .finalizing = 24,
	},
};

/* ---- what the interpreter says of itself ------------------------------- */

#define COOKIE UINT64_C(0x7970677562656478)     /* "xdebugpy" */

/* Bytes from _PyRuntime to a group.  Within one nothing moved from 3.13 to 3.15. */
struct groups {
	uint16_t version;
	uint16_t thread, top;           /* the thread state's size; current_frame */
	uint16_t base;                  /* of it: base_frame; 0: the chain has none */
	uint16_t frame, code, object, type, bytes, text;
};

static const struct groups groups[] = {
	{0x30d, 152, 184, 0, 224, 272, 352, 368, 512, 536},
	{0x30e, 176, 208, 0, 248, 312, 400, 416, 592, 616},
	{0x30f, 176, 208, 216, 312, 376, 464, 480, 688, 712},
};

/* In all versions, and from a group's size to a field in it. */
enum {
	SAID_VERSION = 8, SAID_THREADED = 16, SAID_RUNTIME = 24, SAID_FINALIZING = 8,
	SAID_PREVIOUS = 8, SAID_EXECUTABLE = 16, SAID_INSTR_PTR = 24, SAID_OWNER = 40,
	SAID_FILENAME = 8, SAID_QUALNAME = 24, SAID_LINETABLE = 32, SAID_FIRSTLINENO = 40,
	SAID_CODE_ADAPTIVE = 72,
	SAID_OB_TYPE = 8, SAID_TP_FLAGS = 24, SAID_OB_SIZE = 8, SAID_OB_SVAL = 16,
	SAID_STATE = 8, SAID_LENGTH = 16, SAID_ASCII = 24
};

/* What it does not say: _co_firsttraceable stands before the code and another int,
 * and utf8 and its length behind PyASCIIObject. */
enum { TRACEABLE_TO_CODE = 16, ASCII_TO_COMPACT = 16 };

#define SIZE_MAX_SAID (UINT64_C(1) << 20)

static uint64_t said(uintptr_t at) { return *(const uint64_t *)at; }

/* The offset of a field in the structure that the group at `group` is about; 0, which
 * also is one of them, if it would lie outside. */
static uint16_t py_layout_field(uintptr_t group, unsigned which)
{
	uint64_t size = said(group), offset = said(group + which);
	return size < SIZE_MAX_SAID && offset < size && offset <= UINT16_MAX ? (uint16_t)offset : 0;
}

static struct py_layout read_groups(uintptr_t runtime, const struct groups *g)
{
	uintptr_t frame = runtime + g->frame, code = runtime + g->code;
	struct py_layout l = {
		.version = g->version,
		.shape = PY_CURRENT,
		.table = PY_LOCATIONS,
		.top = py_layout_field(runtime + g->thread, g->top - g->thread),
		.base = g->base ? py_layout_field(runtime + g->thread,
						  g->base - g->thread)
				: 0,
		.previous = py_layout_field(frame, SAID_PREVIOUS),
		.code = py_layout_field(frame, SAID_EXECUTABLE),
		.at = py_layout_field(frame, SAID_INSTR_PTR),
		.owner = py_layout_field(frame, SAID_OWNER),
		.first_line = py_layout_field(code, SAID_FIRSTLINENO),
		.filename = py_layout_field(code, SAID_FILENAME),
		.name = py_layout_field(code, SAID_QUALNAME),
		.lines = py_layout_field(code, SAID_LINETABLE),
		.bytecode = py_layout_field(code, SAID_CODE_ADAPTIVE),
		.ascii = (uint16_t)said(runtime + g->text + SAID_ASCII),
		.finalizing = py_layout_field(runtime + SAID_RUNTIME, SAID_FINALIZING),
	};
	l.traceable = (uint16_t)(l.bytecode - TRACEABLE_TO_CODE);
	l.compact = (uint16_t)(l.ascii + ASCII_TO_COMPACT);
	return l;
}

/* Whether every offset is known, and those that are equal in all versions have their
 * usual value. */
static bool py_layout_is_sound(uintptr_t runtime, const struct groups *g,
			       const struct py_layout *l)
{
	uintptr_t bytes = runtime + g->bytes, text = runtime + g->text;
	return l->top && l->previous && l->at && l->owner && l->first_line &&
	       l->filename && l->name && l->lines && l->bytecode > TRACEABLE_TO_CODE &&
	       l->finalizing && (l->base || !g->base) && l->ascii > PY_TEXT_STATE &&
	       l->ascii < said(text) &&
	       py_layout_field(runtime + g->object, SAID_OB_TYPE) == PY_TYPE &&
	       py_layout_field(runtime + g->type, SAID_TP_FLAGS) == PY_TYPE_FLAGS &&
	       py_layout_field(bytes, SAID_OB_SIZE) == PY_SIZE &&
	       py_layout_field(bytes, SAID_OB_SVAL) == PY_BYTES &&
	       py_layout_field(text, SAID_STATE) == PY_TEXT_STATE &&
	       py_layout_field(text, SAID_LENGTH) == PY_TEXT_LENGTH;
}

static enum wire_python_state py_layout_ask(uintptr_t runtime, const struct groups *g,
					    struct py_layout *to)
{
	if (said(runtime) != COOKIE || said(runtime + SAID_VERSION) >> 16 != g->version)
		return WIRE_PYTHON_STRANGE;
	if (said(runtime + SAID_THREADED))
		return WIRE_PYTHON_THREADED;
	*to = read_groups(runtime, g);
	return py_layout_is_sound(runtime, g, to) ? WIRE_PYTHON_TRACED
						  : WIRE_PYTHON_STRANGE;
}

enum wire_python_state py_layout(unsigned version, uintptr_t runtime, struct py_layout *to)
{
	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].version == version)
			return py_layout_ask(runtime, &groups[i], to);
	for (unsigned i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (layouts[i].version != version)
			continue;
		*to = layouts[i];
		return WIRE_PYTHON_TRACED;
	}
	return WIRE_PYTHON_UNKNOWN;
}
