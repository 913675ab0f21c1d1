/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_SCOPE_H
#define TRACER_PRELOAD_SCOPE_H
/*
 * Next definitions that RTLD_NEXT can't see: in a C program, operator new of a
 * plugin binds to the tracer, and the libstdc++ that it should have gone to
 * stands in the plugin's own scope.
 */
#include <stdint.h>
#include "tracer/preload/real.h"

/* The definition that code at `ip` would use without us; malloc or free where
 * there is none at all, so never NULL.  Once per module; errno is kept. */
void *scope_next(enum real_name name, uintptr_t ip);

/* A module has gone: what was found for or in it is forgotten. */
void scope_forget(void);

#endif
