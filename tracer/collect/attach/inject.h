/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_INJECT_H
#define TRACER_COLLECT_ATTACH_INJECT_H
/*
 * A tracer for a program that was started without one: a borrowed thread opens our
 * library (dlopen) and lets it in by its door (preload/hooks/door.c).  From then on the
 * program has a standby page, and is called as one that was started with memtop
 * standby.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/error.h"

/* Has a thread open the library, if *handle is 0, which then becomes the loader's; and
 * come to the door, where the page's `order` says what is wanted.  0, or -1 with
 * *error, and nothing has changed.  Some milliseconds as a rule; some seconds where no
 * thread stands well. All in the calling thread. */
int inject(int32_t pid, uint64_t *handle, struct error *error);

/* Whether the process sees this very file by the same path. */
bool inject_sees(int32_t pid, const char *library);

#endif
