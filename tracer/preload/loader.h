/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_LOADER_H
#define TRACER_PRELOAD_LOADER_H
/* The hooks of dlopen, dlmopen and dlclose. */

/* To memtop, in a forked child: a library that can't be seen was opened before. */
void loader_tell_unseen(void);

#endif
