/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_INJECT_H
#define TRACER_COLLECT_ATTACH_INJECT_H
/*
 * Brings a tracer to a program that was started without one: a borrowed thread opens our
 * library (dlopen) and calls its door (preload/hooks/door.c), which puts the hooks in.
 * From then on the program has a standby page, and is called like one that was started
 * with memtop standby.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/error.h"

/* Has a thread open the library if *handle is 0, and sets it to the loader's handle; then
 * has it call the door, which does what the page's `order` asks for.  0, or -1 with
 * *error, and nothing has changed.  It takes some milliseconds as a rule, and some
 * seconds where no thread can be borrowed at once.  All of it runs in the calling
 * thread, one at a time. */
int inject(int32_t pid, uint64_t *handle, struct error *error);

/* Has a thread call the door of a tracer that is there, as inject does; handle 0: that of one
 * that was loaded when the program began.  Nobody is told if that can't be done. */
void inject_knock(int32_t pid, uint64_t handle);

/* Whether the process sees this very file under the same path. */
bool inject_sees(int32_t pid, const char *library);

#endif
