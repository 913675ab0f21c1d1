/* SPDX-License-Identifier: MIT */
/*
 * The unusual ways into a hook.  The difficult question is: the guard is set, so is this
 * call inside the hook that set it, or did a longjmp or an exception leave the guard
 * behind?  Only the stack can tell.
 */
#include "tracer/preload/hooks/hook_end.h"
#include "tracer/preload/behind/elf.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/ring/emit.h"
#include "tracer/preload/ring/full.h"
#include "tracer/preload/life/life.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/life/thread_life.h"
#include "tracer/preload/base/wanted.h"

/* Counts that a thread gathers before it adds them to the shared word. */
#define NESTED_AT_ONCE 256u
#define NESTING_WRITTEN 1u              /* epoch of an entry that is half written */

static bool is_seen(const struct thread_nesting *n, uintptr_t frame)
{
	return n->epoch > NESTING_WRITTEN && n->epoch == stack_epoch() &&
	       stack_caller_of(frame).ip == n->ip && guard.frame == frame + n->frame &&
	       *(const uintptr_t *)(frame + n->slot) == n->outer;
}

/* The walk from `frame` has just found guard.frame: remembers this nesting, so that the
 * next hook that is called in the same way need not walk.  A signal handler that comes
 * here during the writing leaves it alone. */
static void hook_see(struct thread_nesting *n, uintptr_t frame,
		     const struct stack_caller *caller)
{
	uintptr_t slot = stack_direct_call(guard.thread->stack, caller, guard.frame);
	uint64_t epoch = stack_epoch();

	if (!slot || n->epoch == NESTING_WRITTEN)
		return;
	n->epoch = NESTING_WRITTEN;
	atomic_signal_fence(memory_order_seq_cst);
	n->ip = caller->ip;
	n->outer = *(const uintptr_t *)slot;
	n->slot = slot - frame;
	n->frame = guard.frame - frame;
	atomic_signal_fence(memory_order_seq_cst);
	n->epoch = epoch;
}

/* True if the hook that set the guard is still on this stack below us. */
static bool is_nested(uintptr_t frame)
{
	struct stack_caller caller = stack_caller_of(frame);
	struct thread *thread = guard.thread;
	uintptr_t low, high;
	bool saw;

	/* The thread's first event is being prepared, so this call comes from inside a
	 * hook. */
	if (!thread)
		return frame < guard.frame;
	/* A hook has called us itself, or something that ends in a jump to us (Python's
	 * allocator of PYTHONMALLOC=malloc): its frame is still in the register. */
	if (caller.bp == guard.frame && elf_is_own(caller.ip))
		return true;
	if (is_seen(&thread->nesting, frame))
		return true;
	if (stack_meets(thread->stack, &caller, guard.frame, &saw) == STACK_TRACE || saw) {
		if (saw)
			hook_see(&thread->nesting, frame, &caller);
		return saw;
	}
	/* The walk ended at an irregular frame (a signal's, most likely).  On
	 * the same stack a hook that lies below us has returned; for the rest
	 * the safe answer is the one that leaves the ring alone. */
	return !(frame > guard.frame && stack_bounds(thread->stack, frame, &low, &high) == 0 &&
		 guard.frame >= low && guard.frame < high);
}

static void count_nested(void)
{
	struct thread *thread = guard.thread;

	if (!thread || thread->phase != THREAD_REAL) {
		tracer_count_lost(WIRE_LOST_ALLOCATION);
		guard.unseen = true;
	} else if (++thread->nested >= NESTED_AT_ONCE)
		thread_count_nested(thread);
}

/* True if the hooks that this one's next definition calls count what is lost: plain
 * operators call malloc and free. */
static bool is_counted_inside(enum hook_kind kind) { return kind >= HOOK_NEW && real.plain; }

/* Counts an event that is lost because this thread has no ring. */
static void count_without_ring(enum hook_kind kind)
{
	if (is_counted_inside(kind))
		return;
	/* If the tracer may sleep, it may drop its sets of blocks while this thread,
	 * which it does not know of, is outside of the hook: then the block's end counts
	 * as unknown. */
	guard.unseen = !tracer.standby;
	if (kind != HOOK_RELEASES && kind != HOOK_DELETE)
		tracer_count_lost(WIRE_LOST_ALLOCATION);
	if (kind == HOOK_ACQUIRES || kind == HOOK_NEW)
		return;
	tracer_count_lost(WIRE_LOST_FREE);
	tracer_count_lost(WIRE_LOST_END);
}

/* The guard was left behind by a hook that a longjmp or an exception ended: repairs what
 * that hook had begun. */
static void hook_reset(struct thread *thread)
{
	if (!thread)
		return;
	thread->phase = THREAD_OWN;
	emit_deferred(thread);
	thread->phase = THREAD_REAL;
	thread->releasing = 0;
	if (thread->nesting.epoch == NESTING_WRITTEN)
		thread->nesting.epoch = 0;
}

void *hook_unseen_begin(void *block)
{
	guard.unseen = false;
	if (block)
		full_mark(WIRE_MALLOC, (uintptr_t)block, FULL_UNSEEN);
	else
		full_count(NULL, WIRE_LOST_ALLOCATION, -1);
	return block;
}

bool hook_unseen_end(const void *block)
{
	bool unseen = full_unmark(WIRE_MALLOC, (uintptr_t)block, FULL_UNSEEN);

	guard.unseen = false;
	if (unseen)
		full_count(NULL, WIRE_LOST_END, -1);
	else
		full_mark(WIRE_MALLOC, (uintptr_t)block, FULL_ENDED);
	return unseen;
}

/* Takes back the end of a block, because the call that should have ended it has
 * failed. */
