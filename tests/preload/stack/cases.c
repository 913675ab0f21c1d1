/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Known call chains, each captured at its end and compared frame by frame with
 * libgcc's unwinder, and with libunwind through the referee.  Compiled -O2
 * -fomit-frame-pointer.  Arguments: the two plugins.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/preload/stack/harness.h"
#include "tracer/preload/unwind/module.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/segment/table.h"

#define NOINLINE __attribute__((noinline, noclone, noipa))

void cases_cxx(void);

static volatile int sink;

/* Work after a call keeps it from becoming a jump. */
#define AFTER(expression) do { expression; sink++; } while (0)

NOINLINE static void chain(int depth, const char *name)
{
	if (depth == 0)
		AFTER(harness_check(name, HARNESS_WHOLE));
	else
		AFTER(chain(depth - 1, name));
}

NOINLINE static void vla(int n)
{
	char room[n];
	memset(room, n, (size_t)n);
	AFTER(chain(2, "variable length array"));
	sink += room[n / 2];
}

NOINLINE static void with_alloca(int n)
{
	for (int i = 0; i < 3; i++) {
		char *room = alloca((size_t)n);
		memset(room, i, (size_t)n);
		AFTER(chain(1, "alloca"));
		sink += room[n - 1];
	}
}

NOINLINE __attribute__((force_align_arg_pointer)) static void realigned(void)
{
	AFTER(chain(1, "realigned"));
}

NOINLINE static void aligned_local(int n)
{
	_Alignas(64) volatile char room[256];
	char more[n];
	memset(more, 1, (size_t)n);
	room[0] = more[0];
	AFTER(chain(1, "aligned local"));
	sink += room[0] + more[n - 1];
}

NOINLINE static void big_frame(void)
{
	volatile char room[300000];
	room[0] = 1;
	AFTER(chain(1, "big frame"));
	sink += room[0];
}

NOINLINE static void huge_frame(void)
{
	volatile char room[5 << 20];
	room[0] = 1;
	AFTER(chain(1, "huge frame"));
	sink += room[0];
}

static int compare_ints(const void *a, const void *b)
{
	static int calls;
	if (calls++ == 3)
		harness_check("qsort callback", HARNESS_WHOLE);
	return *(const int *)a - *(const int *)b;
}

NOINLINE static void sorting(void)
{
	int numbers[8] = {5, 3, 8, 1, 9, 2, 7, 4};
	AFTER(qsort(numbers, 8, sizeof(numbers[0]), compare_ints));
}

static ucontext_t noreturn_back;
NOINLINE __attribute__((noreturn)) static void leaves(const char *name)
{
	harness_check(name, HARNESS_WHOLE);
	setcontext(&noreturn_back);
	__builtin_unreachable();
}

/* The call is this function's last instruction: its return address lies past
 * its end, perhaps in another function. */
NOINLINE __attribute__((noreturn)) static void noreturn_tail(void)
{
	leaves("noreturn tail");
}

NOINLINE static void noreturn(void)
{
	volatile bool again = false;
	getcontext(&noreturn_back);
	if (!again) {
		again = true;
		noreturn_tail();
	}
}

NOINLINE static uint32_t recurse(int depth, int *array)
{
	uint32_t trace;
	array[0]++;
	if (depth == 0) {
		uint32_t count;
		trace = harness_capture(&count);
		array[1] = (int)count;
	} else {
		trace = recurse(depth - 1, array);
	}
	sink += array[0];
	return trace;
}

static void *deep(void *unused)
{
	(void)unused;
	int array[2] = {0};
	uint32_t once = 0;
	for (int i = 0; i < 2; i++) {
		uint32_t trace = recurse(100000, array);
		if (i == 0)
			once = trace;
		if (trace == 0 || (i == 1 && trace != once))
			harness_fail("deep recursion", "not one trace");
		if (array[1] != 65536 || harness_cut() != WIRE_CUT_NFRAME)
			harness_fail("deep recursion", "not 65,536 frames and a cut");
	}
	chain(5000, "recursion of 5,000");
	chain(1022, "at the border of a chunk");
	chain(1023, "at the border of a chunk");
	chain(1024, "at the border of a chunk");
	harness_thread_end();
	return NULL;
}

