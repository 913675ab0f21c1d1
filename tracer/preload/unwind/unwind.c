/* SPDX-License-Identifier: MIT */
/*
 * What the hooks ask of the stack beside its trace (last.c): how far it can be read,
 * and whether a hook is still on it.  And the rare steps of step.h.
 */
#include "tracer/preload/unwind/stack.h"

#include <errno.h>
#include <stddef.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/known.h"
#include "tracer/preload/unwind/last.h"
#include "tracer/preload/unwind/module.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/same.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"

const struct stack_referee *stack_referee;

static struct {
	uintptr_t own_start, own_end;
} unwind;

MACHINE_ON_STACK(state_on_stack);

uint64_t stack_state_bytes(void)
{
	return page_end(last_state_bytes());
}

void stack_state_reset(struct stack_state *state)
{
	same_forget(state);
	state->anchored = state->whole = false;
	state->bounds = (struct bounds){0};
}

/* Of a stack of C and Python frames the newest nframe are shown, without the
 * interpreter's own C frames, of which there may be a dozen for each frame of Python's.
 * So many more are followed. */
static uint32_t beside_python(uint32_t nframe)
{
	enum { OWN = 4, LEAST = 4096, MOST = 32768 };
	return nframe < LEAST / OWN ? LEAST : nframe > MOST / OWN ? MOST : OWN * nframe;
}

static void frames_start(bool python)
{
	uint32_t nframe = table_control()->nframe;
	last_start(python ? beside_python(nframe) : nframe);
}

int stack_start(bool python)
{
	bounds_start();
	module_start(0);
	frames_start(python);
	int result = intern_start();
	if (result == 0)
		result = rules_start();
	static char text[MAPS_TEXT];
	struct module_object own;
	if (module_find((uintptr_t)stack_start, text, &own) == 0) {
		unwind.own_start = own.start;
		unwind.own_end = own.end;
	}
	return result;
}

int stack_restart(void)
{
	module_restart();
	int result = intern_start();
	if (result == 0)
		rules_restart();
	return result;
}

int stack_again(bool python)
{
	frames_start(python);
	module_restart();
	int result = intern_start();
	if (result == 0)
		rules_again();
	return result;
}

void stack_own_text(uintptr_t *start, uintptr_t *end)
{
	*start = unwind.own_start;
	*end = unwind.own_end;
}

void stack_modules_closing(void) { rules_closing(); }

static uint32_t number_at(uintptr_t address, char *text)
{
	struct module_object object;

	if (module_find(address, text, &object) != 0)
		return WIRE_MODULE_NONE;
	return module_index(&object, (uint32_t)(rules_epoch() >> 16), text);
}

static bool is_module(uintptr_t address)
{
	struct module_object object;

	return module_find(address, NULL, &object) == 0;
}

bool stack_list_modules(char *text) { return known_make(text, number_at); }

void stack_modules_changed(void)
{
	if (sys_closed())
		known_check(is_module);
	rules_closed();
}

int stack_bounds(struct stack_state *state, uintptr_t sp, uintptr_t *low, uintptr_t *high)
{
	*low = page_begin(sp);
	*high = bounds_limit(state ? &state->bounds : NULL, sp);
	/* The stack is of no known kind, so its pages are tested, up to as much as
	 * anybody asks for. */
	while (*high - sp < WIRE_STACK_MAX && bounds_raise(high, *high))
		;
	return 0;
}

/* ---- the rare steps: over a signal frame, from the frame that it interrupted, the last ---- */

/* Steps to the interrupted frame, which may be on another stack.  Its pc is no return
 * address. */
enum step step_signal(struct cursor *c, struct bounds *bounds)
{
	if (!step_readable(c, c->sp + MACHINE_SIGNAL_PC))
		return STEP_STUCK;
	uintptr_t sp = step_word(c->sp + MACHINE_SIGNAL_SP);
	c->pc = step_word(c->sp + MACHINE_SIGNAL_PC);
	c->bp = step_word(c->sp + MACHINE_SIGNAL_FP);
	c->sp = sp;
	if (sp % 8 || !bounds_readable(sp))
		return STEP_STUCK;
	c->limit = bounds_limit(bounds, sp);
	return STEP_SIGNAL;
}

