/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_BYTES_H
#define TRACER_PRELOAD_BASE_BYTES_H
/*
 * Reads DWARF's encodings from bytes that may be nonsense.  A reader that ran past its
 * end yields zeroes and stays `bad`, so callers check once, at the end.
 */
#include <stdbool.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at, *end;
	bool bad;
};

/* An integer of `size` (1 to 8) bytes, little endian. */
static inline uint64_t bytes_fixed(struct bytes *b, unsigned size)
{
	uint64_t value = 0;
	if (b->bad || (uint64_t)(b->end - b->at) < size) {
		b->bad = true;
		return 0;
	}
	/* (The compiler does not make one load of the loop.) */
	if (__builtin_constant_p(size))
		__builtin_memcpy(&value, b->at, size);
	else
		for (unsigned i = 0; i < size; i++)
			value |= (uint64_t)b->at[i] << 8 * i;
	b->at += size;
	return value;
}

static inline int64_t bytes_signed(struct bytes *b, unsigned size)
{
	return (int64_t)(bytes_fixed(b, size) << (64 - 8 * size)) >> (64 - 8 * size);
}

static inline uint8_t bytes_u8(struct bytes *b) { return (uint8_t)bytes_fixed(b, 1); }

/* Reads a LEB128 number; *bits is set to the number of bits that it had. */
static inline uint64_t bytes_leb(struct bytes *b, unsigned *bits, uint8_t *last)
{
	uint64_t value = 0;
	*bits = 0;
	do {
		*last = bytes_u8(b);
		if (*bits < 64)
			value |= (uint64_t)(*last & 0x7f) << *bits;
		*bits += 7;
	} while (*last & 0x80 && !b->bad);
	return value;
}

static inline uint64_t bytes_uleb(struct bytes *b)
{
	unsigned bits;
	uint8_t last;
	return bytes_leb(b, &bits, &last);
}

static inline int64_t bytes_sleb(struct bytes *b)
{
	unsigned bits;
	uint8_t last;
	uint64_t value = bytes_leb(b, &bits, &last);
	if (last & 0x40 && bits < 64)
		value |= ~UINT64_C(0) << bits;
	return (int64_t)value;
}

static inline void bytes_skip(struct bytes *b, uint64_t count)
{
	if (b->bad || (uint64_t)(b->end - b->at) < count)
		b->bad = true;
	else
		b->at += count;
}

/* Cuts the reader off after `count` more bytes. */
static inline void bytes_limit(struct bytes *b, uint64_t count)
{
	if (b->bad || (uint64_t)(b->end - b->at) < count)
		b->bad = true;
	else
		b->end = b->at + count;
}

#endif
