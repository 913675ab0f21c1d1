/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/span.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	char name;
	double seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNITS (sizeof(units) / sizeof(*units))
#define DIGITS "0123456789."

bool span_parse(const char *text, double *seconds)
{
	size_t unit = 0;

	*seconds = 0;
	do {
		size_t digits = strspn(text, DIGITS);
		char *end;
		double number = strtod(text, &end);

		if (!digits || digits > 20 || end != text + digits)
			return false;
		while (unit < UNITS && units[unit].name != *end)
			unit++;
		if (unit == UNITS)
			return false;
		*seconds += number * units[unit++].seconds;
		text = end + 1;
		if (*end == 'm' && strncmp(text, "in", 2) == 0)
			text += 2;
	} while (*text);
	return true;
}
