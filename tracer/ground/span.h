/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_SPAN_H
#define TRACER_GROUND_SPAN_H
/* Stretches of time as people write them: "90s", "1h30m", "2d4h". */
#include <stdbool.h>

/* Parses numbers with the units d, h, m (or min) and s, the largest unit first and each
 * at most once.  False: the text is anything else. */
bool span_parse(const char *text, double *seconds);

#endif
