/* SPDX-License-Identifier: MIT */
#include "tracer/preload/ring/room.h"
#include <linux/futex.h>
#include <time.h>
#include "tracer/preload/base/clock.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/ground/shared/attributes.h"

/* The longest nap, for when a wake-up was missed. */
#define NAP_NANOSECONDS 20000000L
/* Time between two checks of the reader, which is several naps. */
#define LOOK_NANOSECONDS UINT64_C(100000000)
#define SPINS_A_LOOK 4096u                      /* a power of two */

void room_wake(void)
{
	struct wire_control *control = tracer.control;

	if (sys_closed())
		return;                 /* the reader comes by itself */
	if (atomic_load_explicit(&control->reader_asleep, memory_order_relaxed) &&
	    atomic_exchange(&control->reader_asleep, 0))
		sys_call3(SYS_futex, (long)&control->reader_asleep, FUTEX_WAKE, 1);
}

bool room_stalled(void)
{
	if (LIKELY(!atomic_load_explicit(&tracer.stalled, memory_order_relaxed)))
		return false;
	if (atomic_load_explicit(&tracer.stalled_beat, memory_order_relaxed) ==
	    atomic_load_explicit(&tracer.control->reader_beat, memory_order_relaxed))
		return true;
	atomic_store_explicit(&tracer.stalled, 0, memory_order_relaxed);
	return false;
}

static void stalled_set(uint32_t beat)
{
	atomic_store_explicit(&tracer.stalled_beat, beat, memory_order_relaxed);
	atomic_store_explicit(&tracer.stalled, 1, memory_order_relaxed);
}

/* The ring is full.  The head is stored again: if the program had overwritten it with a
 * value that the reader has read already, both would wait for each other for ever. */
static void ask_for_room(struct ring_writer *writer)
{
	ring_publish(writer, 0);
	room_wake();
}

uint64_t room_time(struct room_clock *clock)
{
	uint64_t now = clock_nanoseconds(), passed = clock->looked ? now - clock->looked : 0;

	clock->looked = now;
	clock->time += passed < LOOK_NANOSECONDS ? passed : LOOK_NANOSECONDS;
	return clock->time;
}

void room_nap(struct ring_writer *writer)
{
	struct timespec nap = {.tv_nsec = NAP_NANOSECONDS};

	ask_for_room(writer);
	sys_call6(SYS_futex, (long)&writer->ring->room_wanted, FUTEX_WAIT, 1, (long)&nap, 0, 0);
}

bool room_deserted(void)
{
	if (!(atomic_load(&tracer.control->owner) & WIRE_OWNER_DIED))
		return !tracer_wanted();
	tracer_off();
	return true;
}

/* Waits where no system call may be made: as long as the reader makes progress, and some
 * milliseconds after it has stopped. */
static bool spin_for_room(struct thread *thread, uint64_t slots)
{
	struct ring_writer *writer = &thread->writer;
	uint32_t beat = atomic_load(&tracer.control->reader_beat);

	for (uint32_t left = ROOM_SPINS; left; left--) {
		machine_pause();
		if (ring_room(writer, slots) >= slots)
			return true;
		if (left % SPINS_A_LOOK)
			continue;
		if (room_deserted())
			return false;
		ask_for_room(writer);
		if (atomic_load(&tracer.control->reader_beat) != beat)
			left = ROOM_SPINS;
		beat = atomic_load(&tracer.control->reader_beat);
	}
	stalled_set(beat);
	return false;
}

bool room_wait(struct thread *thread, uint64_t slots)
{
	struct wire_control *control = tracer.control;
	struct ring_writer *writer = &thread->writer;
	uint64_t tail = writer->tail, since, now;
	uint32_t beat = atomic_load(&control->reader_beat);
	struct room_clock clock = {0};

	if (control->on_full == WIRE_DROP)
		ask_for_room(writer);
	if (control->on_full == WIRE_DROP || room_stalled())
		return false;
	if (sys_closed())
		return spin_for_room(thread, slots);
	since = room_time(&clock);
	for (;;) {
		/* Sequentially consistent, as is the reader's look at it after it
		 * moved tail; if both miss the other, the nap ends by itself. */
		atomic_store(&writer->ring->room_wanted, 1);
		if (ring_room(writer, slots) >= slots)
			return true;
		room_nap(writer);
		if (ring_room(writer, slots) >= slots)
			return true;
		if (sys_closed())
			return spin_for_room(thread, slots);
		if (room_deserted())
			return false;
		now = room_time(&clock);
		if (writer->tail != tail || atomic_load(&control->reader_beat) != beat) {
			tail = writer->tail;
			beat = atomic_load(&control->reader_beat);
			since = now;
		} else if (now - since > ROOM_PATIENCE) {
			stalled_set(beat);
			return false;
		}
	}
}
