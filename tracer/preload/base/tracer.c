/* SPDX-License-Identifier: MIT */
#include "tracer/preload/base/tracer.h"
#include <stddef.h>
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/guard.h"

#define AFFAIRS_BITS 32                 /* numbers for which it is ON once */

struct tracer tracer;
_Thread_local struct guard guard = {
	.usual = GUARD_NEVER, .ends = GUARD_NEVER, .plain = GUARD_NEVER};

void affairs_change(void)
{
	uint64_t now = atomic_load(&tracer.affairs);

	while (now && !atomic_compare_exchange_weak(&tracer.affairs, &now, now + 1))
		;
}

void affairs_begin(void)
{
	atomic_store(&tracer.affairs, (atomic_fetch_add(&tracer.begun, 1) + 1) << AFFAIRS_BITS);
}

void affairs_end(void) { atomic_store(&tracer.affairs, 0); }

void tracer_doze(void)
{
	uint32_t on = TRACER_ON;

	if (!tracer.standby) {          /* nobody could wake it: tracing has stopped */
		atomic_store(&tracer.control->state, WIRE_STOPPED);
		return;
	}
	affairs_end();
	/* The next thread that finds the tracer dozing cleans up, once no thread is in a
	 * hook (life_settle). */
	atomic_compare_exchange_strong(&tracer.life, &on, TRACER_DOZING);
}

void tracer_off(void)
{
	if (tracer.control)
		atomic_store(&tracer.control->state, WIRE_DEAD);
	if (tracer.standby) {
		tracer_doze();
		return;
	}
	tracer.declined = true;
	affairs_end();
	atomic_store(&tracer.life, TRACER_ASLEEP);
	if (tracer.let_go)
		tracer.let_go();
}
