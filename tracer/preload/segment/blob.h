/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SEGMENT_BLOB_H
#define TRACER_PRELOAD_SEGMENT_BLOB_H
/*
 * Bytes in WIRE_BLOBS, each piece on its own 4-byte boundary.  Lock-free; may map
 * memory and wait for memtop.
 */
#include <stdbool.h>
#include <stdint.h>

#define BLOB_MAX 65536u

/* Puts `length` bytes there (at most BLOB_MAX); false if there is no room. */
bool blob_add(const void *bytes, uint32_t length, uint64_t *offset);

/* The same, but finds bytes again that this function stored before. */
bool blob_intern(const void *bytes, uint32_t length, uint64_t *offset);

/* Maps what the hash needs for some thousand more. */
void blob_map_ahead(void);

/* A new segment has begun, which has nothing of what was interned. */
void blob_start(void);

#endif
