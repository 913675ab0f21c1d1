/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_PROCESS_H
#define TRACER_MACHINE_PROCESS_H
/*
 * A thread that memtop holds by ptrace(2): its registers, and the code in libmemtop.so
 * that it is made to run.  This is separate from machine.h because it needs <sys/user.h>.
 */
#if defined(__x86_64__)
#include "tracer/machine/x86_64/cow.h"
#include "tracer/machine/x86_64/registers.h"
#elif defined(__aarch64__)
#include "tracer/machine/aarch64/cow.h"
#include "tracer/machine/aarch64/registers.h"
#endif

#endif
