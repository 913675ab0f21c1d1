/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nanoseconds for a stack by depth: ours (walk and intern), libunwind's
 * unw_backtrace with its thread cache, and the stack bytes that ours needs.
 */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tests/preload/stack/harness.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/segment/table.h"

#define NOINLINE __attribute__((noinline, noclone, noipa))
#define ROUNDS 300000

static volatile int sink;
static struct stack_state *state;
static double ours_ns, libunwind_ns;
static unsigned long deepest;
static unsigned char *frame;    /* of the last hook */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

NOINLINE static void ours(void)
{
	struct stack_caller caller = {
		.ip = (uintptr_t)__builtin_return_address(0),
		.sp = (uintptr_t)__builtin_frame_address(0) + 16,
		.bp = *(uintptr_t *)__builtin_frame_address(0),
	};
	uint32_t trace;
	frame = __builtin_frame_address(0);
	stack_capture(state, &caller, &trace);
	sink += (int)trace;
}

/* Paints the stack below, captures, and looks how far down the paint is gone. */
NOINLINE static void measure_stack(void)
{
	unsigned char *here = __builtin_frame_address(0);
	unsigned char *low = here - 2048;
	for (unsigned char *at = low; at < here - 128; at++)
		*(volatile unsigned char *)at = 0xa5;
	ours();
	unsigned char *at = low;
	while (at < here - 128 && *(volatile unsigned char *)at == 0xa5)
		at++;
	if ((unsigned long)(frame - at) > deepest)
		deepest = (unsigned long)(frame - at);
}

NOINLINE static void leaf(void)
{
	void *ips[128];
	measure_stack();
	for (int round = 0; round < 3; round++) {
		double from = now();
		for (int i = 0; i < ROUNDS; i++)
			ours();
		double middle = now();
		for (int i = 0; i < ROUNDS; i++)
			sink += unw_backtrace(ips, 128);
		double end = now();
		double a = (middle - from) / ROUNDS, b = (end - middle) / ROUNDS;
		ours_ns = round == 0 || a < ours_ns ? a : ours_ns;
		libunwind_ns = round == 0 || b < libunwind_ns ? b : libunwind_ns;
	}
	measure_stack();
}

NOINLINE static void down(int depth)
{
	if (depth == 0)
		leaf();
	else
		down(depth - 1);
	sink++;
}

/* Ever new stacks: what a node that is new costs. */
NOINLINE static void fork_path(unsigned bits, int depth)
{
	if (depth == 0)
		ours();
	else if (bits & 1)
		fork_path(bits >> 1, depth - 1), sink++;
	else
		fork_path(bits >> 1, depth - 1), sink--;
	sink++;
}

int main(void)
{
	static const int depths[] = {5, 12, 25, 50, 100};
	harness_start(4 << 20, 0);
	state = mmap(NULL, stack_state_bytes(), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_PER_THREAD);
	printf("%8s %10s %12s\n", "depth", "ours ns", "libunwind ns");
	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		down(depths[i] - 5);    /* leaf, main and what calls it */
		printf("%8d %10.1f %12.1f\n", depths[i], ours_ns, libunwind_ns);
	}
	const unsigned paths = 1 << 19;
	double took[2];
	for (int round = 0; round < 2; round++) {
		double from = now();
		for (unsigned i = 0; i < paths; i++)
			fork_path(i, 19);
		took[round] = (now() - from) / paths;
	}
	const struct wire_control *c = table_control();
	printf("%u paths of depth 21: first %.0f ns, again %.0f ns; %u nodes, %.1f bytes each\n",
	       paths, took[0], took[1], c->traces,
	       (double)(c->private_bytes + c->traces * 8ul) / c->traces);
	printf("stack used, from the frame of the hook: %lu bytes\n", deepest);
	return 0;
}
