/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_SLOTS_H
#define TRACER_PRELOAD_BEHIND_SLOTS_H
/*
 * What was bound before we came (a tracer that was loaded into a running program):
 * words of modules that hold the address of a function behind us get our hook's
 * instead.  They are those that the loader fills by MACHINE_R_SLOT,
 * MACHINE_R_DATA and MACHINE_R_ADDRESS (System V ABI, AMD64 supplement, 4.4.1), and
 * ld.so's own pointers to malloc, calloc, realloc and free.  A word that holds anything
 * else, another interposer's function say, is not touched.  Function pointers that the
 * program itself has copied are not found.
 */

/* Both only under the loader's lock (door.c), where no module comes, goes or is being
 * bound; read-only pages are writable meanwhile and read-only again when they return.
 * After real_find.  0, or -errno of the mprotect that failed: the words of that module
 * are as they were, those of others have changed. */
int slots_take(void);
/* Puts back each word that still leads to us. */
int slots_give_back(void);

#endif
