/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_KNOWN_H
#define TRACER_PRELOAD_UNWIND_KNOWN_H
/*
 * Which parts of the modules can be read, and the number of each module in the segment.
 * The list is made while the kernel may still be asked, for the time when it may not be
 * (a seccomp filter).
 */
#include <stdbool.h>
#include <stdint.h>

/* Makes the list anew.  Runs on a stack of cold.h's larger kind; `text` is working
 * space of MAPS_TEXT bytes.  False: no memory, or no /proc. */
bool known_make(char *text);

/* True if the word at `address` can be read for certain. */
bool known_readable(uintptr_t address);

/* The number of the module at `address`; 0: not in the list. */
uint32_t known_module(uintptr_t address);

/* To be called after a dlclose: drops ranges that belong to no module any more. */
void known_check(void);

#endif
