/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_API_H
#define TRACER_PRELOAD_API_H
/* The other end of share/include/memtop.h; its numbers are part of the ABI. */
#include <stdint.h>

enum memtop_abi_operation {
	MEMTOP_ABI_IS_TRACING,          /* 1 or 0 */
	MEMTOP_ABI_MEMORY,              /* values: current, peak */
	MEMTOP_ABI_SNAPSHOT,            /* text: name; values: its number */
	MEMTOP_ABI_MARK                 /* text */
};

/* `text` of `length` bytes, not terminated; `values` has room for two, or is
 * NULL.  0 (or 1), -ENOSYS when not tracing or unknown, -ETIMEDOUT after a
 * second, -EMSGSIZE, -EBUSY inside a hook, or what memtop answered. */
__attribute__((visibility("default"))) int memtop_abi_1(unsigned operation, const char *text,
							 uint64_t length, uint64_t *values);

#endif
