/* SPDX-License-Identifier: MIT */
/*
 * Records a block that begins: whether it is wanted, its stack (C's, Python's, or both in
 * one), and then its event (put.h).  A stack that follows no simple rule is sent to
 * memtop as registers and bytes.
 */
#include "tracer/preload/hooks/record.h"

/* Hands over a stack that follows no simple rule as it is from here up.  False: it can't
 * be read. */
static bool record_irregular(struct thread *thread, enum wire_domain domain, const void *block,
			     uint64_t size)
{
	struct wire_stack *stack = &thread->irregular;
	uintptr_t low, high, own_start, own_end;
	uint64_t sp, bytes;

	machine_take_registers(stack->regs);
	sp = stack->regs[MACHINE_REG_SP];
	if (stack_bounds(thread->stack, sp, &low, &high) < 0 || sp < low || sp >= high)
		return false;
	bytes = high - sp < WIRE_STACK_MAX ? high - sp : WIRE_STACK_MAX;
	stack_own_text(&own_start, &own_end);
	stack->own_start = own_start;
	stack->own_end = own_end;
	stack->head.bytes = (uint32_t)(sizeof(*stack) + bytes);
	stack->head.detail = (uint32_t)bytes;
	if (emit_begin_stack(thread, domain, block, size, stack, (const void *)sp))
		atomic_fetch_add_explicit(&tracer.control->irregular, 1, memory_order_relaxed);
	return true;
}

/* If the stack pointer is at or above that of a dlopen's caller, that dlopen has
 * returned, and the list of modules may have changed. */
static inline void record_look_at_modules(uintptr_t sp)
{
	if (UNLIKELY(guard.opening) && sp >= guard.opening) {
		guard.opening = 0;
		guard_look_again();
		stack_modules_changed();
	}
}

void record_acquire(struct thread *thread, uintptr_t frame, const void *block, uint64_t size)
{
	struct stack_caller caller = stack_caller_of(frame);
	uint32_t trace;

	if (UNLIKELY(py.looks))         /* also if this event is not wanted */
		py_look_around(caller.ip);
	if (UNLIKELY(!tracer_takes(WIRE_MALLOC))) {
		tracer_heed();
		return;
	}
	if (!sample_acquires(&thread->sample, block, size))
		return;
	put_phase(thread, THREAD_OWN);
	record_look_at_modules(caller.sp);
	if (stack_capture(thread->stack, &caller, &trace) == STACK_IRREGULAR &&
	    record_irregular(thread, WIRE_MALLOC, block, size))
		return;
	if (UNLIKELY(stack_referee)) {
		thread->phase = THREAD_REAL;    /* what libunwind allocates is the
						 * tracer's own, and no loss */
		stack_referee->judge(thread->stack, &caller, trace);
	}
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_begin(thread, WIRE_MALLOC, block, size, trace);
}

void record_rootless(struct thread *thread, const void *block, uint64_t size)
{
	if (!record_irregular(thread, WIRE_MALLOC, block, size))
		put_begin(thread, WIRE_MALLOC, block, size, WIRE_TRACE_ROOT);
	put_phase(thread, THREAD_REAL);
}

void record_lose(struct thread *thread, const void *block)
{
	put_phase(thread, THREAD_OWN);
	full_lose_begin(thread, WIRE_MALLOC, block);
	put_phase(thread, THREAD_REAL);
}

/* For the rarer kinds of blocks; false if the stack follows no simple rule. */
static bool trace_of(struct thread *thread, uintptr_t frame, uint32_t *trace)
{
	struct stack_caller caller = stack_caller_of(frame);

	put_phase(thread, THREAD_OWN);
	record_look_at_modules(caller.sp);
	return stack_capture(thread->stack, &caller, trace) == STACK_TRACE;
}

void record_map(struct thread *thread, uintptr_t frame, const void *start, uint64_t bytes)
{
	uint32_t trace;

	if (!tracer_wanted())
		return;
	if (!trace_of(thread, frame, &trace) &&
	    record_irregular(thread, WIRE_MMAP, start, bytes))
		return;
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_begin(thread, WIRE_MMAP, start, bytes, trace);
}

/* A stack that follows no simple rule stays unknown here: its bytes belong to a
 * block of malloc's, which settles by its address. */
void record_track(struct thread *thread, uintptr_t frame, enum wire_domain domain,
		const void *block, uint64_t size)
{
	uint32_t trace;

	trace_of(thread, frame, &trace);
	if (UNLIKELY(py_is_here()))
		trace = py_merge(thread, trace);
	put_begin(thread, domain, block, size, trace);
}

void record_python(struct thread *thread, bool gil, const void *block, uint64_t size)
{
	if (!tracer_takes(WIRE_PYTHON) || !sample_acquires(&thread->sample, block, size))
		return;
	put_phase(thread, THREAD_OWN);
	thread->fresh = (uintptr_t)block;
	put_begin(thread, WIRE_PYTHON, block, size, py_trace(thread, gil));
}

void record_again(struct thread *thread, const void *block)
{
	if (!tracer_takes(WIRE_PYTHON))
		return;
	put_phase(thread, THREAD_OWN);
	if (!(full_any() && full_has(WIRE_PYTHON, (uintptr_t)block, FULL_UNSEEN)) &&
	    put_now(thread, WIRE_PYTHON, WIRE_AGAIN, (uintptr_t)block, 0, py_trace(thread, true),
		    WIRE_RING_ENDS, THREAD_OWN))
		return;
	/* The event found no room.  It stood for the end of one object and the beginning
	 * of another of the same size, and both count as lost. */
	full_count(thread, WIRE_LOST_ALLOCATION, 1);
	full_count(thread, WIRE_LOST_FREE, 1);
}
