/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_GUARD_H
#define TRACER_PRELOAD_BASE_GUARD_H
/*
 * What one thread of the target keeps in initial-exec TLS: a few words.  The guard proper
 * is `frame`, the frame address of the hook that set it.  A hook that finds it set is
 * nested in that hook only if its own stack includes that frame; otherwise a longjmp or
 * an exception has left the guard behind (hook_enter_slow decides).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

struct guard_scratch {
	char *at;
	size_t bytes;
};

struct guard {
	uintptr_t frame;                /* of the hook that is running; 0: none */
	struct thread *thread;          /* this thread's area; NULL before its first event */
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

#endif
