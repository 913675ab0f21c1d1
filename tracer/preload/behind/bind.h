/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_BIND_H
#define TRACER_PRELOAD_BEHIND_BIND_H
/*
 * What libraries bind to that are opened while the program runs.  A preload stands at
 * the front of the program's own list of libraries, and two kinds of them would not
 * get what they should:
 *
 *   - A plugin of a program without a C++ runtime finds our operator new first, and
 *     behind us there is none: whose it should have been only the loader knows, and
 *     no return address tells, since destructors end in jumps to operator delete.  So
 *     where nothing stands behind us the loader does not see our operators: the plugin
 *     binds to its own runtime, as it would without us, and that calls malloc.
 *   - A library that is opened with RTLD_DEEPBIND looks into its own list first, where
 *     libc stands.  So libc's names lead to us: it binds right before its constructors
 *     run, like dlsym(libc) and jumps that are not bound yet.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/behind/real.h"

/* Hides our operators where there is nothing behind them.  After real_find; once. */
void bind_hide(void);

/* Lets libc's names lead to us, where libc stands behind us.  When the tracer is on: a
 * filter may forbid mprotect later.  Again only after bind_give_back. */
void bind_take(void);

/* Makes libc's names lead to libc again, when no event is wanted any more. */
void bind_give_back(void);

/* True between these two calls: then nothing that is bound in this namespace can get past
 * us. */
bool bind_is_taken(void);

/* The address of our hook of this name; 0: the loader does not see it (bind_hide). */
uintptr_t bind_hook(enum real_name name);

#endif