static void on_thread(void *(*work)(void *), size_t stack)
{
	pthread_attr_t attr;
	pthread_t thread;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, stack);
	if (pthread_create(&thread, &attr, work, NULL) != 0)
		harness_fail("thread", "pthread_create");
	else
		pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
}

static void *small_thread(void *unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++)
		chain(i * 20, "thread");
	harness_thread_end();
	return NULL;
}

/* Coroutines on stacks of their own, unmapped and reused. */

static ucontext_t main_context, routine_context;

static void routine(void)
{
	chain(4, "coroutine");
	swapcontext(&routine_context, &main_context);
	vla(700);
	chain(20, "coroutine, again");
	swapcontext(&routine_context, &main_context);
}

static void coroutine(size_t bytes, size_t offset)
{
	char *memory = mmap((void *)0x200000000000, bytes + 3 * 4096, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	char *stack = memory + 4096 + offset;
	mprotect(stack, bytes, PROT_READ | PROT_WRITE);
	getcontext(&routine_context);
	routine_context.uc_stack.ss_sp = stack;
	routine_context.uc_stack.ss_size = bytes;
	routine_context.uc_link = NULL;
	makecontext(&routine_context, routine, 0);
	swapcontext(&main_context, &routine_context);
	chain(3, "beside a coroutine");
	swapcontext(&main_context, &routine_context);
	munmap(memory, bytes + 3 * 4096);
}

static void *coroutines(void *unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++) {
		coroutine(65536, 0);
		coroutine(16384, 0);    /* its end is a gap where the last one went on */
		coroutine(16384, 4096);
	}
	harness_thread_end();
	return NULL;
}

/* A coroutine that was jumped to: where its first function would return to lies
 * in the guard page above.  Nobody but us gets through this alive. */

extern void bottomless_run(void *top, uint64_t *saved);
extern void bottomless_first(void);
void bottomless_work(void);
__asm__(".text\n.type bottomless_run, @function\nbottomless_run:\n"
	"	.cfi_startproc\n"
	"	pushq %rbp\n	.cfi_def_cfa_offset 16\n	.cfi_offset %rbp, -16\n"
	"	pushq %rbx\n	.cfi_def_cfa_offset 24\n	.cfi_offset %rbx, -24\n"
	"	movq %rsp, (%rsi)\n"
	"	movq %rsi, %rbx\n"
	"	movq %rdi, %rsp\n"
	"	jmp bottomless_first\n"
	"	.cfi_endproc\n.size bottomless_run, . - bottomless_run\n"
	".type bottomless_first, @function\nbottomless_first:\n"
	"	.cfi_startproc\n"
	"	subq $32, %rsp\n	.cfi_def_cfa_offset 40\n"
	"	call bottomless_work\n"
	"	movq (%rbx), %rsp\n	popq %rbx\n	popq %rbp\n	ret\n"
	"	.cfi_endproc\n.size bottomless_first, . - bottomless_first\n");

static uint32_t bottomless_depth;

NOINLINE void bottomless_work(void)
{
	AFTER(harness_capture(&bottomless_depth));
}

static void *bottomless(void *unused)
{
	(void)unused;
	char *memory = mmap(NULL, 32768 + 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t saved;
	for (int i = 0; i < 2; i++) {
		bottomless_run(memory + 32768, &saved);
		mprotect(memory + 32768, 4096, PROT_NONE);
		if (bottomless_depth != 2 || harness_cut() != WIRE_CUT_COROUTINE)
			harness_fail("bottomless coroutine", "not two frames and a cut");
	}
	munmap(memory, 32768 + 4096);
	return NULL;
}

/* Signals. */

static const char *handler_name;
static void handler(int signal)
{
	(void)signal;
	chain(1, handler_name);
}

static void *alternate(void *unused)
{
	(void)unused;
	char *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	stack_t stack = {.ss_sp = memory, .ss_size = 65536};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	handler_name = "handler on an alternate stack";
	AFTER(raise(SIGUSR1));
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	handler_name = "handler on the same stack";
	AFTER(raise(SIGUSR1));
	munmap(memory, 65536);
	harness_thread_end();
	return NULL;
}

/* Each instruction of some functions, their PLT entries included, interrupted
 * by the trap flag: the rules hold at each of them. */

static unsigned stepped;
static enum harness_want step_want;
static void step_handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	stepped++;
	harness_check("single step", step_want);
}

