/* SPDX-License-Identifier: MIT */
/*
 * operator new and delete.  An exception may leave the throwing ones, so their unwind
 * tables name a personality function of our own, which clears the guard and lets the
 * exception go on: this needs no libgcc, no cleanup code and no catch.  Nested calls
 * leave by a jump, so no exception ever passes their frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include "tracer/preload/hooks/hook_end.h"
#include "tracer/preload/hooks/hooks.h"
#include "tracer/preload/behind/real.h"
#include "tracer/ground/shared/attributes.h"

/* The few constants of the Itanium C++ ABI that are needed here. */
enum { UNWIND_CLEANUP_PHASE = 2, UNWIND_CONTINUE = 8 };

int operators_personality(int version, int actions, uint64_t class, void *exception,
			  void *context);

/* An exception leaves a hook. */
int operators_personality(int version, int actions, uint64_t class, void *exception,
			  void *context)
{
	(void)version, (void)class, (void)exception, (void)context;
	if (actions & UNWIND_CLEANUP_PHASE && guard.frame) {
		if (guard.thread && tracer_life() == TRACER_ON)
			hook_leave();
		guard.frame = 0;
	}
	return UNWIND_CONTINUE;
}

/* 0x1b: a 32-bit offset relative to its own place.  The directive applies to the whole
 * function around it. */
#define THROWS __asm__ volatile(".cfi_personality 0x1b, operators_personality")
#define NEVER_THROWS (void)0

/*
 * `first` is what a plain operator (real.h) would get from the hook of malloc, without
 * entering that one too.  If there is no memory, this hook is over before the operator
 * itself says so: what the program's new handler allocates, and the exception, are no part
 * of this block, and neither is memory that is found after all, which malloc's hook records.
 */
#define OPERATOR_NEW(throws, name, parameters, arguments, first)		\
	HOOKED(void *, name, parameters, arguments)				\
	{									\
		uintptr_t frame = HOOK_FRAME;					\
		void *block;							\
										\
		throws;								\
		if (hook_enter(frame, HOOK_NEW) != HOOK_IN)			\
			return REAL(name) arguments;				\
		block = LIKELY(real.plain) ? first : REAL(name) arguments;	\
		hook_acquired(HOOK_FRAME, block, size);				\
		return LIKELY(block) || !real.plain ? block : REAL(name) arguments; \
	}

static ALWAYS_INLINE void *plain_new(size_t size) { return REAL(malloc)(size ? size : 1); }

static ALWAYS_INLINE void *plain_aligned(size_t size, size_t alignment)
{
	void *block = NULL;
	size_t least = alignment < sizeof(block) ? sizeof(block) : alignment;

	return REAL(posix_memalign)(&block, least, size ? size : 1) == 0 ? block : NULL;
}

OPERATOR_NEW(THROWS, _Znwm, (size_t size), (size), plain_new(size))
OPERATOR_NEW(THROWS, _Znam, (size_t size), (size), plain_new(size))
OPERATOR_NEW(NEVER_THROWS, _ZnwmRKSt9nothrow_t, (size_t size, const void *nothrow),
	     (size, nothrow), plain_new(size))
OPERATOR_NEW(NEVER_THROWS, _ZnamRKSt9nothrow_t, (size_t size, const void *nothrow),
	     (size, nothrow), plain_new(size))
OPERATOR_NEW(THROWS, _ZnwmSt11align_val_t, (size_t size, size_t alignment), (size, alignment),
	     plain_aligned(size, alignment))
OPERATOR_NEW(THROWS, _ZnamSt11align_val_t, (size_t size, size_t alignment), (size, alignment),
	     plain_aligned(size, alignment))
OPERATOR_NEW(NEVER_THROWS, _ZnwmSt11align_val_tRKSt9nothrow_t,
	     (size_t size, size_t alignment, const void *nothrow), (size, alignment, nothrow),
	     plain_aligned(size, alignment))
OPERATOR_NEW(NEVER_THROWS, _ZnamSt11align_val_tRKSt9nothrow_t,
	     (size_t size, size_t alignment, const void *nothrow), (size, alignment, nothrow),
	     plain_aligned(size, alignment))

#define DELETE(name, parameters, arguments)					\
	HOOK_RELEASING_BY(name, HOOK_DELETE, parameters, arguments, REAL(name) arguments)

#define PLAIN_DELETE(name, parameters, arguments)				\
	HOOK_RELEASING_BY(name, HOOK_DELETE, parameters, arguments,		\
			  LIKELY(real.plain) ? REAL(free)(block) : REAL(name) arguments)

PLAIN_DELETE(_ZdlPv, (void *block), (block))
PLAIN_DELETE(_ZdaPv, (void *block), (block))
PLAIN_DELETE(_ZdlPvm, (void *block, size_t size), (block, size))
PLAIN_DELETE(_ZdaPvm, (void *block, size_t size), (block, size))
DELETE(_ZdlPvRKSt9nothrow_t, (void *block, const void *nothrow), (block, nothrow))
DELETE(_ZdaPvRKSt9nothrow_t, (void *block, const void *nothrow), (block, nothrow))
DELETE(_ZdlPvSt11align_val_t, (void *block, size_t alignment), (block, alignment))
DELETE(_ZdaPvSt11align_val_t, (void *block, size_t alignment), (block, alignment))
DELETE(_ZdlPvmSt11align_val_t, (void *block, size_t size, size_t alignment),
       (block, size, alignment))
DELETE(_ZdaPvmSt11align_val_t, (void *block, size_t size, size_t alignment),
       (block, size, alignment))
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t,
       (void *block, size_t alignment, const void *nothrow), (block, alignment, nothrow))
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t,
       (void *block, size_t alignment, const void *nothrow), (block, alignment, nothrow))
