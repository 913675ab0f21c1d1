/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DOWNLOAD_H
#define TRACER_COLLECT_DEBUG_DOWNLOAD_H
/* debuginfod: libdwfl asks it by itself if the user has set DEBUGINFOD_URLS.
 * A server that answers slowly may not hold memtop back when it wants to end. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <elfutils/libdwfl.h>

/* From now on what this Dwfl downloads is given up once *leave is true.
 * `leave` outlives the Dwfl. */
void download_watch(Dwfl *dwfl, const atomic_bool *leave);

/* The debug info of a module of which no file is here, by its build-id: a descriptor, or
 * -1. */
int download_find(const uint8_t *id, size_t length);

#endif
