/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_QUIET_H
#define TRACER_WIRE_QUIET_H
#include <stdint.h>

/* Under a seccomp filter the tracer makes no system call: it wakes nobody, and has to
 * live with the memory it was given.  Before the filter begins (QUIET_COMES), memtop
 * gives it that much ahead. */
enum wire_quiet { WIRE_LOUD, WIRE_QUIET_COMES, WIRE_QUIET };
#define WIRE_QUIET_RINGS 16u
#define WIRE_QUIET_SITES 32768u
#define WIRE_QUIET_TRACES 131072u
#define WIRE_QUIET_BLOBS (UINT64_C(256) << 10)

#endif
