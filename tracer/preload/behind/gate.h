/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_GATE_H
#define TRACER_PRELOAD_BEHIND_GATE_H
/*
 * Where each hook of the allocator jumps while there is no call: past the tracer while it
 * sleeps, else to the body of the hook, which asks for everything else.  So a tracer that
 * sleeps costs a test of the call's word, and two jumps.
 *
 * A gate that leads to the body is right at any time, only slower.  A child that a sleeping
 * program forks finds its gates open; that it is UNBORN matters when it is called.
 */
#include "tracer/preload/behind/real.h"

struct gate {
	/* `body` or the next definition.  The compiler aligns no gate more than that, so
	 * there are no gaps in the table. */
	_Alignas(32) void *to;
	void *const body;
	enum real_name name;
};

/* The gate of a hook.  The linker puts them into one table, so nothing here knows the
 * hooks. */
#define GATE(name, body)                                                                           \
	static struct gate gate_##name __attribute__((section("gates"), used)) = {                 \
		(void *)body, (void *)body, REAL_##name}

/* Where the gate leads, typed as the hook itself. */
#define GATE_TO(name) ((__typeof__(&name))gate_##name.to)

/* The next definitions are called without us.  After real_find, by one thread at a
 * time. */
void gate_open(void);

/* All hooks lead to their bodies, for every thread that sees what the caller does next. */
void gate_close(void);

#endif
