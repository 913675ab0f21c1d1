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

/* Makes the list anew; `whose` finds the number of the module at an address,
 * WIRE_MODULE_NONE for none.  Runs on a stack of cold.h's larger kind; `text` is working
 * space of MAPS_TEXT bytes, for `whose` too.  False: no memory, or no /proc. */
bool known_make(char *text, uint32_t (*whose)(uintptr_t address, char *text));

/* True if the word at `address` can be read for certain. */
bool known_readable(uintptr_t address);

/* The number of the module at `address`; 0: not in the list. */
uint32_t known_module(uintptr_t address);

/* To be called after a dlclose: drops ranges that are no module's any more. */
void known_check(bool (*is_module)(uintptr_t address));

#endif
