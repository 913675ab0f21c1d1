/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_BYPASS_H
#define TRACER_PRELOAD_BEHIND_BYPASS_H
/*
 * Calls that bypass us while the tracer sleeps.  It is enough that malloc and its
 * relatives check for a call to wake up.  Jumps to free, and to the C++ operators, which
 * call malloc or free themselves, may go straight to the next definition.  They use words
 * that a module jumps through and that no program reads (MACHINE_R_SLOT), in modules that
 * were there when the program began and that the loader never unloads, so that no lock is
 * needed to change them.  An address of free that a program has taken always leads to us.
 */

/* Lists these words.  Once, while the image starts, after real_find and bind_hide. */
void bypass_find(void);

/* Makes these words lead past us; a word that leads elsewhere by now, or can't be
 * changed, is left alone. */
void bypass_open(void);

/* Makes all of them lead to us again, for every thread that sees what the caller does
 * next. 0, or -errno of an mprotect that failed: some then still lead past us. */
int bypass_close(void);

#endif
