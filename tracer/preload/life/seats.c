/* SPDX-License-Identifier: MIT */
/*
 * A seat is one word: the address of a thread's guard.  A thread that is going to look at
 * a guard sets LOOKED in the seat first, so that the guard's thread cannot end meanwhile
 * and take its thread-local memory with it.  Pages of seats are only ever added.
 *
 * Between their store to guard.frame and their load of tracer.life, hooks have a barrier
 * for the compiler alone; membarrier(2) supplies the rest here, where it costs nobody
 * else anything.
 */
#include "tracer/preload/life/seats.h"

#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/base/arena.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"

#define SEATS 511u
#define LOOKED UINT64_C(1)
#define ROUNDS 64
#define PAUSES 2048                     /* in a round: about 50 microseconds */

struct seats {
	_Atomic uintptr_t seat[SEATS];
	_Atomic(struct seats *) next;
};

static struct seats first;

static struct seats *seats_next(struct seats *seats)
{
	struct seats *next = atomic_load(&seats->next), *theirs = NULL;

	if (next)
		return next;
	next = arena_map(sizeof(*next));
	if (!next || atomic_compare_exchange_strong(&seats->next, &theirs, next))
		return next;
	arena_unmap(next, sizeof(*next));
	return theirs;
}

bool seats_take(void)
{
	if (!tracer.standby)
		return true;
	for (struct seats *seats = &first; seats; seats = seats_next(seats))
		for (unsigned i = 0; i < SEATS; i++) {
			uintptr_t nobody = 0;

			if (atomic_load_explicit(&seats->seat[i], memory_order_relaxed) ||
			    !atomic_compare_exchange_strong(&seats->seat[i], &nobody,
							    (uintptr_t)&guard))
				continue;
			guard.seat = &seats->seat[i];
			return true;
		}
	return false;
}

void seats_leave(void)
{
	_Atomic uintptr_t *seat = guard.seat;
	uintptr_t own;

	if (!seat)
		return;
	/* If the seat is neither ours nor marked LOOKED, seats_vacate has emptied it. */
	do {
		own = (uintptr_t)&guard;
		if (atomic_compare_exchange_strong(seat, &own, 0))
			break;
		machine_pause();
	} while (own == ((uintptr_t)&guard | LOOKED));
	guard.seat = NULL;
}

static bool barrier(void)
{
	sys_call3(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	long r = sys_call3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);

	if (sys_failed(r))
		r = sys_call3(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return !sys_failed(r);
}

/* Calls `with` for each seat that is, or is not, marked LOOKED. */
static bool with_each(bool looked, bool (*with)(_Atomic uintptr_t *, struct guard *))
{
	for (struct seats *seats = &first; seats; seats = atomic_load(&seats->next))
		for (unsigned i = 0; i < SEATS; i++) {
			uintptr_t at = atomic_load(&seats->seat[i]);

			if (at && (at & LOOKED) == (looked ? LOOKED : 0) &&
			    !with(&seats->seat[i], (struct guard *)(at & ~LOOKED)))
				return false;
		}
	return true;
}

static bool seats_look_at(_Atomic uintptr_t *seat, struct guard *theirs)
{
	uintptr_t at = (uintptr_t)theirs;

	/* A thread that has left in the meantime is not inside a hook. */
	if (!atomic_compare_exchange_strong(seat, &at, at | LOOKED))
		return true;
	return *(volatile uintptr_t *)&theirs->frame == 0;
}

static bool seats_look_away(_Atomic uintptr_t *seat, struct guard *theirs)
{
	atomic_store(seat, (uintptr_t)theirs);
	return true;
}

static void (*dropped)(struct thread *thread);

static bool vacate(_Atomic uintptr_t *seat, struct guard *theirs)
{
	struct thread *thread = theirs->thread;

	theirs->thread = NULL;
	theirs->seat = NULL;
	if (thread)
		dropped(thread);
	atomic_store(seat, 0);
	return true;
}

bool seats_vacate(void (*drop)(struct thread *thread))
{
	for (int round = 0; round < ROUNDS; round++) {
		if (!barrier())
			return false;
		if (with_each(false, seats_look_at)) {
			dropped = drop;
			return with_each(true, vacate);
		}
		with_each(true, seats_look_away);
		for (int i = 0; i < PAUSES; i++)
			machine_pause();
	}
	return false;
}

void seats_forget(void)
{
	guard.seat = NULL;
	for (struct seats *seats = &first; seats; seats = atomic_load(&seats->next))
		for (unsigned i = 0; i < SEATS; i++)
			atomic_store_explicit(&seats->seat[i], 0, memory_order_relaxed);
}
