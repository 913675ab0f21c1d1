/* SPDX-License-Identifier: MIT */
/*
 * From the leaf to the root by rules, and from the root back to the leaf
 * through the trace tree:
 *
 *	caller -> frame -> frame -> ... -> _start      walk: pc -> rule, site
 *	trace  <- node  <- node  <- ... <- root        intern: (parent, site) -> node
 *
 * Sites are collected in chunks of 1,024 frames.  A deeper stack is walked
 * twice: once up, marking where each chunk begins, and chunk by chunk down
 * again.  So a stack of any depth needs no more memory than a flat one.
 *
 * Conditions that make a walk exact: a return address is looked up at ip - 1
 * and an interrupted pc at ip; each read lies inside the stack's mapping; the
 * CFA strictly grows (but across a signal frame, which may change stacks).
 * Where one does not hold the stack ends there.
 */
#include "tracer/preload/stack.h"

#include <errno.h>
#include <stddef.h>

#include "tracer/preload/cfi.h"
#include "tracer/preload/intern.h"
#include "tracer/preload/memo.h"
#include "tracer/preload/module.h"
#include "tracer/preload/referee.h"
#include "tracer/preload/rules.h"
#include "tracer/preload/state.h"
#include "tracer/preload/table.h"

/* What is inlined and what is not decides how much stack a capture needs. */
#define ALWAYS_INLINE __attribute__((always_inline)) inline
#define NOINLINE __attribute__((noinline))
#define FRAMES_MAX (STATE_CHUNK * STATE_CHUNKS)

enum walk { WALK_ON, WALK_END, WALK_IRREGULAR };

/* How a walk may use the thread's lines of rules. */
enum lines { LINES_OFF, LINES_READ, LINES_WRITE };

static struct {
	uintptr_t own_start, own_end;
} unwind;

/* The frame pointer makes the CFA of this frame rbp + 16 wherever it runs, so
 * that a debugger sees through the change of stacks. */
__asm__(".text\n"
	".globl state_on_stack\n"
	".hidden state_on_stack\n"
	".type state_on_stack, @function\n"
	"state_on_stack:\n"
	"	.cfi_startproc\n"
	"	pushq %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	movq %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	movq %rdx, %rsp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	call *%rax\n"
	"	movq %rbp, %rsp\n"
	"	popq %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size state_on_stack, . - state_on_stack\n");

uint64_t stack_state_bytes(void)
{
	return (sizeof(struct stack_state) + BOUNDS_PAGE - 1) & ~(BOUNDS_PAGE - 1);
}

int stack_start(void)
{
	bounds_start();
	module_start(0);
	int result = intern_start();
	if (result == 0)
		result = rules_start();
	static char text[MAPS_TEXT];
	struct module_object own;
	if (module_find((uintptr_t)stack_start, text, &own) == 0) {
		unwind.own_start = own.start;
		unwind.own_end = own.end;
	}
	if (result == 0 && table_control()->referee)
		referee_start();
	return result;
}

void stack_own_text(uintptr_t *start, uintptr_t *end)
{
	*start = unwind.own_start;
	*end = unwind.own_end;
}

void stack_modules_closing(void) { rules_closing(); }
void stack_modules_changed(void) { rules_closed(); }

int stack_bounds(struct stack_state *state, uintptr_t sp, uintptr_t *low, uintptr_t *high)
{
	*low = sp & ~(BOUNDS_PAGE - 1);
	*high = bounds_limit(state ? &state->bounds : NULL, sp);
	/* Of a stack that is not known: as much as anybody asks for. */
	while (*high - sp < WIRE_STACK_MAX && bounds_raise(high, *high))
		;
	return 0;
}

static uintptr_t word_at(uintptr_t address) { return *(const uintptr_t *)address; }

static inline void start_at(struct cursor *c, const struct stack_caller *caller,
			    struct bounds *bounds)
{
	c->pc = caller->ip - 1;
	c->sp = caller->sp;
	c->bp = caller->bp;
	c->bp_lost = 0;
	/* The word below sp is the hook's return address: its page is live. */
	c->limit = bounds_limit(bounds, caller->sp - 8);
}

/*
 * Over the kernel's signal frame to the interrupted one, perhaps on another
 * stack.  Its pc is no return address.
 */
NOINLINE static enum walk step_signal(struct cursor *c, struct bounds *bounds)
{
	if (!bounds_raise(&c->limit, c->sp + CFI_SIGNAL_RIP))
		return WALK_END;
	uintptr_t sp = word_at(c->sp + CFI_SIGNAL_RSP);
	c->pc = word_at(c->sp + CFI_SIGNAL_RIP);
	c->bp = word_at(c->sp + CFI_SIGNAL_RBP);
	c->bp_lost = 0;
	c->sp = sp;
	if (sp % 8 || !bounds_readable(sp))
		return WALK_END;
	c->limit = bounds_limit(bounds, sp);
	return WALK_ON;
}

