/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_HEADERS_H
#define TRACER_PRELOAD_UNWIND_HEADERS_H
/*
 * The program headers of what is mapped.  They say where a module begins and ends
 * and what of it may be read; the loader's answer for an address covers one segment
 * only where there are gaps between segments.
 */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/preload/base/maps.h"

struct headers {
	const Elf64_Phdr *at;           /* stay where they are as long as the module does */
	unsigned count;                 /* 0: the headers are not known */
};

/* To be called once: takes the program's own headers, whose place the kernel told at the
 * start. */
void headers_start(void);

/* Returns the program's own headers, with its bias, if `pc` lies in one of its segments;
 * else none. */
struct headers headers_program(uintptr_t pc, uintptr_t *bias);

/* Returns the headers that belong to the ELF header at `start`, if there is one.  If they
 * are not mapped beside it they are read from the file, once; if that fails there are
 * none.  `text` is working space. */
struct headers headers_at(uintptr_t start, char text[MAPS_TEXT]);

/* Returns the bias (address - p_vaddr) of headers that belong to the ELF header at
 * `start`. */
uintptr_t headers_bias(struct headers headers, uintptr_t start);

/* True if `pc` lies in one of the segments, each of which counts up to the end of its
 * last page. */
bool headers_cover(struct headers headers, uintptr_t bias, uintptr_t pc);

/* Sets the span from the first page of the first segment to the end of the last page of
 * the last. */
void headers_span(struct headers headers, uintptr_t bias, uintptr_t *start, uintptr_t *end);

/* Is [at, at + bytes) filled from the file and readable, all in one segment? */
bool headers_hold(struct headers headers, uintptr_t bias, uintptr_t at, uint64_t bytes);

#endif
