/* SPDX-License-Identifier: MIT */
/*
 * Going quiet takes these steps: memtop is told, and allocates; what it allocated is
 * mapped, and the modules are listed; then the gate is closed, and threads past it are
 * waited for.  All of this happens within the program's own call, so it may take some
 * milliseconds.
 */
#include "tracer/preload/hooks/quiet.h"

#include <limits.h>
#include <linux/futex.h>
#include <time.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/arena.h"
#include "tracer/preload/segment/blob.h"
#include "tracer/preload/base/clock.h"
#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/base/maps.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/base/identity.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"
#include "tracer/wire/ring.h"
#include "tracer/wire/quiet.h"

/* Bytes that are mapped ahead for threads' areas, if there are so many. */
#define AHEAD_MOST (UINT64_C(64) << 20)
#define AHEAD_LEAST (UINT64_C(1) << 20)
#define WORDS (UINT32_C(1) << 20)       /* entries that the tables are mapped ahead for */
/* Rings that are mapped ahead, beyond those allocated. */
#define RINGS 240u
/* Rounds of memtop's reader in which its tables may grow. */
#define ROUNDS 8
/* Looks at whether a thread is still past the gate, about a second. */
#define LOOKS 20000
#define LOOK_NANOSECONDS 50000L

static struct {
	_Atomic uint32_t filters;       /* seccomp filters that are set, or about to be */
	bool counted;                   /* the stamps are a count only because of this */
} quiet;

/* ---- the clock --------------------------------------------------------- */

void quiet_clock(void)
{
	struct wire_control *control = tracer.control;

	if (tracer_life() != TRACER_ON || tracer.counts)
		return;
	/* Once two threads are counted, no thread stamps by a count of its own any more:
	 * see put_stamp(). */
	atomic_store(&tracer.threads, 2);
	atomic_store(&control->stamp_count, clock_ticks());
	atomic_store(&control->stamp_clock, WIRE_CLOCK_COUNT);
	tracer.counts = true;
	atomic_signal_fence(memory_order_seq_cst);
	tracer.tsc = false;
	affairs_change();
	quiet.counted = true;
}

/* Stamps by the clock again.  That keeps the order, because the count has always lagged
 * behind the clock. */
static void clock_again(void)
{
	if (!quiet.counted)
		return;
	quiet.counted = false;
	tracer.tsc = machine_counter_usable();
	tracer.counts = false;
	affairs_change();
	atomic_store(&tracer.control->stamp_clock,
		     tracer.tsc ? WIRE_CLOCK_TSC : WIRE_CLOCK_MONOTONIC);
}

/* ---- what will be needed ----------------------------------------------- */

/* Returns where so many more entries of a table would end. */
static uint64_t entries(const _Atomic uint32_t *count, uint32_t more)
{
	return ((uint64_t)atomic_load(count) + more) * sizeof(uint64_t);
}

static void quiet_map_tables(void)
{
	struct wire_control *control = tracer.control;
	uint64_t rings = (uint64_t)atomic_load(&control->rings) + WIRE_QUIET_RINGS;

	/* memtop raises its marks when it sees control->quiet. */
	table_wait_rounds(WIRE_RINGS, rings * WIRE_RING_BYTES, ROUNDS);
	table_wait_rounds(WIRE_SITES, entries(&control->sites, WIRE_QUIET_SITES), ROUNDS);
	table_wait_rounds(WIRE_TRACES, entries(&control->traces, WIRE_QUIET_TRACES), ROUNDS);
	table_map_ahead(WIRE_RINGS, (rings + RINGS) * WIRE_RING_BYTES);
	table_map_ahead(WIRE_BLOBS, atomic_load(&control->blobs) + WIRE_QUIET_BLOBS);
	intern_map_ahead(intern_sites(), WORDS);
	intern_map_ahead(intern_nodes(), WORDS);
	blob_map_ahead();
}

static void quiet_look_at_modules(void *argument)
{
	char text[MAPS_TEXT];

	(void)argument;
	stack_list_modules(text);
}

static void map_areas(void)
{
	for (uint64_t bytes = AHEAD_MOST; bytes >= AHEAD_LEAST; bytes /= 2)
		if (arena_reserve(bytes))
			break;
	if (cold_reserve())
		cold_on_larger(quiet_look_at_modules, NULL);
}

static void map_ahead(void)
{
	atomic_store(&tracer.control->quiet, WIRE_QUIET_COMES);
	identity_keep();
	quiet_map_tables();
	map_areas();
}

/* ---- the gate ---------------------------------------------------------- */

static void quiet_wake(const void *word)
{
	sys_raw6(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

/* Threads that wait for memtop have passed the gate already.  They are woken, find the
 * gate closed, and go on without what they waited for. */
static void wake_waiting(void)
{
	struct wire_control *control = tracer.control;
	uint32_t rings = atomic_load(&control->rings);

	quiet_wake(&control->ready_seq);
	for (uint32_t i = 0; i < rings; i++) {
		struct wire_ring *ring = table_mapped(
			WIRE_RINGS, (uint64_t)i * WIRE_RING_BYTES, WIRE_RING_BYTES);

		if (!ring)
			break;          /* nor is there one after it */
		quiet_wake(&ring->room_wanted);
		quiet_wake(&ring->reply.sequence);
	}
}

/* Closes the gate and waits until no thread is past it.  The wait is bounded, because a
 * thread that a longjmp took out of a signal handler there stays counted for ever. */
static void close_gate(void)
{
	const struct timespec look = {.tv_nsec = LOOK_NANOSECONDS};

	atomic_store(&sys_gate.closed, 1);
	if (atomic_load(&sys_gate.inside) && tracer_life() == TRACER_ON)
		wake_waiting();
	for (int i = 0; i < LOOKS && atomic_load(&sys_gate.inside); i++)
		sys_raw6(SYS_nanosleep, (long)&look, 0, 0, 0, 0, 0);
}

void quiet_prepare(uintptr_t frame, bool clockless)
{
	bool first = atomic_fetch_add(&quiet.filters, 1) == 0;
	int saved = errno;

	if (first && hook_enter(frame, HOOK_RELEASES) == HOOK_IN) {
		map_ahead();
		hook_leave();
	}
	if (clockless || !tracer.tsc)
		quiet_clock();
	if (first)
		close_gate();
	if (first && tracer_life() == TRACER_ON)
		atomic_store(&tracer.control->quiet, WIRE_QUIET);
	errno = saved;
}

void quiet_settle(bool set)
{
	if (set || atomic_fetch_sub(&quiet.filters, 1) != 1)
		return;
	atomic_store(&sys_gate.closed, 0);
	if (tracer_life() != TRACER_ON)
		return;
	clock_again();
	atomic_store(&tracer.control->quiet, WIRE_LOUD);
}
