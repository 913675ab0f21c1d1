/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_SAMPLE_H
#define TRACER_HEAP_SAMPLE_H
/*
 * What a sampled block stands for.  With one mark in `every` bytes a block of `size`
 * bytes is recorded with probability p = 1 - exp(-size / every), so it counts as 1/p
 * blocks and size/p bytes; sums of these are unbiased estimates (Horvitz and Thompson).
 */
#include <stdint.h>

/* `count` and `size` of a recorded block as whole numbers.  Fractions are rounded up or
 * down depending on the block's address, so that the weight is the same when the block
 * ends, and right on average. */
struct sample_weight {
	uint64_t size, count;
};
struct sample_weight sample_weigh(uint64_t every, uint64_t address, uint64_t size);

/* The variance of an estimate of `size` bytes in `count` blocks, as if all blocks had
 * their mean size; if they have not, it is rather too large than too small.  Add up over
 * rows, then take the root: that is the standard error in bytes. */
double sample_variance(uint64_t every, uint64_t size, uint64_t count);

#endif
