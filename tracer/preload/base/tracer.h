/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BASE_TRACER_H
#define TRACER_PRELOAD_BASE_TRACER_H
/*
 * The tracer of this image.  Its state goes UNBORN -> STARTING -> ON -> ASLEEP and never
 * back; with a standby page (wire/standby.h) it goes round instead: ASLEEP -> STARTING ->
 * ON -> DOZING -> STARTING -> ASLEEP.  The state stands alone on a page that the kernel
 * zeroes in a forked child, so that a child finds itself UNBORN with `born` set, however
 * it was made (fork, _Fork, clone).  A vfork child shares the page and counts as its
 * parent.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "tracer/machine/machine.h"
#include "tracer/wire/standby.h"
#include "tracer/wire/wire.h"

enum tracer_life {
	TRACER_UNBORN, TRACER_STARTING, TRACER_ON,
	TRACER_DOZING                   /* no new events begin; threads may still be
					 * inside hooks */
};
/* Added to the number of a call to say that no event is wanted: what is left of a segment
 * is not used, and only a call wakes the tracer.  No call's number has this bit
 * (tracer_passes). */
#define TRACER_ASLEEP (1u << 31)

#define TRACER_PATH_MAX 1024u

struct roll;
struct thread;
/* Areas kept for the next threads; the more while nothing can be unmapped. */
#define TRACER_SPARE 8u
#define TRACER_SPARE_QUIET 64u

struct tracer {
	_Alignas(4096) _Atomic uint32_t life;   /* enum tracer_life; wiped by fork */
	_Atomic uint64_t affairs;       /* see affairs.h; wiped by fork too */
	/* The standby page is mapped here, where hooks reach it without a pointer; zero,
	 * and ours alone, until then. */
	_Alignas(4096) struct wire_standby page;
	_Alignas(4096) struct wire_control *control;    /* NULL before ON */
	bool tsc;                       /* stamps are the processor's counter, else ... */
	bool counts;                    /* ... a count of events, else CLOCK_MONOTONIC */
	/* That ever had a ring: 0, 1, or 2 for more; 3: the first one knows of them. */
	_Atomic uint32_t threads;
	_Atomic uint32_t odd;           /* number of blocks in the set of full.h:
					 * mostly 0 */
	bool born;                      /* this image or an ancestor of it had started */
	bool declined;                  /* memtop does not want this image */
	bool python_only;               /* --python=only */
	bool maps;                      /* --mmap */
	bool look_at_end;               /* memtop is to look at the heap before the end */
	bool inherit;                   /* exec: programs are to be led to memtop too */
	_Atomic uint64_t begun;         /* how often it was ON; a forked child counts on */
	uint64_t stamp_base;
	uint64_t image;                 /* control->image, for a forked child */
	struct roll *roll;              /* inherited by forked children; NULL: none */
	/* Pid of the process that owns this memory; a vfork child's differs. */
	int32_t pid;
	_Atomic uint32_t starting;      /* children whose pids are not known (yet) */
	_Atomic uint64_t forks;         /* forks so far; each gets a number */
	pthread_key_t key;              /* its destructor ends a thread */
	_Atomic uint32_t stalled;       /* 1: the reader has made no progress for 2 s
					 * ... */
	/* ... at this beat; when the beat moves on, threads wait for room again. */
	_Atomic uint32_t stalled_beat;
	void (*let_go)(void);           /* restores what was changed in other modules;
					 * NULL: nothing was */
	struct wire_standby *standby;   /* `page`; NULL: no call can come */
	_Atomic uint32_t heard;         /* the call that was answered last */
	bool shared;                    /* a forked child may have that page too */
	bool awake;                     /* there is a segment, so forked children are to
					 * get one */
	char meeting[TRACER_PATH_MAX];  /* path of the socket, NUL-terminated */
	char library[TRACER_PATH_MAX];  /* ours, as put into LD_PRELOAD */
	_Atomic(struct thread *) spare[TRACER_SPARE_QUIET];   /* areas of threads that ended */
};

extern struct tracer tracer __attribute__((visibility("hidden")));

static inline uint32_t tracer_life(void)
{
	return atomic_load_explicit(&tracer.life, memory_order_relaxed);
}

/* Turns the tracer off, because memtop died or something is wrong: for good, or with a
 * standby page until the next call.  The program goes on. */
void tracer_off(void);
/* memtop has let this process go (WIRE_DETACHED): no event begins any more. */
void tracer_doze(void);

/* True while a sleeping tracer has a call that it has not answered. */
static inline bool tracer_called(void)
{
	uint32_t wanted = atomic_load_explicit(&tracer.page.wanted, memory_order_relaxed);

	return __builtin_expect(wanted != 0, 0) &&
	       wanted != atomic_load_explicit(&tracer.heard, memory_order_relaxed);
}

/* True while there is no call for anybody of the family; the first that each hook of the
 * allocator asks (behind/gate.h). */
static inline bool tracer_uncalled(void) { return machine_is_zero(&tracer.page.wanted); }

/* True while nothing is to be recorded and there is no call.  A call for another process
 * of the family makes it false too. */
static inline bool tracer_passes(void)
{
	return (tracer_life() | atomic_load_explicit(&tracer.page.wanted,
						     memory_order_relaxed)) == TRACER_ASLEEP;
}

#endif
