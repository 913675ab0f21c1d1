/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_REFEREE_H
#define TRACER_PRELOAD_REFEREE_H
/*
 * The referee of the tests: libunwind, opened in the target.  Never in a run
 * that is not a test: libunwind allocates and takes locks.
 */
#include <stdbool.h>

/* Opens libunwind; without it no stack is compared.  On the main thread. */
void referee_start(void);

/* True while this thread is inside libunwind for a comparison: what is
 * allocated there is the referee's. */
bool referee_is_busy(void);

#endif
