/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_HOOKS_API_H
#define TRACER_PRELOAD_HOOKS_API_H
/* The other end of share/include/memtop.h; its numbers are part of the ABI. */
#include <stdint.h>

enum memtop_abi_operation {
	MEMTOP_ABI_IS_TRACING,          /* 1 or 0 */
	MEMTOP_ABI_MEMORY,              /* values: current, peak */
	MEMTOP_ABI_SNAPSHOT,            /* text: name; values: its number */
	MEMTOP_ABI_MARK,                /* text */
	MEMTOP_ABI_RESET_PEAK,
	MEMTOP_ABI_CLEAR,
	MEMTOP_ABI_START,
	MEMTOP_ABI_STOP,
	MEMTOP_ABI_CEILING,             /* values[0]: bytes; text: where a message goes */
	MEMTOP_ABI_GROWTH,              /* the same */
	MEMTOP_ABI_TRACK,               /* values: address, size; length: domain; no answer */
	MEMTOP_ABI_UNTRACK,             /* the same, without the size */
	MEMTOP_ABI_HEAP,                /* text: name; values: its number */
	MEMTOP_ABI_UNREACHABLE,         /* values: bytes, blocks; text: where a message goes */
	/* For pytest's plugin: what was allocated since the peak was reset, by stacks, as
	 * a JSON text that is fetched in parts. values[0]: WIRE_STACKS_... (wire/call.h);
	 * text: buffer for the part, 2,048 bytes; values: the length of the whole. */
	MEMTOP_ABI_STACKS
};

/* `text` of `length` bytes, not terminated, or a buffer of that size; `values`
 * has room for two, or is NULL.  0 (or 1), -ENOSYS when not tracing or unknown,
 * -ETIMEDOUT after a second (a message: ten; a look: 120), -EMSGSIZE, -EBUSY inside a
 * hook, or what memtop answered. */
__attribute__((visibility("default"))) int memtop_abi_1(unsigned operation, const char *text,
							 uint64_t length, uint64_t *values);

/* To be called within a hook when the process is about to end: lets memtop look at its
 * heap, if it wants to, and waits for that.  Only a process's first call has an
 * effect. */
struct thread;
void api_last_look(struct thread *thread);

#endif
