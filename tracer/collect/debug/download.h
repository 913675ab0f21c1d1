/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_DOWNLOAD_H
#define TRACER_COLLECT_DEBUG_DOWNLOAD_H
/* debuginfod: libdwfl asks it by itself if the user has set DEBUGINFOD_URLS.  A slow
 * server must not delay memtop when it wants to end. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <elfutils/libdwfl.h>

/* From now on this Dwfl gives a download up once *leave is true.  `leave` must outlive
 * the Dwfl. */
void download_watch(Dwfl *dwfl, const atomic_bool *leave);

/* Downloads the debug info of a module that has no file here, by its build-id.  Returns a
 * descriptor, or -1. */
int download_find(const uint8_t *id, size_t length);

#endif
