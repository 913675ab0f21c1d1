/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One handler for the four signals.  While a thread is inside fault_run, a thread-local
 * has its way out; a fault in any other thread goes to the handler that was there before
 * ours.
 */
#include "tracer/collect/debug/fault.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

enum { STACK_BYTES = 256 * 1024 };

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT };
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;        /* protects install */
static struct sigaction before[SIGNALS];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local sigjmp_buf *volatile way_out;

static void caught(int number)
{
	if (way_out)
		siglongjmp(*way_out, 1);
	/* The fault is not in code that fault_run guards: the previous handler is
	 * restored, and the instruction (or abort) that faulted runs again with that. */
	for (unsigned i = 0; i < SIGNALS; i++)
		if (signals[i] == number)
			sigaction(number, &before[i], NULL);
}

/* Installs our handlers, again also if other code has taken a signal since the last
 * time. */
static void install(void)
{
	struct sigaction action = { .sa_handler = caught, .sa_flags = SA_ONSTACK }, old;

	sigemptyset(&action.sa_mask);
	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler == caught)
			continue;
		before[i] = old;
		sigaction(signals[i], &action, NULL);
	}
	pthread_mutex_unlock(&lock);
}

int fault_run(void (*body)(void *argument), void *argument)
{
	sigjmp_buf here;
	sigjmp_buf *outer = way_out;

	pthread_once(&once, install);
	if (sigsetjmp(here, 1)) {
		way_out = outer;
		return -EFAULT;
	}
	way_out = &here;
	body(argument);
	way_out = outer;
	return 0;
}

void *fault_enter(void)
{
	stack_t stack = { .ss_size = STACK_BYTES, .ss_sp = malloc(STACK_BYTES) };

	install();
	if (stack.ss_sp && sigaltstack(&stack, NULL) != 0) {
		free(stack.ss_sp);
		stack.ss_sp = NULL;
	}
	return stack.ss_sp;
}

void fault_leave(void *stack)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	if (stack)
		sigaltstack(&none, NULL);
	free(stack);
}
