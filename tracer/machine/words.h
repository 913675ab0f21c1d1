/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_WORDS_H
#define TRACER_MACHINE_WORDS_H
/*
 * Going through many words: memtop's own loops that gain by instructions which not every
 * processor of a kind has.  Not for the injected library, whose code uses no vectors.
 *
 *	MACHINE_NEWER           compiles a function for processors that have them
 *	machine_is_newer        whether this one has
 *	machine_keep            below
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Addresses [low, low + bytes), which are below 2^63; no bytes: none. */
struct machine_span {
	uint64_t low, bytes;
};

#define MACHINE_KEEP_SPARE 3u           /* words that machine_keep may write behind `count` */

/* Writes those of `count` words that are in one of two spans, in order, and returns how many
 * they are.  It writes each word and advances only if it is kept, so that there is no
 * branch. */
static inline size_t machine_keep_plain(const struct machine_span span[2],
					const unsigned char *from, size_t count, uint64_t *to)
{
	const uint64_t low = span[0].low, bytes = span[0].bytes, low2 = span[1].low,
		       bytes2 = span[1].bytes;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t word;

		memcpy(&word, from + i * sizeof(word), sizeof(word));
		to[kept] = word;
		kept += (size_t)((word - low < bytes) | (word - low2 < bytes2));
	}
	return kept;
}

#if defined(__x86_64__)
#include "tracer/machine/x86_64/words.h"
#elif defined(__aarch64__)
#include "tracer/machine/aarch64/words.h"
#endif

#endif