static void take_back_end(const void *block, bool unseen)
{
	full_count(NULL, WIRE_LOST_FREE, -1);
	if (unseen)
		full_mark(WIRE_MALLOC, (uintptr_t)block, FULL_UNSEEN);
	else if (full_unmark(WIRE_MALLOC, (uintptr_t)block, FULL_ENDED))
		full_count(NULL, WIRE_LOST_END, -1);
}

void *hook_unseen_move(void *(*move)(void *old, size_t size), void *old, size_t size)
{
	bool unseen = old && hook_unseen_end(old);
	void *block = move(old, size);

	if (!block && old && size)
		take_back_end(old, unseen);
	return hook_unseen_begin(block);
}

/* Starts a tracer that is not ON, puts it to sleep or wakes it, if there is reason to.
 * True: it is ON. */
static bool hook_rouse(uintptr_t frame)
{
	uint32_t life = tracer_life();

	if (life == TRACER_UNBORN) {
		life_begin();
	} else if (life == TRACER_DOZING || life == TRACER_ASLEEP) {
		/* A call from further up the stack than the hook that set the guard.
		 * That hook was ended by a longjmp or an exception, unless this is a
		 * signal handler on a stack of its own that has interrupted our own
		 * code. */
		if (guard.frame && frame >= guard.frame &&
		    (!guard.thread || guard.thread->phase == THREAD_REAL))
			guard.frame = 0;
		if (!guard.frame)
			life_turn();
		/* This call may come from an allocator of Python's that has only just got
		 * hooks; whoever ends the block will report that to them. */
		if (py_is_here())
			return false;
	}
	return tracer_life() == TRACER_ON;
}

enum hook_place hook_enter_slow(uintptr_t frame, enum hook_kind kind)
{
	guard.unseen = false;
	if (tracer_life() != TRACER_ON) {
		if (guard.frame == frame)       /* set by hook_enter just now */
			guard.frame = 0;
		if (!hook_rouse(frame))
			return HOOK_OUT;
	}
	if (guard.frame) {
		/* No hook that is still running has the same frame as this one: hook_enter
		 * has set the guard, or it was left behind. */
		if (guard.frame != frame && is_nested(frame)) {
			if (kind != HOOK_RELEASES && kind != HOOK_DELETE &&
			    !is_counted_inside(kind))
				count_nested();
			return guard.thread ? HOOK_NESTED : HOOK_OUT;
		}
		guard.frame = frame;
		hook_reset(guard.thread);
	}
	guard.frame = frame;
	atomic_signal_fence(memory_order_seq_cst);      /* as in hook_enter */
	if (tracer_life() == TRACER_ON) {
		if (guard.thread)
			return HOOK_IN;
		if (tracer_answered()) {
			if (thread_begin())
				return HOOK_IN;
			/* Once memtop has left, it does not want this event either. */
			if (tracer_life() == TRACER_ON && tracer_answered())
				count_without_ring(kind);
		} else {
			tracer_heed();
		}
	}
	guard.frame = 0;
	return HOOK_OUT;
}

/*
 * True inside a hook that is releasing this very block: operator delete calls free,
 * reallocarray calls realloc.  Such a call belongs to the outer hook, which is known here
 * without walking the stack.
 */
static bool hook_is_releasing(const void *block)
{
	return guard.frame && guard.thread && tracer_life() == TRACER_ON &&
	       guard.thread->releasing == (uintptr_t)block;
}

enum hook_place hook_release_slow(uintptr_t frame, enum hook_kind kind, enum wire_domain domain,
				  const void *block)
{
	enum wire_kind event = kind == HOOK_MOVES ? WIRE_REALLOC_RELEASE : WIRE_RELEASE;
	enum hook_place place;

	if (real_pool_owns(block) || hook_is_releasing(block))
		return HOOK_OUT;
	place = hook_enter(frame, kind);
	if (place == HOOK_IN)
		guard.thread->releasing = (uintptr_t)block;
	if (place != HOOK_OUT)
		emit_release(guard.thread, domain, event, block, frame);
	else if (UNLIKELY(guard.unseen) && kind != HOOK_MOVES)
		hook_unseen_end(block);
	if (place == HOOK_IN)
		hook_look();
	return place;
}

void hook_acquired_slow(uintptr_t frame, const void *block, uint64_t size)
{
	if (!hook_still_on() || UNLIKELY(!guard.thread)) {
		guard.frame = 0;
		return;
	}
	if (block)
		record_acquire(guard.thread, frame, block, size);
	hook_look();
	hook_leave();
}

void hook_look_under(uint64_t now)
{
	struct thread *thread = guard.thread;
	bool usual, plain;

	if (!thread)                    /* as in hook_leave */
		return;
	usual = now && tracer_life() == TRACER_ON && !tracer.python_only &&
		!thread->sample.every && !full_any() && (put_is_counted() || tracer.tsc);
	plain = usual && !py.looks && !py_is_here() && !guard.opening && !stack_referee &&
		stack_is_current(thread->stack);
	guard.wish = &tracer.control->state;
	thread->counted = put_is_counted();
	atomic_signal_fence(memory_order_seq_cst);
	guard.usual = usual ? now : GUARD_NEVER;
	guard.ends = usual && !real_pool_used() ? now : GUARD_NEVER;
	guard.plain = plain ? now : GUARD_NEVER;
	/* This thread makes its stack current by itself, without a new number. */
	guard.looked = stack_is_current(thread->stack) ? now : 0;
}

void hook_leave_slow(void)
{
	struct thread *thread = guard.thread;

	if (!thread)                    /* as in hook_leave */
		return;
	emit_deferred(thread);
	thread->phase = THREAD_REAL;
	if (thread->stray)
		thread_end(thread);
}
