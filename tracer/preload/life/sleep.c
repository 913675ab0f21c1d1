/* SPDX-License-Identifier: MIT */
/*
 * A sleeping tracer has no segment, no ring and no thread's area.  libc's names and the
 * program's jumps lead to it all the same, except those that bypass it (bypass.h).
 *
 *	ASLEEP --called--> STARTING --> ON --memtop has left--> DOZING --> STARTING --> ASLEEP
 *
 * The work is done by whichever thread has the first event after the call, or after
 * memtop has left, since the tracer has no thread of its own.
 */
#include "tracer/preload/life/sleep.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tracer/preload/base/clock.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/bypass.h"
#include "tracer/preload/behind/gate.h"
#include "tracer/preload/exec/roll.h"
#include "tracer/preload/life/given.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/life/seats.h"
#include "tracer/preload/life/standby.h"
#include "tracer/preload/life/thread_life.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/python/py_await.h"
#include "tracer/preload/ring/full.h"
#include "tracer/preload/ring/sample.h"
#include "tracer/preload/segment/table.h"

#define AGAIN_NANOSECONDS UINT64_C(10000000)

/* Takes tracer.life out of a state.  False: another thread was faster. */
static bool life_take(uint32_t from)
{
	/* A vfork child runs in its parent's memory and must not act on the parent's
	 * call. */
	if (sys_call3(SYS_getpid, 0, 0, 0) != tracer.pid)
		return false;
	return atomic_compare_exchange_strong(&tracer.life, &from, TRACER_STARTING);
}

static void forget_segment(void)
{
	table_close();
	full_forget();
	sample_forget();
	roll_leave();
	tracer.inherit = false;
	tracer.awake = false;
	atomic_store(&tracer.stalled, 0);
}

static void settle(void)
{
	static const uint64_t all = ~UINT64_C(0);
	static _Atomic uint64_t not_before;
	uint64_t now = clock_nanoseconds(), mask;
	bool empty;

	if (now < atomic_load(&not_before) || !life_take(TRACER_DOZING))
		return;
	sys_call6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&mask, 8, 0, 0);
	empty = !sys_closed() && seats_vacate(thread_drop);
	if (empty) {
		forget_segment();
		bypass_open();
		gate_open();
	} else {
		atomic_store(&not_before, now + AGAIN_NANOSECONDS);
	}
	atomic_store(&tracer.life, empty ? TRACER_ASLEEP : TRACER_DOZING);
	sys_call6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8, 0, 0);
}

static int join_called(void)
{
	uint64_t before;
	int r;

	memcpy(tracer.meeting, tracer.standby->meeting, STANDBY_MEETING);
	tracer.meeting[STANDBY_MEETING - 1] = 0;
	if (sys_closed())
		return -EPERM;
	if (atomic_load(&tracer.standby->late)) {
		memcpy(tracer.library, tracer.standby->library, STANDBY_LIBRARY);
		tracer.library[STANDBY_LIBRARY - 1] = 0;
	}
	/* If another allocator stands in front of libc's, libc's count does not apply. */
	before = bind_is_taken() ? given_out() : 0;
	gate_close();
	r = bypass_close();
	if (r == 0)
		r = life_join(py_woken);
	if (r == 0) {
		atomic_store(&tracer.control->before, before);
		atomic_store(&tracer.control->older, 1);
		py_catch();
	}
	tracer.inherit = r == 0 && tracer.library[0];
	return r;
}

static void wake(void)
{
	struct wire_standby *page = tracer.standby;
	/* Acquire pairs with memtop's store: whom and meeting are there. */
	uint32_t call = atomic_load_explicit(&page->wanted, memory_order_acquire);
	int32_t whom = atomic_load(&page->whom);
	int r;

	if (whom && whom != tracer.pid) {
		atomic_store(&tracer.heard, call);
		return;
	}
	if (!py_lets_wake(call) || !life_take(TRACER_ASLEEP))
		return;
	r = join_called();
	tracer.awake = r == 0;
	atomic_store(&tracer.heard, call);
	atomic_store(&page->failed, -r);
	atomic_store(&page->answered, call);
	if (r == 0)
		affairs_begin();
	/* Pairs with the hooks' loads of life: the segment is mapped before. */
	atomic_store_explicit(&tracer.life, r == 0 ? TRACER_ON : TRACER_DOZING,
			      memory_order_release);
}

void life_rouse(const struct py_allocator *functions)
{
	const struct wire_standby *page = tracer.standby;
	/* Acquire, as in wake. */
	uint32_t call = atomic_load_explicit(&page->wanted, memory_order_acquire);
	int32_t whom = atomic_load(&page->whom);

	if (!call || (whom && whom != tracer.pid))
		return;
	/* Whoever it was that traced it has gone, or nobody else could have called, but there
	 * was no event to notice that. */
	if (tracer_life() == TRACER_ON && tracer_called())
		tracer_doze();
	py_listen(call, functions);
	life_turn();
}

void life_turn(void)
{
	int saved = errno;

	if (tracer_life() == TRACER_DOZING)
		settle();
	if (tracer_life() == TRACER_ASLEEP && tracer_called())
		wake();
	errno = saved;
}
