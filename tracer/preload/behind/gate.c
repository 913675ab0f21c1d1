/* SPDX-License-Identifier: MIT */
/*
 * A gate is one word, which other threads jump through.
 */
#include "tracer/preload/behind/gate.h"

/* The linker's names for the ends of the table. */
extern struct gate __start_gates[] __attribute__((visibility("hidden")));
extern struct gate __stop_gates[] __attribute__((visibility("hidden")));

static void gate_turn(struct gate *gate, void *to)
{
	__atomic_store_n(&gate->to, to, __ATOMIC_RELEASE);
}

void gate_open(void)
{
	/* The next definitions do not know the blocks of the pool, the bodies do. */
	if (real_pool_used())
		return;
	for (struct gate *gate = __start_gates; gate < __stop_gates; gate++)
		if (real.next[gate->name])
			gate_turn(gate, real.next[gate->name]);
}

void gate_close(void)
{
	for (struct gate *gate = __start_gates; gate < __stop_gates; gate++)
		gate_turn(gate, gate->body);
}
