/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/ground/digest.h"

#define DIGEST_LANES 4u

/* Each step of a digest needs the one before it, so four run side by side. */
uint64_t digest_words(uint64_t digest, const void *words, size_t bytes)
{
	uint64_t lanes[DIGEST_LANES] = { digest, digest + 1, digest + 2, digest + 3 };
	const unsigned char *at = words, *end = at + bytes;

	for (; end - at >= 8 * (ptrdiff_t)DIGEST_LANES; at += 8 * DIGEST_LANES)
		for (unsigned i = 0; i < DIGEST_LANES; i++)
			lanes[i] = digest_word(lanes[i], digest_load(at + 8 * i));
	digest = lanes[0];
	for (; at < end; at += 8)
		digest = digest_word(digest, digest_load(at));
	for (unsigned i = 1; i < DIGEST_LANES; i++)
		digest = digest_word(digest, lanes[i]);
	return digest;
}
