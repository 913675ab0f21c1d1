/* SPDX-License-Identifier: MIT */
/*
 * The entry by which memtop lets a tracer into a running program and out of it
 * (collect/attach/inject.h).  Words of all modules are changed then, so no module may
 * come, go or be bound meanwhile.  The loader has no call for that, but dlsym holds its
 * lock while it asks an indirect function (STT_GNU_IFUNC) for its address.  So looking up
 * our name runs the code below under that lock, and what dlsym returns is 1 + an errno.
 *
 * A tracer that sleeps, or is about to, records nothing, so the order in which the words
 * change does not matter.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/slots.h"
#include "tracer/preload/hooks/py_hook.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/python/py_await.h"

static void door_out(void)
{
	tracer_doze();
	slots_give_back();
	bind_give_back();
	if (!guard.frame)
		life_turn();
}

static int door_in(void)
{
	int r = life_come_late();

	if (r < 0)
		return r;
	if (!guard.frame)               /* what the last tracing left */
		life_turn();
	if (!bind_is_taken())
		bind_take();
	r = slots_take();
	/* Another thread may just have stored an address here that it had looked up
	 * before. */
	if (r == 0)
		r = slots_take();
	if (r < 0)
		door_out();
	return r;
}

/* The tracer was called, and the program may call none of our hooks for a long time.  If the
 * thread that memtop has borrowed is inside of one, another one is borrowed later. */
static int door_rouse(void)
{
	if (guard.frame)
		return -EAGAIN;
	if (tracer_life() == TRACER_UNBORN)     /* a child that has had no event */
		life_begin();
	life_rouse(py_awaiting);
	return 0;
}

static int door_stand(uint32_t order)
{
	if (order == STANDBY_ROUSE)
		return door_rouse();
	if (!atomic_load(&tracer.standby->late))
		return -EBUSY;
	if (order != STANDBY_GIVE_BACK)
		return door_in();
	door_out();
	return 0;
}

typedef void (*door_result)(void);

/* The resolver of the symbol below, which clang does not count as a use. */
__attribute__((used)) static door_result door_asked(void)
{
	int r = tracer.standby ? door_stand(atomic_load(&tracer.standby->order)) : door_in();

	return (door_result)(uintptr_t)(1 - r);
}

EXPORT void memtop_door_1(void) __attribute__((ifunc("door_asked")));
