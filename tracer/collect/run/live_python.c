/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/run/live_python.h"

#include <stdio.h>
#include "tracer/collect/run/live.h"
#include "tracer/heap/catalog/reuse.h"
#include "tracer/wire/python.h"

/* Why Python's frames are not read; NULL: they are. */
static const char *const reasons[] = {
	[WIRE_PYTHON_UNKNOWN] = "memtop knows CPython 3.8 to 3.15",
	[WIRE_PYTHON_THREADED] = "a free-threaded build keeps them in another way",
	[WIRE_PYTHON_STRANGE] = "they are not what this version of CPython has",
	[WIRE_PYTHON_LATE] = "the interpreter was running before memtop saw it",
};

void live_python(struct live *live, const struct image_counts *counts)
{
	unsigned version = counts->python, state = counts->python_state;
	const char *reason = state < sizeof(reasons) / sizeof(*reasons) ? reasons[state] : NULL;
	char kind[32] = "";
	bool only = live->options.python == WIRE_PYTHON_ONLY;

	if (!version && !only)
		return;
	if (version)
		snprintf(kind, sizeof(kind), "python%u.%u%s", version >> 8 & 0xff, version & 0xff,
			 only ? "" : "+native");
	else
		reason = "no Python was found, and --python=only records nothing else";
	if (version)
		reuse_met(live->parts.family->catalog, version & 0xff);
	bool told = roster_python(live->parts.roster, kind, reason);
	if (reason && !told)
		live_say(live, "no Python frames: %s", reason);
}
