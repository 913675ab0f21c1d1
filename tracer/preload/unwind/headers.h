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

#include "tracer/preload/unwind/maps.h"

struct headers {
	const Elf64_Phdr *at;           /* stay where they are as long as the module does */
	unsigned count;                 /* 0: they are not known */
};

/* Once: takes the program's own, of which the kernel told at its start. */
void headers_start(void);

/* The program's own, if `pc` lies in one of its segments, and its bias; else none. */
struct headers headers_program(uintptr_t pc, uintptr_t *bias);

/* Those that belong to the ELF header at `start`, if there is one.  Where they do not
 * stand beside it they are read from its file, once; that may fail, and then there are
 * none.  `text`: working space. */
struct headers headers_at(uintptr_t start, char text[MAPS_TEXT]);

/* Address - p_vaddr, for headers that belong to the ELF header at `start`. */
uintptr_t headers_bias(struct headers headers, uintptr_t start);

/* True if `pc` lies in a segment, its last page as a whole. */
bool headers_cover(struct headers headers, uintptr_t bias, uintptr_t pc);

/* From the first segment's first page to the last one's last. */
void headers_span(struct headers headers, uintptr_t bias, uintptr_t *start, uintptr_t *end);

/* Is [at, at + bytes) filled from the file and readable, all in one segment? */
bool headers_hold(struct headers headers, uintptr_t bias, uintptr_t at, uint64_t bytes);

#endif
