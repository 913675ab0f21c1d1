/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memory of the last stack against none at all: stacks are made by hand out
 * of return addresses into functions of all kinds of rules, changed at random in
 * every way that memory can change, and captured with a state that remembers
 * and with one that is new.  Both must give the same trace.
 *
 *	memory [NFRAME [MAX_TRACES]]
 *
 * With NFRAME the newest NFRAME frames must agree, and the nodes be few; with
 * MAX_TRACES each trace must be an older part of its stack.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "tests/preload/stack/harness.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/segment/neighbour.h"
#include "tracer/preload/unwind/last.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/segment/table.h"

#define WORDS 8192
#define SITES 8                         /* of each function */
#define DEEPEST 400

/* Functions that are never run; each has SITES addresses that follow one rule. */
#define CODE(name, cfi) \
	".type " #name ", @function\n" #name ":\n.cfi_startproc\n" cfi \
	".fill 16, 1, 0x90\n.cfi_endproc\n.size " #name ", . - " #name "\n"
__asm__(".text\n"
	CODE(code_root, ".cfi_undefined rip\n")
	CODE(code_plain, ".cfi_def_cfa_offset 16\n")
	CODE(code_big, ".cfi_def_cfa_offset 48\n")
	CODE(code_saves, ".cfi_def_cfa_offset 32\n.cfi_offset rbp, -16\n")
	CODE(code_saves_low, ".cfi_def_cfa_offset 40\n.cfi_offset rbp, -32\n")
	CODE(code_pointer, ".cfi_def_cfa rbp, 16\n.cfi_offset rbp, -16\n")
	CODE(code_loses, ".cfi_def_cfa_offset 24\n.cfi_undefined rbp\n")
	/* CFA = *(rbp - 8), rbp at *rbp */
	CODE(code_realigned, ".cfi_escape 0x0f,3,0x76,0x78,0x06\n.cfi_escape 0x10,6,2,0x76,0\n"));
extern char code_root[], code_plain[], code_big[], code_saves[], code_saves_low[],
	code_pointer[], code_loses[], code_realigned[];

enum kind { ROOT, PLAIN, BIG, SAVES, SAVES_LOW, POINTER, LOSES, REALIGNED, MADE, KINDS };
/* MADE: code in no module, with a frame pointer. */
static char *code[KINDS] = {code_root,	    code_plain,	  code_big,   code_saves,
			    code_saves_low, code_pointer, code_loses, code_realigned};

/* Words from a frame's sp to its CFA, and from the CFA down to its saved rbp. */
static const unsigned size[KINDS] = {0, 2, 6, 4, 5, 6, 3, 8, 6};
static const unsigned saved[KINDS] = {0, 0, 0, 2, 4, 2, 0, 4, 2};

struct made {
	enum kind kind;
	uintptr_t pc, sp, bp;           /* pc as a return address */
};

static uintptr_t *stack;                /* WORDS of it, on our own stack */
static struct made made[DEEPEST];       /* the oldest first */
static unsigned depth;
static struct stack_state *warm, *cold;
static uint32_t nframe, full;
static uint64_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

/* How many sites of the root come.  Some have no node in a table that is full. */
static uint32_t roots(void) { return intern_full(intern_nodes()) ? SITES : 2; }

static void make_root(void)
{
	made[0] = (struct made){ROOT, (uintptr_t)code_root + 1 + any(roots()),
				(uintptr_t)&stack[WORDS - 16], any(4)};
	depth = 1;
}

/* A frame below the newest, with all that its rule wants in memory. */
static bool make_frame(enum kind kind)
{
	const struct made *older = &made[depth - 1];
	uintptr_t *cfa = (uintptr_t *)older->sp, *sp = cfa - size[kind];
	if (depth == DEEPEST || sp < stack + 64)
		return false;
	struct made new = {kind, (uintptr_t)code[kind] + 1 + any(SITES), (uintptr_t)sp, any(4)};
	cfa[-1] = older->pc;
	if (saved[kind])
		*(cfa - saved[kind]) = older->bp;
	else if (kind == PLAIN || kind == BIG)
		new.bp = older->bp;
	if (kind == POINTER || kind == MADE)
		new.bp = (uintptr_t)(cfa - 2);
	if (kind == REALIGNED) {
		new.bp = (uintptr_t)(cfa - 4);
		cfa[-5] = (uintptr_t)cfa;
	}
	made[depth++] = new;
	return true;
}

