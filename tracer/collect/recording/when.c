/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/when.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	char name;
	double seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNITS (sizeof(units) / sizeof(*units))
#define DIGITS "0123456789."

/* Numbers with units, the largest unit first, each once.  False: there is something else. */
static bool parse_span(const char *text, double *seconds)
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
	} while (*text);
	return true;
}

bool when_parse(const char *text, struct when *when)
{
	*when = (struct when){ .before_end = *text == '-' };
	if (!strncmp(text, "mark:", 5)) {
		when->mark = text + 5;
		return true;
	}
	return parse_span(text + when->before_end, &when->seconds);
}

double when_seconds(const struct when *when, double end, const struct mark *marks, size_t length)
{
	if (!when->mark)
		return when->before_end ? end - when->seconds : when->seconds;
	while (length-- > 0)
		if (!strcmp(marks[length].text, when->mark))
			return marks[length].time;
	return -1;
}
