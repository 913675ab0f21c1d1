/* SPDX-License-Identifier: MIT */
/* Taken by offsetof from each version's own headers. */
#include "tracer/preload/py_layout.h"

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
	{
		.version = 0x30d, .shape = PY_CURRENT, .table = PY_LOCATIONS,
		.top = 72, .previous = 8, .code = 0, .at = 56, .owner = 70,
		.first_line = 68, .filename = 112, .name = 128, .lines = 136,
		.traceable = 184, .bytecode = 200,
		.ascii = 40, .compact = 56, .finalizing = 608,
	},
};

const struct py_layout *py_layout(unsigned version)
{
	for (unsigned i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].version == version)
			return &layouts[i];
	return NULL;
}