/* The CFA by a rule that is one of the simple three; 0: the stack ends. */
static inline uintptr_t find_cfa(struct cursor *c, uint32_t rule)
{
	intptr_t offset = cfi_offset(rule);
	if (cfi_kind(rule) == CFI_RSP)
		return c->sp + (uintptr_t)offset;
	uintptr_t at = c->bp + (uintptr_t)offset;
	if (cfi_kind(rule) == CFI_RBP)
		return at;
	return at >= c->sp && at % 8 == 0 && bounds_raise(&c->limit, at) ? word_at(at) : 0;
}

static inline void step_bp(struct cursor *c, uint32_t rule, uintptr_t cfa)
{
	enum cfi_rbp how = cfi_rbp(rule);
	if (how == CFI_SAME)
		return;
	uintptr_t at = (how == CFI_AT_CFA ? cfa : c->bp) + (uintptr_t)cfi_rbp_offset(rule);
	/* What a frame saved lies in the frame. */
	if (how == CFI_LOST || (how == CFI_AT_RBP && c->bp_lost) || at < c->sp || at > cfa - 8 ||
	    at % 8) {
		c->bp_lost = 1;
		return;
	}
	c->bp = word_at(at);
	c->bp_lost = 0;
}

/* From a frame to its caller. */
ALWAYS_INLINE static enum walk step(struct cursor *c, uint32_t rule, struct bounds *bounds)
{
	enum cfi_kind kind = cfi_kind(rule);
	if (kind == CFI_SIGNAL)
		return step_signal(c, bounds);
	if (kind == CFI_IRREGULAR || (kind != CFI_RSP && c->bp_lost &&
				      (kind == CFI_RBP || kind == CFI_RBP_DEREF)))
		return WALK_IRREGULAR;
	if (kind == CFI_END || kind == CFI_NONE || kind == CFI_NO_MODULE)
		return WALK_END;
	uintptr_t cfa = find_cfa(c, rule);
	if (cfa <= c->sp || cfa % 8 || !bounds_raise(&c->limit, cfa - 8))
		return WALK_END;
	step_bp(c, rule, cfa);
	c->sp = cfa;
	c->pc = word_at(cfa - 8) - 1;
	return c->pc == (uintptr_t)-1 ? WALK_END : WALK_ON;
}

static inline uint64_t find_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch,
				  enum lines lines)
{
	uint64_t place = memo_place(pc, STATE_LINE_BITS);
	if (lines != LINES_OFF && state->line[place].pc == pc)
		return state->line[place].rule;
	uint64_t entry = rules_look_up(state, pc, epoch);
	if (lines == LINES_WRITE && rules_lasting(entry, epoch)) {
		/* In this order for a handler that looks in between. */
		*(volatile uint64_t *)&state->line[place].pc = 0;
		*(volatile uint64_t *)&state->line[place].rule = entry;
		*(volatile uint64_t *)&state->line[place].pc = pc;
	}
	return entry;
}

/* Up to STATE_CHUNK frames from the cursor on: their sites, newest first, and how
 * many. */
ALWAYS_INLINE static enum walk walk(struct stack_state *state, uint64_t epoch)
{
	struct cursor *c = &state->cursor;
	enum lines lines = rules_unsettled(epoch) ? LINES_OFF : LINES_WRITE;
	enum walk how = WALK_ON;
	uint32_t n = 0;
	while (n < STATE_CHUNK && how == WALK_ON) {
		uint64_t entry = find_entry(state, c->pc, epoch, lines);
		if (rules_site(entry) == WIRE_SITE_NONE && rules_rule(entry) == CFI_END) {
			how = WALK_END;         /* what stands there is no code */
			break;
		}
		state->site[n++] = rules_site(entry);
		how = step(c, rules_rule(entry), &state->bounds);
	}
	state->count = n;
	return how;
}

/*
 * Does the stack go through `met`?  Asked from a handler, perhaps, that has
 * interrupted a capture of this very thread: so this changes nothing in the
 * state but what rules_look_up does with signals blocked.
 */
NOINLINE static enum stack_kind meets(struct stack_state *state, const struct stack_caller *caller,
				      uintptr_t met, bool *saw)
{
	uint64_t epoch = rules_epoch();
	enum lines lines = epoch == state->epoch && !rules_unsettled(epoch) ? LINES_READ
									    : LINES_OFF;
	struct cursor c;
	enum walk how = WALK_ON;
	*saw = referee_is_busy();
	start_at(&c, caller, NULL);
	for (uint32_t n = 0; n < FRAMES_MAX && how == WALK_ON && !*saw; n++) {
		uintptr_t sp = c.sp;
		/* Where a hook was left by longjmp, others' frames come to lie. */
		bool own = c.pc >= unwind.own_start && c.pc < unwind.own_end;
		how = step(&c, rules_rule(find_entry(state, c.pc, epoch, lines)), NULL);
		*saw = own && how == WALK_ON && met >= sp && met < c.sp;
	}
	return how == WALK_IRREGULAR ? STACK_IRREGULAR : STACK_TRACE;
}

