/* SPDX-License-Identifier: MIT */
/*
 * A larger stack:
 *
 *	low [ ... the work's frames ... | struct cold ] high
 *
 * If a signal handler interrupts the work and leaves by a longjmp, the stack stays taken,
 * and there is one less from then on.
 */
#include "tracer/preload/unwind/cold.h"

#include <signal.h>
#include <stddef.h>

#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/segment/table.h"

#define STACKS 32u
#define STACK_BYTES (UINT64_C(128) << 10)

static struct {
	char *memory;
	_Atomic uint32_t taken;         /* one bit for each stack */
} larger;

bool cold_reserve(void)
{
	if (!larger.memory)
		larger.memory = table_private(STACKS * STACK_BYTES);
	return larger.memory;
}

static struct cold *take_larger(struct stack_state *state)
{
	uint32_t taken = atomic_load(&larger.taken), free;
	struct cold *cold;

	do {
		if (!larger.memory || taken == UINT32_MAX)
			return NULL;
		free = (uint32_t)__builtin_ctz(~taken);
		/* This acquire pairs with the release in cold_end: the last user of the
		 * stack needs nothing on it any more. */
	} while (!atomic_compare_exchange_weak_explicit(&larger.taken, &taken,
							taken | UINT32_C(1) << free,
							memory_order_acquire,
							memory_order_relaxed));
	cold = (struct cold *)(void *)(larger.memory + (free + 1) * STACK_BYTES) - 1;
	*cold = (struct cold){.state = state, .larger = UINT32_C(1) << free};
	return cold;
}

struct cold *cold_begin(struct stack_state *state)
{
	static const uint64_t all = ~UINT64_C(0);

	if (!sys_enter())
		return take_larger(state);
	sys_raw6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&state->mask, 8, 0, 0);
	state->cold.state = state;
	return &state->cold;
}

void cold_run(struct cold *cold, void (*work)(void *), void *argument)
{
	state_on_stack(work, argument,
		       cold->larger ? (char *)cold : cold->state->cold_stack + STATE_COLD_STACK);
}

/* A thread that blocked signals unblocks them even if system calls have been forbidden
 * meanwhile: those who forbid them wait for sys_leave. */
void cold_end(struct stack_state *state, struct cold *cold)
{
	if (cold->larger) {
		atomic_fetch_and_explicit(&larger.taken, ~cold->larger, memory_order_release);
		return;
	}
	sys_raw6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&state->mask, 0, 8, 0, 0);
	sys_leave();
}

void cold_on_larger(void (*work)(void *), void *argument)
{
	struct cold *cold = take_larger(NULL);

	if (!cold)
		return;
	cold_run(cold, work, argument);
	cold_end(NULL, cold);
}

static void cold_add_node(void *argument)
{
	struct cold *cold = argument;
	cold->node = intern_add(intern_nodes(), cold->word);
}

uint32_t cold_new_node(struct stack_state *state, uint64_t word)
{
	struct cold *cold = cold_begin(state);
	if (!cold)
		return 0;
	cold->word = word;
	cold_run(cold, cold_add_node, cold);
	uint32_t node = cold->node;
	cold_end(state, cold);
	return node;
}
