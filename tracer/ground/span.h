/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_SPAN_H
#define TRACER_GROUND_SPAN_H
/* Stretches of time as people write them: "90s", "1h30m", "2d4h". */
#include <stdbool.h>

/* Numbers with the units d, h, m (or min), s, the largest unit first, each once.  False:
 * there is something else. */
bool span_parse(const char *text, double *seconds);

#endif
