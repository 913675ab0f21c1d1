/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_MACHINE_H
#define TRACER_MACHINE_MACHINE_H
/*
 * All that depends on the processor stands in one folder for each, behind this header:
 *
 *	call.h          a system call, the counter for stamps, a pause, the thread pointer
 *	entry.h         functions of the injected library that only an assembler can write
 *	stack.h         registers, and where a frame keeps its return address
 *	rule.h          a rule from a frame to its caller, as a word
 *	elf.h           what its ELF files say
 *	code.h          what instructions say where no unwind rules are
 *	registers.h     of a thread under ptrace(2), and cow.h, the code that it is made to run:
 *			behind process.h
 *	process/        what memtop does in a running program by writing those registers
 *
 * The Makefile takes process/ of the machine that the compiler makes code for; the
 * headers are chosen here.  Each folder defines the same names.
 */
#if defined(__x86_64__)
#include "tracer/machine/x86_64/call.h"
#include "tracer/machine/x86_64/code.h"
#include "tracer/machine/x86_64/elf.h"
#include "tracer/machine/x86_64/entry.h"
#include "tracer/machine/x86_64/rule.h"
#include "tracer/machine/x86_64/stack.h"
#elif defined(__aarch64__)
#include "tracer/machine/aarch64/call.h"
#include "tracer/machine/aarch64/code.h"
#include "tracer/machine/aarch64/elf.h"
#include "tracer/machine/aarch64/entry.h"
#include "tracer/machine/aarch64/rule.h"
#include "tracer/machine/aarch64/stack.h"
#else
#error "memtop knows x86-64 and aarch64"
#endif

#endif