static void grow(unsigned frames)
{
	/* Few kinds at a time, so that the same frames come again. */
	unsigned few = 1 + any(MADE - 1), first = 1 + any(MADE - 1);
	while (frames-- > 0 && make_frame(!full && any(20) == 0 ? MADE :
					  (enum kind)(1 + (first + any(few)) % (MADE - 1))))
		;
}

/* Another site of the same function, at any depth: frame and memory agree still. */
static void change_site(void)
{
	unsigned i = any(depth);
	made[i].pc = (uintptr_t)code[made[i].kind] + 1 + any(made[i].kind == ROOT ? roots() : SITES);
	if (i + 1 < depth)
		((uintptr_t *)made[i].sp)[-1] = made[i].pc;
}

/* Another rule, where frames of both have one size: those above it stay as they are, but
 * for an rbp that is passed on. */
static void change_rule(void)
{
	static struct made old[DEEPEST];
	unsigned frames = depth, changed = any(depth);
	memcpy(old, made, sizeof(old));
	if (made[changed].kind != BIG && made[changed].kind != POINTER)
		return;
	depth = changed;
	make_frame(old[changed].kind == BIG ? POINTER : BIG);
	while (depth < frames && make_frame(old[depth].kind)) {
		struct made *new = &made[depth - 1];
		new->pc = old[depth - 1].pc;
		if (new->kind == SAVES || new->kind == SAVES_LOW || new->kind == LOSES)
			new->bp = old[depth - 1].bp;
	}
}

/* The register of the newest; where it passes it on, an older one may need it. */
static void change_bp(void)
{
	struct made *leaf = &made[depth - 1];
	bool passes = leaf->kind == PLAIN || leaf->kind == BIG;
	bool points = leaf->kind == POINTER || leaf->kind == REALIGNED || leaf->kind == MADE;
	if (!points && !(passes && full))
		leaf->bp = any(1000);
}

/* Any word at all, perhaps to one that means something. */
static void corrupt(void)
{
	const struct made *one = &made[any(depth)], *other = &made[any(depth)];
	uintptr_t *word = (uintptr_t *)one->sp - 1 - any(8);
	const uintptr_t values[] = {0,         other->pc,   other->sp, other->sp - 16,
				    other->bp, ~UINT64_C(0), 1,         any(1 << 30)};
	if (word >= stack && word < stack + WORDS - 16)
		*word = values[any(8)];
}

static void change(void)
{
	switch (any(18)) {
	case 16: case 17: change_rule(); break;
	case 0: make_root(); grow(any(40)); break;
	case 1: change_bp(); break;
	case 2: case 3: case 4: change_site(); break;
	case 5: grow(any(nframe ? 200 : 30)); break;
	case 6: depth = 1 + any(any(4) ? depth : 1); break;
	default:
		depth -= depth > 4 ? any(4) : 0;
		grow(any(4));
	}
}

static enum stack_kind capture(struct stack_state *state, uint32_t *trace)
{
	const struct made *leaf = &made[depth - 1];
	struct stack_caller caller = {leaf->pc, leaf->sp, leaf->bp};
	return stack_capture(state, &caller, trace);
}

static bool same_newest(uint32_t a, uint32_t b)
{
	uint64_t of_a[DEEPEST], of_b[DEEPEST];
	uint32_t in_a = harness_sites(a, of_a, nframe), in_b = harness_sites(b, of_b, nframe);
	return in_a == in_b && memcmp(of_a, of_b, in_a * sizeof(of_a[0])) == 0;
}

/* An older part of the stack as it was made. */
static bool older_part(uint32_t trace)
{
	uint64_t sites[DEEPEST];
	uint32_t n = harness_sites(trace, sites, DEEPEST);
	for (uint32_t i = 0; i < n && n <= depth; i++) {
		uintptr_t pc = made[n - 1 - i].pc - 1;
		uint64_t entry = last_entry(cold, pc, rules_epoch(), LINES_OFF);
		if (sites[i] != intern_word(intern_sites(), rules_site(entry)))
			return false;
	}
	return n <= depth;
}

static bool agree(uint32_t by_warm, uint32_t by_cold)
{
	if (!full)
		return nframe ? same_newest(by_warm, by_cold) : by_warm == by_cold;
	/* Once nothing is added any more, both find the same. */
	return older_part(by_warm) && (!intern_full(intern_nodes()) || by_warm == by_cold);
}

static void check(const char *name)
{
	uint32_t by_warm = 0, by_cold = 0;
	enum stack_kind with = capture(warm, &by_warm);
	memset(cold, 0, stack_state_bytes() < 65536 ? stack_state_bytes() : 32768);
	enum stack_kind without = capture(cold, &by_cold);
	/* Beyond an anchor nobody looks. */
	if (with != without && !(nframe && without == STACK_IRREGULAR))
		harness_fail(name, "irregular with one of both");
	else if (without == STACK_IRREGULAR)
		return;
	else if (!agree(by_warm, by_cold))
		harness_fail(name, "another trace");
}

