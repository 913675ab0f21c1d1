/* SPDX-License-Identifier: MIT */
/*
 * The ways to end a process without its destructors, where memtop gets a last look at the
 * heap; nothing is recorded here.  Processes that end by exit, or by a return from main,
 * get it in library.c.
 */
#include <stdlib.h>
#include <unistd.h>
#include "tracer/preload/behind/real.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/hooks/api.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/ground/shared/attributes.h"

/* In a signal handler that has interrupted a hook there is no look. */
static void look_before_the_end(uintptr_t frame)
{
	if (tracer_life() != TRACER_ON || !tracer.look_at_end ||
	    hook_enter(frame, HOOK_RELEASES) != HOOK_IN)
		return;
	api_last_look(guard.thread);
	hook_leave();
}

/* `next` is not looked up here, because in a forked child the loader may be locked for
 * ever; it was found when the tracer began. */
static _Noreturn void end_process(void (*next)(int status), int status)
{
	if (next)
		next(status);
	for (;;)                        /* as libc's own does */
		sys_call3(SYS_exit_group, status, 0, 0);
}

EXPORT _Noreturn void _exit(int status)
{
	look_before_the_end(HOOK_FRAME);
	end_process(REAL(_exit), status);
}

EXPORT _Noreturn void _Exit(int status)
{
	look_before_the_end(HOOK_FRAME);
	end_process(REAL(_Exit), status);
}

/* The handlers of quick_exit run after the look; they are few, and hardly ever free
 * anything. */
EXPORT _Noreturn void quick_exit(int status)
{
	look_before_the_end(HOOK_FRAME);
	end_process(REAL(quick_exit), status);
}
