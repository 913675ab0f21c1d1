/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_SPACE_H
#define TRACER_COLLECT_ATTACH_SPACE_H
/*
 * The loader's namespaces in a running process (dlmopen(3)), by its own list of modules
 * (_r_debug, link.h).  Each has a libc of its own, whose allocator is not the program's:
 * a tracer belongs in the first one and does not see the others.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/attach/afar.h"

/* Of several libc's, makes that of the first namespace afar->libc; if the loader does not
 * say which that is, none. */
void space_choose_libc(struct afar *afar);

/* The name, without its folder, of a library in another namespace than the program's;
 * false: there is none. */
bool space_find(int32_t pid, char *name, size_t size);

#endif
