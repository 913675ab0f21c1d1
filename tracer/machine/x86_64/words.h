/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_WORDS_H
#define TRACER_MACHINE_X86_64_WORDS_H
/* Most processors since 2013 compare four words at once and count bits by an instruction
 * (x86-64-v3 in the psABI, 3.1.1). */
#include <immintrin.h>
#include <stdbool.h>

#define MACHINE_NEWER __attribute__((target("avx2,bmi,bmi2,popcnt")))

static inline bool machine_is_newer(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

/* The words above `span`'s begin and below its end; one with its highest bit set is
 * negative. */
MACHINE_NEWER
static inline __m256i machine_within(__m256i words, const struct machine_span *span)
{
	__m256i before = _mm256_set1_epi64x((long long)(span->low - 1));
	__m256i end = _mm256_set1_epi64x((long long)(span->low + span->bytes));

	return _mm256_and_si256(_mm256_cmpgt_epi64(words, before), _mm256_cmpgt_epi64(end, words));
}

/* Which of four words are kept chooses how their halves are moved together. */
MACHINE_NEWER
static inline size_t machine_keep_fours(const struct machine_span span[2],
					const unsigned char *from, size_t count, uint64_t *to)
{
	static const uint32_t together[16][8] = {
		{ 0 }, { 0, 1 }, { 2, 3 }, { 0, 1, 2, 3 }, { 4, 5 }, { 0, 1, 4, 5 },
		{ 2, 3, 4, 5 }, { 0, 1, 2, 3, 4, 5 }, { 6, 7 }, { 0, 1, 6, 7 }, { 2, 3, 6, 7 },
		{ 0, 1, 2, 3, 6, 7 }, { 4, 5, 6, 7 }, { 0, 1, 4, 5, 6, 7 },
		{ 2, 3, 4, 5, 6, 7 }, { 0, 1, 2, 3, 4, 5, 6, 7 },
	};
	/* The last words are read by a mask that begins at 4 less their number. */
	static const int64_t last[8] = { -1, -1, -1, -1 };
	size_t kept = 0;

	for (size_t i = 0; i < count; i += 4) {
		const int64_t *mask = last + (count - i < 4 ? 4 - (count - i) : 0);
		__m256i words = _mm256_maskload_epi64((const void *)(from + i * sizeof(*to)),
						      _mm256_loadu_si256((const void *)mask));
		__m256i in = _mm256_or_si256(machine_within(words, &span[0]),
					     machine_within(words, &span[1]));
		unsigned which = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(in));
		__m256i order = _mm256_loadu_si256((const void *)together[which]);

		_mm256_storeu_si256((void *)(to + kept), _mm256_permutevar8x32_epi32(words, order));
		kept += (unsigned)__builtin_popcount(which);
	}
	return kept;
}

static inline size_t machine_keep(bool newer, const struct machine_span span[2],
				  const unsigned char *from, size_t count, uint64_t *to)
{
	return newer ? machine_keep_fours(span, from, count, to) :
		       machine_keep_plain(span, from, count, to);
}

#endif
