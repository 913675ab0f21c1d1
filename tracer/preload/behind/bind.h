/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_BIND_H
#define TRACER_PRELOAD_BEHIND_BIND_H
/*
 * What libraries that are opened while the program runs bind to.  A preloaded library
 * stands at the front of the program's own list of libraries, which would be wrong for
 * two kinds of them:
 *
 *   - A plugin of a program without a C++ runtime finds our operator new first, with no
 *     other definition behind it.  Which one it should have found, only the loader knows;
 *     return addresses do not tell, since destructors end in jumps to operator delete.
 *     So if there is nothing behind our operators, they are hidden from the loader: the
 *     plugin binds to its own runtime, as without us, and that calls malloc.
 *   - A library that is opened with RTLD_DEEPBIND searches its own list first, in which
 *     libc stands.  So libc's names are made to lead to us: they are bound right before
 *     the library's constructors run, as are dlsym(libc) and jumps not bound yet.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/behind/real.h"

/* Hides our operators if there is nothing behind them.  Once, after real_find. */
void bind_hide(void);

/* Makes libc's names lead to us if libc stands behind us.  To be called when the tracer
 * is on, since a filter may forbid mprotect later; again only after bind_give_back. */
void bind_take(void);

/* Makes libc's names lead to libc again, when no event is wanted any more. */
void bind_give_back(void);

/* True between these two calls: nothing that is bound in this namespace then bypasses
 * us. */
bool bind_is_taken(void);

/* The address of our hook of this name; 0: the loader does not see it (bind_hide). */
uintptr_t bind_hook(enum real_name name);

#endif
