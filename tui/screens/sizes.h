/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SCREENS_SIZES_H
#define TUI_SCREENS_SIZES_H
/* The histogram of live blocks by size: a bar and a count a class. */
#include <stdbool.h>
#include <stdint.h>
#include "tui/base/canvas.h"

/* Draws it into the area's first lines: how many it took, 0 if there is no
 * room or nothing to show. */
unsigned sizes_draw(const uint64_t sizes[], bool ascii, struct canvas *canvas,
		    struct area area);

#endif
