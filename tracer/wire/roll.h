/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_ROLL_H
#define TRACER_WIRE_ROLL_H
/*
 * The roll: one small shared page set for a whole run, mapped by each traced image and
 * inherited by its forked children. It lists processes that memtop may never get to see:
 * a process writes down whom it starts, or what it becomes, and memtop strikes out those
 * that have said hello since.
 *
 * 	FREE -> BUSY -> STARTED, struck out by memtop: a hello came
 * 	             -> UNSEEN,  taken over by memtop: it will never say hello
 * 	             -> FREE     by its writer: the exec failed
 *
 * Every process of the run can write here, even nonsense: memtop trusts no index and no
 * text.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ROLL_MAGIC UINT64_C(0x6c6c6f72706d7400)
#define ROLL_ENTRIES 512u
#define ROLL_PROGRAM 88u                /* bytes of a path kept: its last ones */
#define ROLL_PIDS 65536u                /* the low 16 bits of a pid */

enum roll_kind { ROLL_FREE, ROLL_BUSY, ROLL_STARTED, ROLL_UNSEEN };

/* Why a process will not say hello, as far as that is known in advance. */
enum roll_reason {
	ROLL_UNKNOWN,
	ROLL_STATIC,                    /* statically linked */
	ROLL_RIGHTS,                    /* of its file or of who starts it: rights.h */
	ROLL_MACHINE,                   /* 32-bit, or of another machine */
	ROLL_LOADER,                    /* musl's loader, or an unknown one */
	ROLL_ASAN,                      /* AddressSanitizer's library wants to be first */
	ROLL_MALLOC,                    /* it defines malloc itself */
	ROLL_ANOTHER,                   /* its environment leads to another memtop */
	ROLL_ENVIRONMENT,               /* its environment leads to no memtop */
	ROLL_UNREACHABLE,               /* the meeting can't be reached from it; `number`:
					 * errno */
	ROLL_UNMET,                     /* a forked child failed to say hello; `number`:
					 * errno */
	ROLL_FILTER,                    /* a seccomp filter forbids the tracer's calls */
	ROLL_RAW,                       /* reaped, but it is not known who started it */
	ROLL_REASONS
};

struct roll_entry {
	_Atomic uint64_t state;         /* ticket << 8 | enum roll_kind; no two are
					 * equal */
	uint64_t since;                 /* CLOCK_MONOTONIC, ns, before it was started */
	int32_t pid, ppid;              /* as the writer sees them; pid 0: not known */
	uint32_t reason;                /* enum roll_reason */
	int32_t number;
	uint32_t shell;                 /* 1: started by system or popen: /bin/sh -c */
	uint32_t reserved;
	char program[ROLL_PROGRAM];     /* terminated; "" for a forked child, which runs
					 * the same program */
};
_Static_assert(sizeof(struct roll_entry) == 128, "two cache lines");

struct roll {
	uint64_t magic;
	_Atomic uint64_t tickets;       /* given so far */
	_Atomic uint64_t missed;        /* processes that found no free entry */
	_Alignas(64) struct roll_entry entry[ROLL_ENTRIES];
	/* A bit for each pid that is accounted for: it was started by libc, or it said
	 * hello.  Bits are never cleared: one that is set wrongly only makes memtop
	 * search less. */
	_Atomic uint64_t known[ROLL_PIDS / 64];
};

static inline enum roll_kind roll_kind(uint64_t state) { return (enum roll_kind)(state & 255); }

static inline bool roll_knows(struct roll *roll, int32_t pid)
{
	uint32_t low = (uint32_t)pid % ROLL_PIDS;

	return atomic_load(&roll->known[low / 64]) >> low % 64 & 1;
}

static inline void roll_note(struct roll *roll, int32_t pid)
{
	uint32_t low = (uint32_t)pid % ROLL_PIDS;

	atomic_fetch_or(&roll->known[low / 64], UINT64_C(1) << low % 64);
}

#endif
