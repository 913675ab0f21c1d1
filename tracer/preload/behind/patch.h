/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_PATCH_H
#define TRACER_PRELOAD_BEHIND_PATCH_H
/*
 * Changes words of other modules such that they lead to us: values of libc's symbols
 * (bind.c), and whatever else the loader or a program reads an address from.  A word is
 * changed only while it holds exactly what is expected, by a single store, which no
 * thread can see half done; its page has its old protection again when the call returns.
 */
#include <stdint.h>

struct patch {
	_Atomic uint64_t *word;
	uint64_t was, is;
};

/* Puts `is` into each word that holds `was`.  All of them lie in one segment, whose
 * pages are protected by `protection` (PROT_*).  0, or -errno, and then no word has
 * changed.  Two system calls. */
int patch_put(const struct patch *list, unsigned count, int protection);

/* Puts `was` back into each word that still holds `is`.  The same results. */
int patch_take_back(const struct patch *list, unsigned count, int protection);

#endif
