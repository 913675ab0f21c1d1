/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_ROOM_H
#define TRACER_COLLECT_NAMES_CACHE_ROOM_H
/* Keeps a folder of small files small. */
#include <stdint.h>

#define ROOM_TEMPORARY "new."           /* the prefix of files that are being written */

/* If an open folder has more than `files` files, or they take more than `bytes`, removes
 * the oldest by time of change until three quarters are left; and removes files that
 * killed writers left, after an hour. */
void room_make(int folder, uint64_t bytes, unsigned files);

#endif