static inline void trap(bool on)
{
	if (on)
		__asm__ volatile("subq $128, %%rsp\n\tpushfq\n\torq $256, (%%rsp)\n\tpopfq\n\t"
				 "addq $128, %%rsp" ::: "memory", "cc");
	else
		__asm__ volatile("subq $128, %%rsp\n\tpushfq\n\tandq $~256, (%%rsp)\n\tpopfq\n\t"
				 "addq $128, %%rsp" ::: "memory", "cc");
}

/* As gcc makes them: nobody is told that rbp has been popped. */
void popped(void);
__asm__(".text\n.type popped, @function\npopped:\n"
	"	.cfi_startproc\n"
	"	pushq %rbp\n	.cfi_def_cfa_offset 16\n	.cfi_offset %rbp, -16\n"
	"	pushq %rbx\n	.cfi_def_cfa_offset 24\n	.cfi_offset %rbx, -24\n"
	"	xorl %ebp, %ebp\n"
	"	popq %rbx\n	.cfi_def_cfa_offset 16\n"
	"	popq %rbp\n	.cfi_def_cfa_offset 8\n"
	"	ret\n"
	"	.cfi_endproc\n.size popped, . - popped\n");

NOINLINE static int stepped_leaf(int a) { return a * 3 + sink; }
NOINLINE static int stepped_mid(int a, int b, int c)
{
	char *text = alloca(64u + (unsigned)b);      /* the CFA is by rbp */
	popped();
	snprintf(text, 64, "%d %d", a, b);
	int x = stepped_leaf(a) + stepped_leaf(b);
	if (x > c)
		x += stepped_leaf(c + x);
	return x + text[0];
}

static void single_steps(void)
{
	struct sigaction old, action = {.sa_sigaction = step_handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGTRAP, &action, &old);
	/* The first time goes through the loader's lazy binding, whose CFA is rbx. */
	step_want = HARNESS_ANY;
	for (int i = 0; i < 2; i++) {
		trap(true);
		sink += stepped_mid(sink, 2, 3);
		trap(false);
		step_want = HARNESS_WHOLE;
	}
	sigaction(SIGTRAP, &old, NULL);
	if (stepped < 1000)
		harness_fail("single step", "hardly a step");
}

/* Code made at run time: a call of what rdi points to, with the argument rsi.  It keeps no
 * frame pointer and does not return at once, so the stack ends there. */
static void jit(void)
{
	static const uint8_t code[] = {0x55, 0x31, 0xed, 0x48, 0x89, 0xf8, 0x48, 0x89,
				       0xf7, 0x31, 0xf6, 0xff, 0xd0, 0x90, 0x5d, 0xc3};
	uint8_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(memory, code, sizeof(code));
	void (*run)(void *, const char *);
	*(void **)&run = memory;
	for (int i = 0; i < 2; i++)
		run((void *)harness_check, "jit");
	munmap(memory, 4096);
}

/* Two libraries in turn at the same addresses. */

static uintptr_t plugin_at;
static uint32_t plugin_round(const char *path)
{
	uint32_t (*run)(uint32_t (*)(const char *, int));
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	stack_modules_changed();
	if (!library) {
		harness_fail("plugin", dlerror());
		return 0;
	}
	*(void **)&run = dlsym(library, "plugin");
	plugin_at = (uintptr_t)run & ~4095ul;
	uint32_t trace = run((uint32_t(*)(const char *, int))harness_check);
	stack_modules_closing();
	dlclose(library);
	stack_modules_changed();
	return trace;
}

