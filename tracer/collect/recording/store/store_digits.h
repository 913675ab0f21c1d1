/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RECORDING_STORE_STORE_DIGITS_H
#define TRACER_COLLECT_RECORDING_STORE_STORE_DIGITS_H
/* Decimal digits of numbers, of which a recording has millions: printf would take most of the
 * time. */
#include <stdint.h>
#include <string.h>

#define DIGITS_EIGHT UINT64_C(100000000)

/* The same as digits_write, below, which calls it for numbers of more than eight digits. */
char *digits_write_long(char *at, uint64_t number);

/* Eight digits of a number that has no more, the first one in the lowest byte: divided by
 * 100 and by 10 in all places at once, as millions of values are written. */
static inline uint64_t digits_eight(uint32_t number)
{
	uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
	uint64_t high = fours * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	uint64_t twos = high | (fours - 100 * high) << 16;

	high = twos * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return high | (twos - 10 * high) << 8;
}

/* Writes a number's digits; where the next character belongs.  Eight characters may change
 * from there on. */
static inline char *digits_write(char *at, uint64_t number)
{
	uint64_t ascii = UINT64_C(0x3030303030303030), digits;
	unsigned zeros;

	if (number >= DIGITS_EIGHT) {
		at = digits_write_long(at, number / DIGITS_EIGHT);
		digits = digits_eight((uint32_t)(number % DIGITS_EIGHT)) | ascii;
		memcpy(at, &digits, 8);
		return at + 8;
	}
	digits = digits_eight((uint32_t)number);
	zeros = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
	digits = (digits | ascii) >> 8 * zeros;
	memcpy(at, &digits, 8);
	return at + 8 - zeros;
}

#endif
