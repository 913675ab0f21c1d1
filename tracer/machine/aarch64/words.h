/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_WORDS_H
#define TRACER_MACHINE_AARCH64_WORDS_H
/* All have what counts here: vectors and a count of bits are in the first ARMv8-A. */
#include <stdbool.h>

#define MACHINE_NEWER

static inline bool machine_is_newer(void)
{
	return false;
}

static inline size_t machine_keep(bool newer, const struct machine_span span[2],
				  const unsigned char *from, size_t count, uint64_t *to)
{
	(void)newer;
	return machine_keep_plain(span, from, count, to);
}

#endif