static void plugins(char **path)
{
	uint32_t first[2] = {0};
	unsigned shared = 0;
	uintptr_t last = 0;
	for (int i = 0; i < 200; i++) {
		uint32_t trace = plugin_round(path[i % 2]);
		if (i < 2)
			first[i] = trace;
		else if (trace != first[i % 2])
			harness_fail("plugin", "the same stack has another trace");
		shared += last == plugin_at;
		last = plugin_at;
	}
	if (first[0] == first[1])
		harness_fail("plugin", "two plugins, one trace");
	if (shared < 100)
		printf("plugins shared their addresses only %u times\n", shared);
}

NOINLINE static void guarded(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	if (!harness_meets(here))
		harness_fail("guard", "its frame is on the stack but not met");
	if (harness_meets(here - 4096))
		harness_fail("guard", "met below the stack");
	if (harness_meets(here + (1 << 22)))
		harness_fail("guard", "met above the stack");
}

static void guard_handler(int signal)
{
	(void)signal;
	if (!harness_meets((uintptr_t)handler_name))
		harness_fail("guard", "not met through a signal frame");
}

NOINLINE static void guarded_signal(void)
{
	struct sigaction action = {.sa_handler = guard_handler};
	handler_name = __builtin_frame_address(0);
	sigaction(SIGUSR2, &action, NULL);
	AFTER(raise(SIGUSR2));
}

static void *many_threads(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++)
		chain(i % 37, "many threads");
	harness_thread_end();
	return NULL;
}

static volatile bool plugins_done;
static void *meanwhile(void *unused)
{
	(void)unused;
	while (!plugins_done)
		chain(17, "beside a dlclose");
	harness_thread_end();
	return NULL;
}

static void plugins_beside_threads(char **path)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, meanwhile, NULL) != 0)
			abort();
	plugins(path);
	plugins_done = true;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* No mapping of the segment is forked or dumped, the later pieces included. */
static void mappings(void)
{
	char line[512];
	bool ours = false;
	unsigned found = 0;
	FILE *maps = fopen("/proc/self/smaps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			ours = strstr(line, "memfd:harness") != NULL;
		if (!ours || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		found++;
		if (!strstr(line, " dc") || !strstr(line, " dd"))
			harness_fail("mapping", line);
	}
	if (maps)
		fclose(maps);
	if (found < 8)
		harness_fail("mapping", "not all pieces found");
}

/* A trace table of 64: new stacks get the part of them that is known. */
static int full_table(void)
{
	uint32_t depth, last = 0, array[2] = {0};
	harness_start(64, 0);
	for (int i = 0; i < 100; i++) {
		uint32_t trace = recurse(i, (int *)array);
		if (i > 80 && trace != last)
			harness_fail("full table", "not the longest known part");
		last = trace;
	}
	harness_capture(&depth);
	if (table_control()->traces != 64 || table_control()->truncated < 40 || last == 0)
		harness_fail("full table", "not full, or not counted");
	return harness_end();
}

static void threads(void)
{
	pthread_t thread[8];
	for (int i = 0; i < 8; i++)
		if (pthread_create(&thread[i], NULL, many_threads, NULL) != 0)
			abort();
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (argc > 3 && strcmp(argv[3], "full") == 0)
		return full_table();
	harness_start(1 << 20, argc > 3 ? 0 : 2);
	if (argc > 3)
		module_start(1);        /* find modules by /proc/self/maps */
	AFTER(chain(0, "flat"));
	AFTER(chain(12, "chain"));
	AFTER(vla(1000));
	AFTER(with_alloca(333));
	AFTER(realigned());
	AFTER(aligned_local(77));
	AFTER(big_frame());
	AFTER(huge_frame());
	AFTER(sorting());
	AFTER(noreturn());
	AFTER(cases_cxx());
	AFTER(guarded());
	AFTER(guarded_signal());
	on_thread(small_thread, 65536);
	on_thread(coroutines, 65536);
	coroutines(NULL);
	on_thread(bottomless, 65536);
	bottomless(NULL);
	on_thread(alternate, 65536);
	alternate(NULL);
	single_steps();
	jit();
	plugins(argv + 1);
	threads();
	plugins_beside_threads(argv + 1);
	on_thread(deep, 64 << 20);
	mappings();
	return harness_end();
}
