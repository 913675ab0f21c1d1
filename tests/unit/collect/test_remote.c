/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Irregular stacks: this program copies its own registers and stack as the
 * tracer would, and what the names thread makes of them is compared frame by
 * frame with backtrace(3), through signal frames, libc's qsort and threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <alloca.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include "tracer/collect/names/symbolize.h"

enum { FRAMES = 4096 };

/* What one capture saw. */
static struct capture {
	struct wire_stack stack;
	unsigned char bytes[WIRE_STACK_MAX];
	void *ips[FRAMES];              /* backtrace(3)'s */
	int count;
} capture;

static struct {
	struct catalog *catalog;
	pthread_mutex_t lock;
	struct symbolizer *symbolizer;
	struct symbolizer_space *space;
	_Atomic uint32_t ticket;
	struct trace_id trace;
	uint64_t own_start, own_end;
} fixture;

static uintptr_t stack_end(void)
{
	pthread_attr_t attributes;
	void *low;
	size_t size;

	assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
	pthread_attr_getstack(&attributes, &low, &size);
	pthread_attr_destroy(&attributes);
	return (uintptr_t)low + size;
}

/* Sanitizers keep parts of a stack from being read: not here. */
__attribute__((no_sanitize("address"))) static void
copy(unsigned char *to, const unsigned char *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = ((const volatile unsigned char *)from)[i];
}

/* Registers here, the stack above; `end`: of this stack. */
static __attribute__((noinline)) void take(uintptr_t end)
{
#ifdef __x86_64__
	static const int from[MACHINE_REGS] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI,
					     REG_RDI, REG_RBP, REG_RSP, REG_R8,	 REG_R9,
					     REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
					     REG_R15, REG_RIP };
#endif
	static ucontext_t context;

	assert_int_equal(getcontext(&context), 0);
#ifdef __x86_64__
	for (unsigned i = 0; i < MACHINE_REGS; i++)
		capture.stack.regs[i] = (uint64_t)context.uc_mcontext.gregs[from[i]];
#else   /* x0 to x30, sp and pc stand one behind the other */
	memcpy(capture.stack.regs, context.uc_mcontext.regs, sizeof(capture.stack.regs));
#endif
	uint64_t sp = capture.stack.regs[MACHINE_REG_SP];
	size_t length = end - sp < WIRE_STACK_MAX ? end - sp : WIRE_STACK_MAX;
	copy(capture.bytes, (void *)(uintptr_t)sp, length);
	capture.stack.head.bytes = (uint32_t)(sizeof(capture.stack) + length);
	capture.stack.head.detail = (uint32_t)length;
	/* [0] is this function; a sanitizer's own frames come before it. */
	capture.count = backtrace(capture.ips, FRAMES);
	int skip = 0;
	while (skip < capture.count && capture.ips[skip] != __builtin_return_address(0))
		skip++;
	assert_in_range(skip, 1, capture.count - 1);
	capture.count -= skip - 1;
	memmove(capture.ips, capture.ips + skip - 1,
		(size_t)capture.count * sizeof(void *));
}

static void settled(void *user, uint32_t ticket, struct trace_id trace)
{
	(void)user;
	fixture.trace = trace;
	atomic_store(&fixture.ticket, ticket);
}

static bool is_trampoline(const void *ip)
{
	static const unsigned char code[] = MACHINE_SIGNAL_CODE;
	return memcmp(ip, code, sizeof(code)) == 0;
}

/* The next frame of the trace, newest first; false at its end. */
static bool next_site(struct trace_id *trace, struct site_id *id, struct site *site)
{
	struct trace_id parent;

	if (!catalog_trace(fixture.catalog, *trace, &parent, id))
		return false;
	*site = catalog_site(fixture.catalog, *id);
	*trace = parent;
	return true;
}

