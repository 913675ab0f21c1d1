/* SPDX-License-Identifier: MIT */
#include "tracer/preload/base/tracer.h"
#include <stddef.h>
#include "tracer/preload/base/guard.h"

struct tracer tracer;
_Thread_local struct guard guard;

void tracer_off(void)
{
	tracer.declined = true;
	if (tracer.control)
		atomic_store(&tracer.control->state, WIRE_DEAD);
	atomic_store(&tracer.life, TRACER_OFF);
	if (tracer.let_go)
		tracer.let_go();
}
