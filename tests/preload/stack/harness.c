/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/preload/stack/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include "tracer/preload/unwind/module.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/referee/referee.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/segment/table.h"
#include "tracer/wire/ring.h"

#define MOST 70000

static _Thread_local struct stack_state *state;
static _Thread_local uint32_t cut;
uint32_t harness_nframe;
static _Atomic unsigned checks, failures;

void harness_fail(const char *name, const char *what)
{
	failures++;
	printf("FAIL %s: %s\n", name, what);
}

static void lay_out(struct wire_control *control, uint32_t max_traces)
{
	const uint64_t bytes[WIRE_REGIONS] = {
		[WIRE_MODULES] = 65536 * 64,       [WIRE_BLOBS] = 8 << 20,
		[WIRE_SITES] = UINT64_C(8) << 20,  [WIRE_TRACES] = max_traces * UINT64_C(8),
		[WIRE_RINGS] = 8 * WIRE_RING_BYTES,
	};
	uint64_t at = 4096;
	for (int r = 0; r < WIRE_REGIONS; r++) {
		control->offset[r] = at;
		control->limit[r] = control->ready[r] = bytes[r];
		at += (bytes[r] + 4095) / 4096 * 4096;
	}
	control->magic = WIRE_MAGIC;
	control->version = WIRE_VERSION;
	control->max_traces = max_traces;
	control->nframe = harness_nframe;
}

void harness_start(uint32_t max_traces, uint32_t referee)
{
	struct wire_control *control;
	int fd = memfd_create("harness", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, INT64_C(1) << 32) != 0)
		exit(2);
	control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (control == MAP_FAILED)
		exit(2);
	lay_out(control, max_traces);
	control->referee = referee;
	if (table_open(fd) != 0 || stack_start(false) != 0)
		exit(2);
	if (referee)
		referee_start();
	close(fd);
	munmap(control, 4096);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static struct stack_state *this_state(void)
{
	if (!state)
		state = mmap(NULL, stack_state_bytes(), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return state;
}

void harness_thread_end(void)
{
	if (state)
		munmap(state, stack_state_bytes());
	state = NULL;
}

uint32_t harness_sites(uint32_t trace, uint64_t *sites, uint32_t most)
{
	uint32_t n = 0;
	for (trace &= ~WIRE_TRACE_FULL; trace && n < most;) {
		uint64_t node = intern_word(intern_nodes(), trace);
		if (wire_node_site(node) < WIRE_SITE_FIRST)
			break;          /* why it ends */
		sites[n++] = intern_word(intern_sites(), wire_node_site(node));
		trace = wire_node_parent(node);
	}
	return n;
}

struct other {
	uintptr_t pc[MOST];
	unsigned count;
	uintptr_t from;
	bool on;
};

static _Unwind_Reason_Code other_frame(struct _Unwind_Context *context, void *argument)
{
	struct other *o = argument;
	int exact = 0;
	uintptr_t ip = _Unwind_GetIPInfo(context, &exact);
	o->on = o->on || ip == o->from;
	if (o->on && o->count < MOST && ip)
		o->pc[o->count++] = ip - !exact;
	return _URC_NO_REASON;
}

static uint64_t site_of(uintptr_t pc)
{
	static _Thread_local char text[MAPS_TEXT];
	struct module_object object;
	if (module_find(pc, text, &object) != 0)
		return wire_site(WIRE_MODULE_NONE, pc);
	return wire_site(module_index(&object, (uint32_t)(rules_epoch() >> 16), text),
			 pc - object.bias);
}

static void show(const struct other *o, const uint64_t *sites, uint32_t n)
{
	for (unsigned i = 0; i < n || i < o->count; i++) {
		if (i < n)
			printf("\t%2u ours %u+%#lx", i, wire_site_module(sites[i]),
			       (unsigned long)wire_site_offset(sites[i]));
		if (i < o->count)
			printf("\ttheirs %u+%#lx", wire_site_module(site_of(o->pc[i])),
			       (unsigned long)wire_site_offset(site_of(o->pc[i])));
		printf("\n");
		if (i == 40)
			break;
	}
}

static void compare(const char *name, enum harness_want want, uint32_t trace, uintptr_t ip)
{
	static _Thread_local struct other *o;
	static _Thread_local uint64_t *sites;
	if (!o) {
		o = malloc(sizeof(*o));
		sites = malloc(MOST * sizeof(*sites));
	}
	o->count = 0;
	o->on = false;
	o->from = ip;
	_Unwind_Backtrace(other_frame, o);
	uint32_t n = harness_sites(trace, sites, MOST);
	bool same = n > 0 && (n == o->count || (want == HARNESS_PREFIX && n < o->count));
	for (uint32_t i = 0; i < n && same; i++)
		same = sites[i] == site_of(o->pc[i]);
	if (!same) {
		harness_fail(name, "different stacks");
		show(o, sites, n);
	}
}

#define CALLER \
	{ \
		.ip = (uintptr_t)__builtin_return_address(0), \
		.sp = (uintptr_t)__builtin_frame_address(0) + 16, \
		.bp = *(uintptr_t *)__builtin_frame_address(0), \
	}

__attribute__((noinline)) uint32_t harness_check(const char *name, enum harness_want want)
{
	struct stack_caller caller = CALLER;
	uint32_t trace = 0;
	checks++;
	enum stack_kind kind = stack_capture(this_state(), &caller, &trace);
	if ((kind == STACK_IRREGULAR) != (want == HARNESS_IRREGULAR) && want != HARNESS_ANY)
		harness_fail(name, kind == STACK_IRREGULAR ? "irregular" : "not irregular");
	else if (kind == STACK_TRACE)
		compare(name, want, trace, caller.ip);
	if (kind == STACK_TRACE && stack_referee)
		stack_referee->judge(this_state(), &caller, trace);
	return trace;
}

__attribute__((noinline)) uint32_t harness_capture(uint32_t *depth)
{
	struct stack_caller caller = CALLER;
	uint32_t trace = 0;
	stack_capture(this_state(), &caller, &trace);
	*depth = cut = 0;
	for (uint32_t node = trace & ~WIRE_TRACE_FULL; node;) {
		uint64_t word = intern_word(intern_nodes(), node);
		if (wire_node_site(word) < WIRE_SITE_FIRST)
			cut = wire_node_site(word);
		else
			++*depth;
		node = wire_node_parent(word);
	}
	return trace;
}

uint32_t harness_cut(void) { return cut; }

__attribute__((noinline)) bool harness_meets(uintptr_t met)
{
	struct stack_caller caller = CALLER;
	bool saw;
	stack_meets(this_state(), &caller, met, &saw);
	return saw;
}

int harness_end(void)
{
	const struct wire_control *c = table_control();
	printf("%u checks, %u failures; %u modules, %u sites, %u nodes, %lu truncated, "
	       "%lu KiB private; referee: %lu stacks, %lu wrong\n",
	       checks, failures, c->modules, c->sites, c->traces, (unsigned long)c->truncated,
	       (unsigned long)c->private_bytes >> 10, (unsigned long)c->referee_stacks,
	       (unsigned long)c->referee_wrong);
	if (c->referee && !c->referee_stacks)
		harness_fail("referee", "libunwind compared nothing");
	return failures || c->referee_wrong ? 1 : 0;
}
