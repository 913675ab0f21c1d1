/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_COW_H
#define TRACER_MACHINE_AARCH64_COW_H
/* There is no code by which a thread could clone its process for a look at the heap. */

#define MACHINE_COW_CODE
#define MACHINE_COW_READY() 0

#endif
