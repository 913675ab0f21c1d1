/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_KNOWN_H
#define TRACER_PRELOAD_UNWIND_KNOWN_H
/*
 * What can be read of the modules, and which number each has in the segment: a list
 * that is made while the kernel may still be asked, for when it may not.
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

/* After a dlclose: what lies in no module any more is dropped. */
void known_check(void);

#endif
