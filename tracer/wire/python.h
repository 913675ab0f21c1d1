/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_PYTHON_H
#define TRACER_WIRE_PYTHON_H
/*
 * The parts of the segment that are about Python.
 */
#include "tracer/wire/wire.h"

enum wire_python_mode { WIRE_PYTHON_AUTO, WIRE_PYTHON_ONLY, WIRE_PYTHON_OFF };

/* How far Python could be traced in this image, or why its frames are missing. */
enum wire_python_state {
	WIRE_PYTHON_NONE,               /* no interpreter was met */
	WIRE_PYTHON_TRACED,
	WIRE_PYTHON_UNKNOWN,            /* a version that the tracer does not know */
	WIRE_PYTHON_THREADED,           /* a free-threaded build */
	WIRE_PYTHON_STRANGE,            /* its objects are not what the version says */
	WIRE_PYTHON_LATE                /* it was already running when the tracer met
					 * it */
};

/*
 * A Python frame's site: which function, as a struct wire_python in WIRE_BLOBS, and
 * the low bits of the line.
 */
#define WIRE_PYTHON_ALIGN 4u
#define WIRE_PYTHON_LINE_BITS 24
struct wire_python {
	uint32_t file, file_length;     /* the file's name in Python's file system
					 * encoding; */
	uint32_t function, function_length; /* offsets in WIRE_BLOBS, not terminated */
	uint32_t line;                  /* the high bits */
};
static inline uint64_t wire_python_site(uint64_t record, uint32_t line)
{
	const uint64_t low = (UINT64_C(1) << WIRE_PYTHON_LINE_BITS) - 1;
	return wire_site(WIRE_MODULE_PYTHON,
			 record / WIRE_PYTHON_ALIGN << WIRE_PYTHON_LINE_BITS | (line & low));
}
static inline uint64_t wire_python_record(uint64_t site)
{
	return (wire_site_offset(site) >> WIRE_PYTHON_LINE_BITS) * WIRE_PYTHON_ALIGN;
}
static inline uint32_t wire_python_line(uint64_t site, const struct wire_python *record)
{
	const uint32_t low = (UINT32_C(1) << WIRE_PYTHON_LINE_BITS) - 1;
	return (record->line & ~low) | (wire_site_offset(site) & low);
}

#endif
