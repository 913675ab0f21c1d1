/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LIFE_GIVEN_H
#define TRACER_PRELOAD_LIFE_GIVEN_H
/* How much libc's allocator had given out before the tracer came, by its own count. */
#include <stdint.h>

/* Finds libc's function that counts.  To be called while the tracer starts, as it asks
 * the loader. */
void given_find(void);

/* Bytes that the allocator has given out, + 1; 0: not known.  Its arenas are locked one
 * after the other, so the caller holds none. */
uint64_t given_out(void);

#endif
