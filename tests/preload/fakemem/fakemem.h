/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_FAKEMEM_H
#define TESTS_PRELOAD_FAKEMEM_H
/* What the files of fakemem (tests/preload/fakemem.c) share. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "tracer/wire/ring.h"
#include "tracer/wire/wire.h"

#define RINGS 4096u
#define HASH (1u << 22)

/* From the command line. */
extern struct fakemem_options {
	bool drop, lazy, stall, die, discard, referee, freeze;
} options;

/* An event, and what is needed to put it in its place among all. */
struct record {
	struct wire_event event;
	uint32_t ring;
	uint32_t irregular;
	uint64_t order;
};

struct figures {
	uint64_t current, blocks, allocations, total;
};

/* A function of the program. */
struct function {
	uint64_t start, end;
	char name[96];
	struct figures figures;
};

/* A live block. */
struct block {
	uint64_t address, size;
	uint32_t ring;
	struct function *function;
};

/* A process that was met: its segment, and what its events say. */
struct segment {
	int pid;
	char *base;
	struct wire_control *control;
	struct record *records;
	uint64_t count, room, replayed;
	struct block *blocks;
	struct figures figures;
	uint64_t peak, frees, temporary, unknown, restored, threads, ended, irregular, calls;
	uint64_t nonsense;
	struct block last[RINGS];       /* newest acquisition of a ring, for temporary */
	struct block moved[RINGS];      /* ended by a REALLOC_RELEASE that may be restored */
	struct function *functions;
	uint64_t function_count;
};

#define SEGMENTS 64u
extern struct segment *segments[SEGMENTS];
extern unsigned segment_count, declined;

/* Says what failed, and ends with status 125. */
void die(const char *what);

/* segment.c: makes the shared memory; its descriptor. */
int segment_make(struct segment *s);
struct wire_ring *ring_of(const struct segment *s, uint32_t index);
/* Makes rings ready before threads ask for them. */
void rings_ahead(struct segment *s);
/* Wakes who waits on this futex. */
void wake(_Atomic uint32_t *word);

/* symbols.c: reads the functions of the program, while it lives. */
void read_symbols(struct segment *s);
/* The program's function in which a trace's newest frame stands; NULL: in a library. */
struct function *function_of(struct segment *s, uint32_t trace);

/* replay.c: sorts the events that were kept since the last time by stamp, and counts them. */
void replay(struct segment *s);

/* drain.c: reads all rings.  Whether there was anything. */
bool drain(struct segment *s);

/* meeting.c: makes a folder of the template `path` and a socket in it, which `path` then names. */
int open_door(char *path);
/* Answers one hello. */
void meet(int door);

#endif
