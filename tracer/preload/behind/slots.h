/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_SLOTS_H
#define TRACER_PRELOAD_BEHIND_SLOTS_H
/*
 * What was bound before we came, when the tracer was loaded into a running program: words
 * of modules that hold the address of a function behind us get our hook's instead.  These
 * are the words that the loader fills in for MACHINE_R_SLOT, MACHINE_R_DATA and
 * MACHINE_R_ADDRESS (System V ABI, AMD64 supplement, 4.4.1), and ld.so's own pointers to
 * malloc, calloc, realloc and free.  A word that holds anything else, such as another
 * interposer's function, is left alone.  Function pointers that the program itself has
 * copied are not found.
 */

/* Both need the loader's lock (door.c), under which no module comes, goes or is being
 * bound; read-only pages are writable meanwhile and read-only again at the return.  After
 * real_find.  0, or -errno of the mprotect that failed: the words of that module are as
 * they were, those of others have changed. */
int slots_take(void);
/* Puts back each word that still leads to us. */
int slots_give_back(void);

#endif
