/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_BYPASS_H
#define TRACER_PRELOAD_BEHIND_BYPASS_H
/*
 * Ways past us while the tracer sleeps.  It is enough that malloc and its kin look whether
 * somebody calls: jumps to free and to the C++ operators, which call malloc or free
 * themselves, may go straight to what stands behind us.  Those are words that a module
 * jumps through and that no program reads (MACHINE_R_SLOT), in modules that were there
 * when the program began, which the loader never unloads; so no lock is needed to change
 * them.  An address of free that a program has taken always leads to us.
 */

/* Lists these words.  Once, while the image starts, after real_find and bind_hide. */
void bypass_find(void);

/* Opens the ways; a word that leads elsewhere by now, or can't be changed, is left
 * alone. */
void bypass_open(void);

/* All lead to us again, in every thread that sees what the caller does next.  0, or
 * -errno of an mprotect that failed: then some go past us still. */
int bypass_close(void);

#endif