static void fuzz(unsigned rounds)
{
	make_root();
	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned n = any(3); n > 0; n--)
			change();
		/* Again and again, so that frames are listed. */
		for (unsigned n = any(6) ? 1 : any(40); n > 0; n--)
			check("fuzz");
		if (!full && any(20) == 0) {
			uintptr_t kept[WORDS];
			memcpy(kept, stack, sizeof(kept));
			corrupt();
			check("corrupted");
			memcpy(stack, kept, sizeof(kept));
			check("repaired");
		}
	}
}

/* Up and down a hundred thousand times: an anchor moves seldom. */
static void recursion(void)
{
	uint32_t before = table_control()->traces, trace;
	for (unsigned i = 0; i < 100000; i++) {
		make_root();
		while (depth < 2 + (i < 50000 ? i : 100000 - i) % DEEPEST && make_frame(PLAIN))
			made[depth - 1].pc = (uintptr_t)code_plain + 1;
		for (unsigned k = 1; k < depth - 1; k++)
			((uintptr_t *)made[k].sp)[-1] = made[k].pc = (uintptr_t)code_plain + 1;
		capture(warm, &trace);
	}
	if (table_control()->traces - before > 8 * nframe)
		harness_fail("recursion", "the anchor does not bound the nodes");
}

/* Forgotten when modules go, and not kept while one goes. */
static void forgetting(void)
{
	for (unsigned i = 0; i < 100; i++) {
		stack_modules_closing();
		check("closing");
		change();
		check("closing");
		stack_modules_changed();
		change();
		check("closed");
	}
}

/* A walk that a handler left by longjmp is as if it had not been: the memory
 * is gone from the moment it begins. */
static void interrupted(void)
{
	for (unsigned i = 0; i < 100; i++) {
		change();
		check("before");
		for (unsigned k = 0; k < 64; k++)
			warm->frame[1 + any(40)].pc ^= any(8);
		warm->count = 0;
		check("interrupted");
	}
}

/* Whether a walk may begin with the part of the table that is kept. */
static bool part_is_whole(const struct intern_part *part)
{
	const uint32_t each = WIRE_PIECE_BYTES / sizeof(uint64_t);
	return part->end <= part->first ||
	       (part->first % each == 0 && part->end <= part->first + each &&
		part->base + part->first * sizeof(uint64_t) ==
			(uintptr_t)intern_words.piece[part->first / each]);
}

static volatile bool steps;
static volatile unsigned trapped, torn;

/* After each instruction, as long as `steps` says so. */
static void trap(int number, siginfo_t *info, void *context)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
	(void)number, (void)info;
	*flags = steps ? *flags | 0x100 : *flags & ~0x100;
	trapped++;
	torn += !part_is_whole(&warm->part);
}

/* A handler may leave by longjmp after any instruction of a walk that goes on to another
 * part of the table. */
static void stepped(void)
{
	const struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
	unsigned renewed = 0;
	sigaction(SIGTRAP, &action, NULL);
	for (unsigned i = 0; i < 40; i++) {
		uint32_t trace, first;
		make_root();
		while (depth < 4 + i && make_frame(PLAIN))
			;
		/* Once before, as signals are blocked while rules are looked up. */
		capture(warm, &trace);
		warm->count = 0;
		warm->part = intern_part_of(table_control()->traces - 1);
		first = warm->part.first;
		steps = true;
		__asm__ volatile("int3");
		capture(warm, &trace);
		steps = false;
		renewed += warm->part.first != first;
	}
	if (torn || !renewed || trapped < 1000)
		harness_fail("stepped", torn ? "half a part is kept" : "no other part was come to");
}

int main(int argc, char **argv)
{
	uintptr_t words[WORDS] = {0};
	nframe = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;
	full = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
	harness_nframe = nframe;
	harness_start(full ? full : 4 << 20, 0);
	stack = words;
	warm = mmap(NULL, stack_state_bytes(), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cold = mmap(NULL, stack_state_bytes(), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	code[MADE] = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (warm == MAP_FAILED || cold == MAP_FAILED || code[MADE] == MAP_FAILED)
		return 2;
	fuzz(100000);
	if (!full) {
		forgetting();
		interrupted();
		stepped();
	}
	if (nframe && !full)
		recursion();
	return harness_end();
}
