/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_GUARD_H
#define TRACER_PRELOAD_BASE_GUARD_H
/*
 * What one thread of the target keeps in initial-exec TLS: a few words.  The guard proper
 * is `frame`, the frame address of the hook that set it.  A hook that finds it set is
 * nested in that hook only if its own stack includes that frame; otherwise a longjmp or
 * an exception has left the guard behind (hook_enter_slow decides).
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

#define GUARD_NEVER UINT64_MAX          /* no number of tracer.affairs */

struct guard_scratch {
	char *at;
	size_t bytes;
};

struct guard {
	uintptr_t frame;                /* of the hook that is running; 0: none */
	/* As long as tracer.affairs is this, there is an area, and an event asks for
	 * nothing but `wish` and the ring (hook_look): one that ends a block that is not
	 * of the pool (real.h); any that ends a block; one that begins a block, which asks
	 * for its stack too. */
	uint64_t usual, ends, plain;
	struct thread *thread;          /* this thread's area; NULL before its first event */
	const _Atomic uint32_t *wish;   /* the segment's enum wire_state */
	uint64_t looked;                /* tracer.affairs at the last look; 0: look again */
	/* Stack pointer of a dlopen's caller until that dlopen has returned. */
	uintptr_t opening;
	struct guard_scratch environment, arguments;    /* for exec: kept to be reused */
	/* Number of the fork under way; in the child, of the fork that made it. */
	uint64_t fork;
	_Atomic uintptr_t *seat;        /* see seats.h; NULL: none */
	bool unseen;                    /* what this hook does has been counted as lost:
					 * hook.h */
	bool ended;                     /* the key's destructor ran its last round */
};

extern _Thread_local struct guard guard
	__attribute__((visibility("hidden"), tls_model("initial-exec")));

/* What this thread has seen of the state of affairs is no longer true of it. */
static inline void guard_look_again(void)
{
	guard.usual = guard.ends = guard.plain = GUARD_NEVER;
	guard.looked = 0;
}

#endif
