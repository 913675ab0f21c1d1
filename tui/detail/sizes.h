/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_SIZES_H
#define TUI_DETAIL_SIZES_H
/* The histograms of a stack: its live blocks by size and its live bytes by age, with a
 * bar and a figure for each class. */
#include <stdbool.h>
#include <stdint.h>
#include "tui/base/canvas.h"

/* Draws into the area's first lines.  Returns how many it took; 0 if there is no room or
 * nothing to show. */
unsigned sizes_draw(const uint64_t sizes[], bool ascii, struct canvas *canvas,
		    struct area area);

/* The same for bytes by age: `births` has the bytes born in each of GROWTH_BINS equal
 * parts of the first `until` seconds of the run; `until` is the time of the census that
 * counted them. */
unsigned ages_draw(const float births[], double until, bool ascii, struct canvas *canvas,
		   struct area area);

#endif
