/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_PYTHON_H
#define TRACER_COLLECT_RUN_LIVE_PYTHON_H
/* Which Python the program has, for its header line, and what is amiss with it. */
#include "tracer/collect/rings/image.h"

struct live;

/* What the first process's control page says now. */
void live_python(struct live *live, const struct image_counts *counts);

#endif
