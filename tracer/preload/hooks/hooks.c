/* SPDX-License-Identifier: MIT */
/*
 * The allocator as the target sees it.  Each hook is the next definition with one event:
 * an acquisition is recorded once it has succeeded, a release before it begins, so that
 * nobody can have got the block again before its end was stamped.  Results, errno and
 * alignment are the next definition's.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/preload/hooks/hook_end.h"
#include "tracer/preload/hooks/hooks.h"
#include "tracer/preload/behind/real.h"
#include "tracer/ground/shared/attributes.h"

/* ---- acquisitions ------------------------------------------------------ */

HOOKED(void *, malloc, (size_t size), (size))
{
	uintptr_t frame = HOOK_FRAME;
	void *block;

	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return UNLIKELY(guard.unseen) ? hook_unseen_begin(REAL(malloc)(size)) :
						REAL(malloc)(size);
	block = REAL(malloc)(size);
	hook_acquired(HOOK_FRAME, block, size);
	return block;
}

HOOKED(void *, calloc, (size_t count, size_t size), (count, size))
{
	uintptr_t frame = HOOK_FRAME;
	void *block;

	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)
		return UNLIKELY(guard.unseen) ? hook_unseen_begin(REAL(calloc)(count, size)) :
						REAL(calloc)(count, size);
	block = REAL(calloc)(count, size);
	hook_acquired(HOOK_FRAME, block, count * size);
	return block;
}

HOOKED(int, posix_memalign, (void **to, size_t alignment, size_t size),
       (to, alignment, size))
{
	uintptr_t frame = HOOK_FRAME;
	int r;

	if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN) {
		r = REAL(posix_memalign)(to, alignment, size);
		if (UNLIKELY(guard.unseen))
			hook_unseen_begin(r == 0 ? *to : NULL);
		return r;
	}
	r = REAL(posix_memalign)(to, alignment, size);
	hook_acquired(HOOK_FRAME, r == 0 ? *to : NULL, size);
	return r;
}

/* The other functions of the family differ only in their parameters. */
#define ACQUIRING(name, parameters, arguments)                                                     \
	HOOKED(void *, name, parameters, arguments)                                                \
	{                                                                                          \
		uintptr_t frame = HOOK_FRAME;                                                      \
		void *block;                                                                       \
												   \
		if (hook_enter(frame, HOOK_ACQUIRES) != HOOK_IN)                                   \
			return UNLIKELY(guard.unseen) ?                                            \
				       hook_unseen_begin(REAL(name) arguments) :                   \
				       REAL(name) arguments;                                       \
		block = REAL(name) arguments;                                                      \
		hook_acquired(HOOK_FRAME, block, size);                                                      \
		return block;                                                                      \
	}

ACQUIRING(aligned_alloc, (size_t alignment, size_t size), (alignment, size))
ACQUIRING(memalign, (size_t alignment, size_t size), (alignment, size))
ACQUIRING(valloc, (size_t size), (size))
ACQUIRING(pvalloc, (size_t size), (size))

/* ---- realloc ----------------------------------------------------------- */

/* A block of the bootstrap pool moves out of it. */
static void *leave_pool(void *old, size_t size)
{
	size_t kept = real_pool_size(old);
	void *block = malloc(size);

	if (block)
		memcpy(block, old, kept < size ? kept : size);
	return block;
}

HOOKED(void *, realloc, (void *old, size_t size), (old, size))
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place;
	void *block;

	place = hook_moves(frame, WIRE_MALLOC, old);
	if (UNLIKELY(place == HOOK_OUT) && real_pool_owns(old))
		return leave_pool(old, size);
	if (place == HOOK_OUT)
		return UNLIKELY(guard.unseen) ? hook_unseen_move(REAL(realloc), old, size) :
						REAL(realloc)(old, size);
	block = REAL(realloc)(old, size);
	if (UNLIKELY(!block))
		hook_not_moved(WIRE_MALLOC, old, size == 0);
	if (place == HOOK_IN)
		hook_acquired(HOOK_FRAME, block, size);
	return block;
}

HOOKED(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size))
{
	uintptr_t frame = HOOK_FRAME;
	enum hook_place place;
	size_t bytes;
	bool overflow = __builtin_mul_overflow(count, size, &bytes);
	void *block;

	place = hook_moves(frame, WIRE_MALLOC, old);
	if (UNLIKELY(place == HOOK_OUT) && real_pool_owns(old))
		return overflow ? NULL : leave_pool(old, bytes);
	if (place == HOOK_OUT && UNLIKELY(guard.unseen) && !overflow)
		return hook_unseen_move(REAL(realloc), old, bytes);
	if (place == HOOK_OUT)
		return REAL(reallocarray)(old, count, size);
	block = REAL(reallocarray)(old, count, size);
	if (UNLIKELY(!block))
		hook_not_moved(WIRE_MALLOC, old, bytes == 0 && !overflow);
	if (place == HOOK_IN)
		hook_acquired(HOOK_FRAME, block, bytes);
	return block;
}

/* ---- releases ---------------------------------------------------------- */

HOOK_RELEASING(free, (void *block), (block))
HOOK_RELEASING(cfree, (void *block), (block))
HOOK_RELEASING(free_sized, (void *block, size_t size), (block, size))
HOOK_RELEASING(free_aligned_sized, (void *block, size_t alignment, size_t size),
	       (block, alignment, size))
