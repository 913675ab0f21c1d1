/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_REFEREE_REFEREE_H
#define TRACER_PRELOAD_REFEREE_REFEREE_H
/*
 * The referee of the tests: each trace of ours against libunwind's, which is opened in
 * the target.  Never in a run that is not a test: libunwind allocates and takes locks.
 * It counts in the control page, and writes the first differences to standard error.
 */

/* Opens libunwind, and is stack_referee from then on; without libunwind no stack is
 * compared.  On the main thread, once, before anything is recorded. */
void referee_start(void);

#endif
