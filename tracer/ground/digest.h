/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_GROUND_DIGEST_H
#define TRACER_GROUND_DIGEST_H
/* Digests, to see whether something is the same as before; they are in memory alone. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Continues a digest by one word. */
static inline uint64_t digest_word(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	/* Keeps it out of the registers for vectors, which have no such multiplication: some
	 * that do the same take twice the time. */
	__asm__("" : "+r"(digest));
	return digest ^ digest >> 29;
}

/* The word that lies there, of whatever type it is. */
static inline uint64_t digest_load(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Continues a digest by whole words. */
uint64_t digest_words(uint64_t digest, const void *words, size_t bytes);

#endif
