/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A range of times is written in whole units, with the earlier time rounded down and the
 * later one rounded up. */
#include "views/format/outlook.h"

#include <math.h>
#include <stdio.h>

const char *outlook_label(enum ceiling_kind kind)
{
	switch (kind) {
	case CEILING_MEMORY_MAX:
	case CEILING_LIMIT_IN_BYTES:
		return "cgroup";
	case CEILING_MEMORY_HIGH:
		return "cgroup high";
	default:
		return ceiling_name(kind);
	}
}

void outlook_share(const struct ceiling *ceiling, bool most, char text[OUTLOOK_MAX])
{
	char share[FORMAT_MAX], bytes[FORMAT_MAX];

	format_percent((double)(most ? ceiling->most : ceiling->used), (double)ceiling->bytes, share);
	format_size((double)ceiling->bytes, false, bytes);
	snprintf(text, OUTLOOK_MAX, "%s %% of %s", share, bytes);
}

void outlook_when(const struct ceiling *ceiling, double now, char text[OUTLOOK_MAX])
{
	static const struct { double seconds, up_to; const char *name; } units[] = {
		{ 1, 120, "s" }, { 60, 7200, "min" }, { 3600, 172800, "h" }, { 86400, 1e15, "d" },
	};
	double from = ceiling->earliest - now, to = ceiling->latest - now;
	unsigned unit = 0;

	text[0] = '\0';
	if (ceiling->latest <= 0 || !(to < 1e15))
		return;
	if (to <= 0) {
		snprintf(text, OUTLOOK_MAX, "full");
		return;
	}
	while (to >= units[unit].up_to)
		unit++;
	from = from > 0 ? floor(from / units[unit].seconds) : 0;
	to = ceil(to / units[unit].seconds);
	if (from < to)
		snprintf(text, OUTLOOK_MAX, "full in %.0f to %.0f %s", from, to, units[unit].name);
	else
		snprintf(text, OUTLOOK_MAX, "full in %.0f %s", to, units[unit].name);
}