bool step_red_zone(uintptr_t sp, uintptr_t at)
{
	return at < sp && at >= sp - MACHINE_RED_ZONE && at % 8 == 0 && bounds_readable(at);
}

uint32_t step_cut(struct stack_state *state, const struct cursor *c, enum step how)
{
	bool own = bounds_is_own(&state->bounds, c->sp);
	uint64_t entry;
	switch (how) {
	case STEP_BARE:
		if (own)
			return bounds_is_first(c->sp) ? 0 : WIRE_CUT_NO_RULES;
		/* A return address at the very beginning of a function comes from no
		 * call: makecontext wrote it there. */
		entry = rules_look_up(state, c->pc + 1, state->epoch);
		return cfi_kind(rules_rule(entry)) == CFI_NONE ? WIRE_CUT_NO_RULES
							       : WIRE_CUT_COROUTINE;
	case STEP_JIT:
		return WIRE_CUT_JIT;
	case STEP_LAST:
		return own ? 0 : WIRE_CUT_COROUTINE;
	case STEP_STUCK:
		return own ? WIRE_CUT_UNREADABLE : WIRE_CUT_COROUTINE;
	default:
		return 0;
	}
}

/* ---- the guard ---- */

/* What rules_look_up changes in the state it changes with signals blocked. */
enum stack_kind stack_meets(struct stack_state *state, const struct stack_caller *caller,
			    uintptr_t met, bool *saw)
{
	uint64_t epoch = rules_epoch();
	enum lines lines = epoch == state->epoch && !rules_unsettled(epoch) ? LINES_READ
									    : LINES_OFF;
	struct cursor c;
	struct step_read read;
	enum step how = STEP_ON;
	*saw = UNLIKELY(stack_referee) && stack_referee->is_busy();
	step_start(&c, caller, NULL);
	for (uint32_t n = 0; n < STATE_FRAMES_MAX && how <= STEP_SIGNAL && !*saw; n++) {
		uintptr_t sp = c.sp;
		/* After a longjmp out of a hook, frames of others may lie where its frame
		 * was, so only frames of our own text count. */
		bool own = c.pc >= unwind.own_start && c.pc < unwind.own_end;
		how = step(&c, rules_rule(last_entry(state, c.pc, epoch, lines)), NULL, &read,
			   how == STEP_SIGNAL);
		*saw = own && how <= STEP_SIGNAL && met >= sp && met < c.sp;
	}
	return how == STEP_IRREGULAR ? STACK_IRREGULAR : STACK_TRACE;
}

uint64_t stack_epoch(void)
{
	uint64_t epoch = rules_epoch();
	return rules_unsettled(epoch) ? 0 : epoch;
}

bool stack_is_current(const struct stack_state *state)
{
	return state->epoch == rules_epoch();
}

uintptr_t stack_direct_call(struct stack_state *state, const struct stack_caller *caller,
			    uintptr_t met)
{
	uint64_t epoch = rules_epoch();
	struct cursor c;
	struct step_read read;
	step_start(&c, caller, NULL);
	uint32_t rule = rules_rule(last_entry(state, c.pc, epoch, LINES_OFF));
	if (cfi_kind(rule) != CFI_SP || step(&c, rule, NULL, &read, false) != STEP_ON)
		return 0;
	uintptr_t slot = machine_return_slot(&read.ret, caller->sp, c.sp);
	if (met < c.sp || c.pc < unwind.own_start || c.pc >= unwind.own_end)
		return 0;
	rule = rules_rule(last_entry(state, c.pc, epoch, LINES_OFF));
	return step(&c, rule, NULL, &read, false) == STEP_ON && met < c.sp ? slot : 0;
}
