/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/when.h"

#include <string.h>
#include "tracer/ground/span.h"

#define MICROSECOND 1e-6                /* what times are whole numbers of */

bool when_parse(const char *text, struct when *when)
{
	*when = (struct when){ .before_end = *text == '-' };
	if (!strncmp(text, "mark:", 5)) {
		when->mark = text + 5;
		return true;
	}
	return span_parse(text + when->before_end, &when->seconds);
}

double when_seconds(const struct when *when, double begins, double end,
		    const struct mark *marks, size_t length)
{
	double time = when->before_end ? end - when->seconds : when->seconds;

	if (!when->mark)
		return time >= 0 && time < MICROSECOND && begins < 1 ? begins : time;
	while (length-- > 0)
		if (!strcmp(marks[length].text, when->mark))
			return marks[length].time;
	return -1;
}
