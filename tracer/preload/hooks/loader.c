/* SPDX-License-Identifier: MIT */
/*
 * dlopen, dlmopen, dlclose.  The loader judges dlopen's caller by its return address
 * (RUNPATH, namespace), so ours must not be on the stack: the hook leaves a mark and
 * jumps.  The thread's next event from the same depth or above tells that the call has
 * returned.
 */
#include <dlfcn.h>
#include <stdint.h>
#include "tracer/preload/behind/bind.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/hooks/py_hook.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/unwind/stack.h"

/*
 * Allocations of some libraries are not seen: a library in a namespace of its own has a
 * libc of its own, and one opened with RTLD_DEEPBIND takes libc's functions rather than
 * those of another allocator that stands behind us.
 */
static void loader_look_at(uintptr_t space, const char *file, uintptr_t mode)
{
	const char *name = file ? file : "?";

	if (tracer_life() != TRACER_ON ||
	    (space == LM_ID_BASE && (!(mode & RTLD_DEEPBIND) || bind_is_taken())))
		return;
	for (const char *at = name; *at; at++)
		name = *at == '/' && at[1] ? at + 1 : name;
	life_unseen(name);
}

static void *loader_opening(enum real_name name, uintptr_t caller_sp)
{
	if (!real.next[name])
		real_find();
	if (tracer_life() == TRACER_ON)
		py_opening(&py_hooks);
	if (tracer_life() == TRACER_ON && guard.thread) {
		if (guard.opening)
			stack_modules_changed();
		guard.opening = caller_sp;
		guard_look_again();
	}
	return real.next[name];
}

__attribute__((used)) void *loader_dlopen(uintptr_t caller_sp);
void *loader_dlopen(uintptr_t caller_sp)
{
	loader_look_at(LM_ID_BASE, (const char *)MACHINE_ARGUMENT(caller_sp, 0),
		       MACHINE_ARGUMENT(caller_sp, 1));
	return loader_opening(REAL_dlopen, caller_sp);
}

__attribute__((used)) void *loader_dlmopen(uintptr_t caller_sp);
void *loader_dlmopen(uintptr_t caller_sp)
{
	loader_look_at(MACHINE_ARGUMENT(caller_sp, 0), (const char *)MACHINE_ARGUMENT(caller_sp, 1),
		       MACHINE_ARGUMENT(caller_sp, 2));
	return loader_opening(REAL_dlmopen, caller_sp);
}

MACHINE_SHOW_AND_JUMP(dlopen, loader_dlopen);
MACHINE_SHOW_AND_JUMP(dlmopen, loader_dlmopen);

__attribute__((visibility("default"))) int dlclose(void *handle)
{
	bool traced = tracer_life() == TRACER_ON;
	int r;

	if (!real.next[REAL_dlclose])
		real_find();
	if (traced) {
		stack_modules_closing();
		py_closing(handle);
	}
	r = REAL(dlclose)(handle);
	if (traced)
		py_closed();
	if (traced)
		stack_modules_changed();
	return r;
}
