/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_NAMES_CACHE_ROOM_H
#define TRACER_COLLECT_NAMES_CACHE_ROOM_H
/* Keeps a folder of small files small. */
#include <stdbool.h>
#include <stdint.h>

#define ROOM_TEMPORARY "new."           /* the prefix of files that are being written */

/* If an open folder has more than `files` files, or they take more than `bytes`, removes
 * the oldest by time of change until three quarters are left; and removes files that
 * killed writers left, after an hour. */
void room_make(int folder, uint64_t bytes, unsigned files);

/* Notes that a file of so many bytes was put into an open folder, for all processes that do so.
 * True: room_make is due, because since its last call ROOM_PUT_FILES files were put there, or
 * ROOM_PUT_BYTES; or because nothing could be noted. */
bool room_note(int folder, uint64_t bytes);

#define ROOM_PUT_FILES 256u
#define ROOM_PUT_BYTES (UINT64_C(1) << 20)

#endif
