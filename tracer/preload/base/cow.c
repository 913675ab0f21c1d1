/* SPDX-License-Identifier: MIT */
/* The code that memtop makes a thread of the program execute: see machine/process.h. */
#include "tracer/preload/base/cow.h"

#include "tracer/machine/process.h"

MACHINE_COW_CODE

uint64_t cow_ready(void) { return MACHINE_COW_READY(); }
