/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_SLEEP_H
#define TRACER_PRELOAD_LIFE_SLEEP_H
/* What sleep.c needs from life.c. */
#include <stdbool.h>

/* Says hello at tracer.meeting and prepares all that a segment needs; `look` says whether
 * there is Python, once the segment is there.  0, or -errno: then something of a segment
 * may be mapped. */
int life_join(bool (*look)(void));

#endif