/* Unwinds the capture and compares all frames but take's own; how many. */
static int compare(bool *cut)
{
	static uint32_t ticket;
	static _Alignas(8) unsigned char packet[sizeof(capture.stack) + WIRE_STACK_MAX];
	struct trace_id trace;
	struct site_id id;
	struct site site;
	bool signal = false;

	capture.stack.own_start = fixture.own_start;
	capture.stack.own_end = fixture.own_end;
	memcpy(packet, &capture.stack, sizeof(capture.stack));
	memcpy(packet + sizeof(capture.stack), capture.bytes, WIRE_STACK_MAX);
	ticket++;
	assert_int_equal(symbolizer_stack(fixture.space, ticket, (void *)packet,
					  capture.stack.head.bytes), 0);
	assert_true(symbolizer_flush(fixture.symbolizer, 60));
	assert_int_equal(atomic_load(&fixture.ticket), ticket);
	trace = fixture.trace;
	if (!fixture.own_end)
		assert_true(next_site(&trace, &id, &site));     /* take's own frame */
	*cut = false;
	for (int i = 1; i < capture.count; i++) {
		char *ip = capture.ips[i];
		bool exact = signal || is_trampoline(ip);
		struct link_map *map = NULL;
		Dl_info info;
		if (!next_site(&trace, &id, &site))
			return i - 1;
		if (id.v < WIRE_SITE_FIRST) {
			*cut = true;
			return i - 1;
		}
		assert_int_not_equal(dladdr1(ip, &info, (void **)&map, RTLD_DL_LINKMAP),
				     0);
		assert_int_equal(site.offset,
				 (uint64_t)(uintptr_t)ip - map->l_addr - !exact);
		signal = is_trampoline(ip);
	}
	/* Nothing may stand behind the oldest frame. */
	assert_false(next_site(&trace, &id, &site));
	return capture.count - 1;
}

static __attribute__((noinline)) void simple(int n)
{
	volatile char *room = alloca((size_t)n * 16);
	room[0] = 1;
	take(stack_end());
	room[1] = 2;
}

static void unwinds_plain_calls(void **state)
{
	bool cut;

	(void)state;
	for (int i = 1; i < 50; i++) {
		simple(i);
		int frames = compare(&cut);
		assert_false(cut);
		assert_true(frames >= 4);
		assert_int_equal(frames, capture.count - 1);
	}
}

static uintptr_t handler_end;
static void handler(int number)
{
	(void)number;
	take(handler_end ? handler_end : stack_end());
	__asm__ volatile("");  /* no tail call: the handler is a frame */
}

static int order(const void *a, const void *b)
{
	static int once;
	if (!once++)
		raise(SIGUSR1);
	return *(const int *)a - *(const int *)b;
}

static const void *handlers_end;
static void note_end(int number)
{
	(void)number;
	handlers_end = __builtin_return_address(0);
}

/* What a handler returns to is read from its file, and the kernel's own code has none. */
static void needs_handlers_end_in_a_file(void)
{
	Dl_info info;

	signal(SIGUSR1, note_end);
	raise(SIGUSR1);
	if (dladdr(handlers_end, &info) && access(info.dli_fname, R_OK) == 0)
		return;
	print_message("handlers return to code that is in no file here\n");
	skip();
}

static void unwinds_signals_inside_libc(void **state)
{
	struct sigaction action = { .sa_handler = handler };
	int numbers[] = { 3, 1, 2 };
	bool cut;

	(void)state;
	needs_handlers_end_in_a_file();
	sigaction(SIGUSR1, &action, NULL);
	qsort(numbers, 3, sizeof(numbers[0]), order);
	int frames = compare(&cut);
	assert_false(cut);
	assert_int_equal(frames, capture.count - 1);
	raise(SIGUSR1);
	compare(&cut);
	assert_false(cut);
}

/* The interrupted stack is not in the copy: cut there, and what is newer is right. */
static void cuts_at_a_signal_stack(void **state)
{
	static char bytes[65536];
	stack_t stack = { .ss_sp = bytes, .ss_size = sizeof(bytes) },
		none = { .ss_flags = SS_DISABLE };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	bool cut;

	(void)state;
	needs_handlers_end_in_a_file();
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	sigaction(SIGUSR1, &action, NULL);
	handler_end = (uintptr_t)bytes + sizeof(bytes);
	raise(SIGUSR1);
	handler_end = 0;
	sigaltstack(&none, NULL);
	int frames = compare(&cut);
	assert_true(cut);
	assert_true(frames >= 3);       /* handler, trampoline, the interrupted pc */
}

static __attribute__((noinline)) int deep(int n)
{
	volatile char room[100];
	room[n % 100] = 1;
	if (n == 0)
		take(stack_end());
	else
		deep(n - 1);
	return room[n % 100];
}