static void add_node(void *argument)
{
	struct stack_state *state = argument;
	state->question.node = intern_add(intern_nodes(), state->question.word);
}

/* Adding may wait for memtop or map memory: on the spare stack. */
NOINLINE static uint32_t new_node(struct stack_state *state, uint64_t word)
{
	state_block_signals(state);
	state->question.word = word;
	state_on_stack(add_node, state, state->cold_stack + STATE_COLD_STACK);
	uint32_t node = state->question.node;
	state_unblock_signals(state);
	return node;
}

/* The node of (parent, site); 0: it is new and the table is full. */
static inline uint32_t find_node(struct stack_state *state, uint32_t parent, uint32_t site)
{
	uint64_t word = wire_node(parent, site), place = memo_place(word, STATE_NODE_BITS);
	if (state->node[place].word == word)
		return (uint32_t)state->node[place].node;
	uint32_t node = intern_find(intern_nodes(), word);
	if (!node)
		node = intern_insert(intern_nodes(), word);
	if (!node)
		node = new_node(state, word);
	if (node) {
		state->node[place].node = node;
		state->node[place].word = word;
	}
	return node;
}

/* Interns the chunk at hand under *node; false: the table is full, and *node is
 * the longest older part that it knows. */
static inline bool intern_chunk(struct stack_state *state, uint32_t *node)
{
	for (uint32_t i = state->count; i-- > 0;) {
		uint32_t site = state->site[i];
		uint32_t next = site == WIRE_SITE_NONE ? 0 : find_node(state, *node, site);
		if (!next)
			return false;
		*node = next;
	}
	return true;
}

/* Makes chunk `index` the one at hand again.  The stack is our own and has not
 * changed since the climb: the same frames come out. */
NOINLINE static void walk_again(struct stack_state *state, uint32_t index)
{
	state->cursor = state->mark[index];
	walk(state, state->epoch);
}

static void count_truncated(void)
{
	atomic_fetch_add_explicit(&table_control()->truncated, 1, memory_order_relaxed);
}

static void forget_lines(struct stack_state *state, uint64_t epoch)
{
	for (uint32_t i = 0; i < 1u << STATE_LINE_BITS; i++)
		*(volatile uint64_t *)&state->line[i].pc = 0;
	state->epoch = epoch;
}

/* From the leaf to the root, marking the chunks; the last is at hand then. */
NOINLINE static enum walk climb(struct stack_state *state, const struct stack_caller *caller)
{
	uint64_t epoch = rules_epoch();
	if (epoch != state->epoch)
		forget_lines(state, epoch);
	start_at(&state->cursor, caller, &state->bounds);
	enum walk how = WALK_ON;
	state->chunks = 0;
	state->whole = false;
	while (how == WALK_ON && state->chunks < STATE_CHUNKS) {
		state->mark[state->chunks++] = state->cursor;
		how = walk(state, epoch);
	}
	return how;
}

/* From the root, or what stands for one, back to the leaf. */
NOINLINE static enum stack_kind descend(struct stack_state *state, uint32_t root,
					uint32_t *trace)
{
	uint32_t chunk = state->chunks;
	*trace = root;
	while (intern_chunk(state, trace)) {
		if (--chunk == 0) {
			state->whole = true;
			return STACK_TRACE;
		}
		walk_again(state, chunk - 1);
	}
	count_truncated();
	return STACK_TRACE;
}

/* A stack of more frames than we follow: its oldest frame says so, and each
 * such trace counts once. */
NOINLINE static enum stack_kind descend_cut(struct stack_state *state, uint32_t *trace)
{
	uint32_t before = atomic_load_explicit(&table_control()->traces, memory_order_relaxed);
	uint32_t root = find_node(state, WIRE_TRACE_ROOT, WIRE_SITE_CUT);
	if (root)
		descend(state, root, trace);
	if (!root || (state->whole && *trace >= before))
		count_truncated();
	return STACK_TRACE;
}

enum stack_kind stack_capture(struct stack_state *state, const struct stack_caller *caller,
			      uintptr_t met, bool *saw, uint32_t *trace)
{
	*trace = WIRE_TRACE_ROOT;
	*saw = false;
	if (met)
		return meets(state, caller, met, saw);
	enum walk how = climb(state, caller);
	if (how == WALK_IRREGULAR)
		return STACK_IRREGULAR;
	return how == WALK_END ? descend(state, WIRE_TRACE_ROOT, trace)
			       : descend_cut(state, trace);
}
