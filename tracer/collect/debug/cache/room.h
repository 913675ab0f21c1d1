/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_ROOM_H
#define TRACER_COLLECT_NAMES_CACHE_ROOM_H
/* Keeps a folder of small files small. */
#include <stdint.h>

#define ROOM_TEMPORARY "new."           /* how names of files begin that are being written */

/* If the files in an open folder are more than `files` or take more than `bytes`, removes
 * the oldest by their time of change until three quarters are left; and what writers that
 * were killed left, after an hour. */
void room_make(int folder, uint64_t bytes, unsigned files);

#endif