static void cuts_at_the_copys_end(void **state)
{
	bool cut;

	(void)state;
	deep(50);
	assert_int_equal(compare(&cut), capture.count - 1);
	assert_false(cut);
	deep(1000);
	int frames = compare(&cut);
	assert_true(cut);
	assert_in_range(frames, 100, 999);
}

static void *thread(void *argument)
{
	simple(3);
	return argument;
}

static void unwinds_threads_to_their_start(void **state)
{
	pthread_t id;
	bool cut;

	(void)state;
	assert_int_equal(pthread_create(&id, NULL, thread, NULL), 0);
	pthread_join(id, NULL);
	int frames = compare(&cut);
	assert_false(cut);
	assert_int_equal(frames, capture.count - 1);
}

static void names_what_it_found(void **state)
{
	struct trace_id trace;
	struct site_id id;
	struct site site;
	unsigned n;
	bool cut;

	(void)state;
	simple(1);
	compare(&cut);
	trace = fixture.trace;
	next_site(&trace, &id, &site);
	const struct frame_id *frames = catalog_site_frames(fixture.catalog, id, &n);
	assert_non_null(frames);
	struct frame frame = catalog_frame(fixture.catalog, frames[0]);
	assert_string_equal(catalog_text(fixture.catalog, frame.function), "take");
}

/* Frames of the tracer's own text are left out. */
static void drops_own_frames(void **state)
{
	bool cut;

	(void)state;
	simple(2);
	fixture.own_start = (uint64_t)(uintptr_t)take;
	fixture.own_end = capture.stack.regs[MACHINE_REG_PC] + 1;
	assert_true(fixture.own_start < fixture.own_end);
	int frames = compare(&cut);
	fixture.own_start = fixture.own_end = 0;
	assert_false(cut);
	assert_int_equal(frames, capture.count - 1);
}

static void survives_nonsense(void **state)
{
	static _Alignas(8) unsigned char packet[sizeof(capture.stack) + WIRE_STACK_MAX];
	uint32_t random = 7;

	(void)state;
	simple(1);
	for (uint32_t round = 0; round < 2000; round++) {
		struct wire_stack *stack = (void *)packet;
		*stack = capture.stack;
		memcpy(packet + sizeof(*stack), capture.bytes, WIRE_STACK_MAX);
		for (unsigned i = 0; i < 1 + round % 30; i++) {
			random = random * 1664525 + 1013904223;
			packet[sizeof(*stack) +
			       (random >> 4) % (capture.stack.head.detail + 1)] =
				(unsigned char)(random >> 11);
		}
		if (round % 3 == 0)
			stack->regs[round % MACHINE_REGS] += random;
		if (round % 5 == 0)
			stack->head.detail = random;
		assert_int_equal(symbolizer_stack(fixture.space, 100000 + round,
						  stack, stack->head.bytes),
				 0);
	}
	assert_true(symbolizer_flush(fixture.symbolizer, 60));
	struct wire_stack small = { 0 };
	assert_int_not_equal(symbolizer_stack(fixture.space, 1, &small, 8), 0);
}

static int setup(void **state)
{
	struct symbolizer_options options = { .lock = &fixture.lock };

	(void)state;
	backtrace(capture.ips, 1);      /* loads libgcc before anything is mapped */
	pthread_mutex_init(&fixture.lock, NULL);
	options.catalog = fixture.catalog = catalog_new();
	fixture.symbolizer = fixture.catalog ? symbolizer_new(&options) : NULL;
	if (fixture.symbolizer)
		fixture.space = symbolizer_join(fixture.symbolizer, getpid(), settled, NULL);
	return fixture.space ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	symbolizer_leave(fixture.space);
	symbolizer_free(fixture.symbolizer);
	catalog_release(fixture.catalog);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwinds_plain_calls),
		cmocka_unit_test(unwinds_signals_inside_libc),
		cmocka_unit_test(cuts_at_a_signal_stack),
		cmocka_unit_test(cuts_at_the_copys_end),
		cmocka_unit_test(unwinds_threads_to_their_start),
		cmocka_unit_test(names_what_it_found),
		cmocka_unit_test(drops_own_frames),
		cmocka_unit_test(survives_nonsense),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
