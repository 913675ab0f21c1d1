/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DETAIL_MARK_H
#define TUI_DETAIL_MARK_H
/* The verdict on a row's growth in one cell, the same in every table. */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/heap/growth/growth.h"

/* One cell of text; " " for `too short`, which says nothing yet. */
const char *mark_text(enum growth_word word, bool ascii);
/* The style of the mark: a leak stands out. */
uint32_t mark_style(enum growth_word word);

#endif
