/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_COW_H
#define TRACER_PRELOAD_BASE_COW_H
/* What memtop needs in the program to look at its heap by a clone: machine/process.h. */
#include <stdint.h>

/* The address of the code, for wire_control.cow; 0: there is none for this machine. */
uint64_t cow_ready(void);

#endif
