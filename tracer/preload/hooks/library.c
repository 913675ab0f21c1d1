/* SPDX-License-Identifier: MIT */
/*
 * What the loader calls in libmemtop.so itself: when the program begins, unless a hook
 * was called before that, and when it ends.
 */
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/hooks/api.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/life/standby.h"
#include "tracer/preload/hooks/py_hook.h"
#include "tracer/preload/life/thread_life.h"

static __attribute__((constructor)) void library_begins(void)
{
	py_offer(&py_hooks);
	if (tracer_life() == TRACER_UNBORN)
		life_begin();
	if (tracer_life() == TRACER_ON)
		py_hook_start();
}

/* Each thread counts for itself, and adds its counts to the sum when it ends. */
static __attribute__((destructor)) void library_ends(void)
{
	standby_close();
	if (tracer_life() != TRACER_ON)
		return;
	/* A thread that calls exit may have had nothing to record before. */
	if (!guard.thread && (!tracer.look_at_end ||
			      hook_enter(MACHINE_FRAME, HOOK_RELEASES) != HOOK_IN))
		return;
	thread_count_nested(guard.thread);
	guard.frame = MACHINE_FRAME;    /* for signal handlers: as in a hook */
	api_last_look(guard.thread);
	emit_ends(guard.thread);
	guard.thread->phase = THREAD_REAL;
	if (guard.thread->attention)
		hook_leave_slow();
	guard.frame = 0;
}
