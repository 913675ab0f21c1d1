/* SPDX-License-Identifier: MIT */
#include "tracer/preload/base/tracer.h"
#include <stddef.h>
#include "tracer/preload/base/guard.h"

struct tracer tracer;
_Thread_local struct guard guard;

void tracer_doze(void)
{
	uint32_t on = TRACER_ON;

	if (!tracer.standby) {          /* nobody could wake it: tracing has stopped */
		atomic_store(&tracer.control->state, WIRE_STOPPED);
		return;
	}
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
	atomic_store(&tracer.life, TRACER_ASLEEP);
	if (tracer.let_go)
		tracer.let_go();
}
