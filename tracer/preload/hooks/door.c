/* SPDX-License-Identifier: MIT */
/*
 * The door by which memtop lets a tracer in and out that was loaded into a running
 * program (collect/attach/inject.h).  Words of all modules are changed then, so no
 * module may come, go or be bound meanwhile.  There is no call of the loader's for
 * that, but dlsym holds the loader's lock while it asks an indirect function
 * (STT_GNU_IFUNC) where it is: to look our name up is to come through the door.  What
 * dlsym gives is 1 + an errno.
 *
 * A tracer that sleeps or is going to records nothing, so it does not matter in which
 * order the words change.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/slots.h"
#include "tracer/preload/life/life.h"

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
	if (!guard.frame)               /* what was left of the last time */
		life_turn();
	if (!bind_is_taken())
		bind_take();
	r = slots_take();
	/* A slot that a thread was about to fill with what it had looked up before. */
	if (r == 0)
		r = slots_take();
	if (r < 0)
		door_out();
	return r;
}

typedef void (*door_result)(void);

/* The resolver of the symbol below, which clang does not count as a use. */
__attribute__((used)) static door_result door_asked(void)
{
	int r = 0;

	if (tracer.standby && !atomic_load(&tracer.standby->late))
		r = -EBUSY;
	else if (tracer.standby && atomic_load(&tracer.standby->order) == STANDBY_GIVE_BACK)
		door_out();
	else
		r = door_in();
	return (door_result)(uintptr_t)(1 - r);
}

EXPORT void memtop_door_1(void) __attribute__((ifunc("door_asked")));
