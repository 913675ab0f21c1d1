/* SPDX-License-Identifier: MIT */
/*
 * fork and its relatives.  However a child was made, it is noticed when it first
 * allocates or frees.  Here memtop only learns in advance which state of the heap the
 * child will have: each fork has a number, which the child finds in its copy of this
 * thread's guard.  A child of the raw system call has no number, and is taken to have
 * what its parent has when it says hello.
 */
#include <errno.h>
#include <pty.h>
#include <sched.h>
#include <stdarg.h>
#include <unistd.h>
#include "tracer/preload/hooks/hook.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/exec/roll.h"
#include "tracer/preload/segment/table.h"
#include "tracer/preload/base/wanted.h"
#include "tracer/ground/shared/attributes.h"

/* Before the real call: tells memtop, as far as that is possible here.  A forked child
 * that forks before it did anything else says hello now, so that memtop knows the parent
 * of its own child.  True: this is a signal handler that has interrupted a hook. */
static bool forking(uintptr_t frame, enum real_name name)
{
	enum hook_place place;
	int saved = errno;

	if (!real.next[name])
		real_find();
	/* If the caller is a forked child that has not said hello yet, it does so in
	 * here, and tells the number of the fork that made it. */
	place = hook_enter(frame, HOOK_RELEASES);

	guard.fork = 0;
	tracer.shared = true;
	if (place == HOOK_IN) {
		if (tracer_wanted()) {
			guard.fork = atomic_fetch_add(&tracer.forks, 1) + 1;
			emit_fork(guard.thread, WIRE_FORK, guard.fork, 0);
		}
		hook_leave();
	}
	roll_starting();
	errno = saved;
	return tracer_life() == TRACER_ON && guard.frame;
}

/* After the call, in the parent: reports the child's pid, if there is one.  In the child
 * the number stays until it says hello; a hook that was interrupted by a signal handler
 * goes on in the child without a segment. */
static pid_t forked(uintptr_t frame, bool inside, pid_t child)
{
	uint64_t number = guard.fork;
	int saved = errno;

	if (child == 0 && tracer_life() == TRACER_UNBORN)
		table_stand_in(inside);
	if (child == 0)
		roll_forked();
	else
		roll_started(child > 0 ? child : 0);
	if (child == 0 || !number)
		return child;
	guard.fork = 0;
	if (hook_enter(frame, HOOK_RELEASES) == HOOK_IN) {
		emit_fork(guard.thread, WIRE_FORKED, number, child > 0 ? (uint64_t)child : 0);
		hook_leave();
	}
	errno = saved;
	return child;
}

EXPORT pid_t fork(void)
{
	bool inside = forking(HOOK_FRAME, REAL_fork);

	return forked(HOOK_FRAME, inside, REAL(fork)());
}

EXPORT pid_t _Fork(void)
{
	bool inside = forking(HOOK_FRAME, REAL__Fork);

	return forked(HOOK_FRAME, inside, REAL(_Fork)());
}

EXPORT pid_t forkpty(int *master, char *name, const struct termios *settings,
		     const struct winsize *size)
{
	bool inside = forking(HOOK_FRAME, REAL_forkpty);

	return forked(HOOK_FRAME, inside, REAL(forkpty)(master, name, settings, size));
}

/* daemon returns in the child alone, or, if no child could be forked, in the caller with
 * an error. */
EXPORT int daemon(int no_chdir, int no_close)
{
	bool inside = forking(HOOK_FRAME, REAL_daemon);
	int r = REAL(daemon)(no_chdir, no_close);

	forked(HOOK_FRAME, inside, r == 0 ? 0 : -1);
	return r;
}

/*
 * The child begins in `run`, on a stack of its own, and never comes back here.  A child
 * that shares its parent's memory counts as its parent.  The arguments after `argument`
 * may or may not be there; they are passed on as they are.
 */
EXPORT int clone(int (*run)(void *), void *stack, int flags, void *argument, ...)
{
	bool shares = flags & (CLONE_VM | CLONE_THREAD);
	void *parent_tid, *tls, *child_tid;
	va_list rest;
	pid_t child;

	va_start(rest, argument);
	parent_tid = va_arg(rest, void *);
	tls = va_arg(rest, void *);
	child_tid = va_arg(rest, void *);
	va_end(rest);
	if (!shares)
		forking(HOOK_FRAME, REAL_clone);
	else if (!real.next[REAL_clone])
		real_find();
	if (shares && !(flags & CLONE_THREAD))
		roll_starting();
	child = REAL(clone)(run, stack, flags, argument, parent_tid, tls, child_tid);
	if (!shares)
		return forked(HOOK_FRAME, false, child);
	if (!(flags & CLONE_THREAD))
		roll_started(child > 0 ? child : 0);
	return child;
}
