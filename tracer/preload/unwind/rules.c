/* SPDX-License-Identifier: MIT */
/*
 * What a thread's own lines do not have is looked up here: first in the table that all
 * threads share (answers.h), then by the cold side, which finds the module, reads its
 * .eh_frame and interns the site (cold.h).  That takes some microseconds.
 *
 *	epoch = changes << 16 | unloads under way
 */
#include "tracer/preload/unwind/rules.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/segment/answers.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/known.h"
#include "tracer/preload/unwind/line.h"
#include "tracer/preload/unwind/module.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/unwind/step.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"

#define EPOCH_STEP (UINT64_C(1) << 16)
#define CODE_PAGES_BITS 28              /* 64 less the bits of a page's number */
#define CODE_PAGES_MOST ((UINT64_C(1) << CODE_PAGES_BITS) - 1)

/* A cache line of its own, because each capture reads it. */
_Alignas(64) _Atomic uint64_t rules_epoch_word;

static _Thread_local unsigned closing_here;

int rules_start(void)
{
	int result = answers_start();
	if (result != 0)
		return result;
	atomic_store(&rules_epoch_word, EPOCH_STEP);
	return 0;
}

/* In the child only the unloads of this thread are still under way. */
void rules_restart(void)
{
	uint64_t now = atomic_load(&rules_epoch_word);
	answers_wipe();
	atomic_store(&rules_epoch_word, (now | (EPOCH_STEP - 1)) + 1 + closing_here);
	affairs_change();
}

void rules_again(void)
{
	answers_wipe();
	atomic_fetch_add(&rules_epoch_word, EPOCH_STEP);
	affairs_change();
}

void rules_closing(void)
{
	closing_here++;
	atomic_fetch_add(&rules_epoch_word, EPOCH_STEP + 1);
	affairs_change();
}

void rules_closed(void)
{
	if (!closing_here)
		/* A dlopen has only added modules, so what was known stays true. */
		return;
	closing_here--;
	atomic_fetch_add(&rules_epoch_word, EPOCH_STEP - 1);
	affairs_change();
	/* Keys have only the low bits of the epoch, so what was known is gone before these
	 * repeat. */
	answers_drop();
}

static uint64_t rules_key(uintptr_t pc, uint64_t epoch)
{
	return pc | epoch >> 16 << MACHINE_PC_BITS;
}

static uint64_t rules_entry_of(uint32_t site, uint32_t rule)
{
	return (uint64_t)site << 32 | rule;
}

/* The entry of code that can't be examined because no system call may be made: the stack
 * is cut there. */
static uint64_t entry_unknown(void)
{
	return rules_entry_of(WIRE_CUT_FILTER, CFI_END);
}

/* Whether code may run at the address.  Where it may is remembered, a mapping in one
 * word: its first page, and how many there are.  If it is gone since, and data lies there
 * now, then that is taken for code: a return address does not lead there. */
static bool rules_executable(uintptr_t pc)
{
	static _Atomic uint64_t known[4];
	static _Atomic unsigned turn;
	uint64_t page = pc / PAGE;
	uintptr_t start, end;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t word = atomic_load_explicit(&known[i], memory_order_relaxed);
		if (page - (word >> CODE_PAGES_BITS) < (word & CODE_PAGES_MOST))
			return true;
	}
	if (maps_executable(pc, &start, &end) != 0)
		return false;
	uint64_t pages = (end - start) / PAGE;
	unsigned at = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % 4;
	atomic_store_explicit(&known[at], start / PAGE << CODE_PAGES_BITS |
			      (pages < CODE_PAGES_MOST ? pages : CODE_PAGES_MOST),
			      memory_order_relaxed);
	return true;
}

/* The entry of an address in no module: code made at run time, or no code if nothing can
 * be read or run there. */
static uint64_t entry_without_module(uintptr_t pc)
{
	if (!(pc >> MACHINE_PC_BITS) && sys_closed())
		return entry_unknown();
	if (pc >> MACHINE_PC_BITS || !bounds_readable(pc & ~UINT64_C(7)) || !rules_executable(pc))
		return rules_entry_of(WIRE_SITE_NONE, CFI_END);
	return rules_entry_of(intern_add(intern_sites(), wire_site(WIRE_MODULE_NONE, pc)),
			      CFI_NO_MODULE);
}

/* The entry of an address that nobody has asked for yet. */
static uint64_t rules_entry_by_rules(struct stack_state *state, uintptr_t pc, uint64_t epoch)
{
	struct module_object object;
	if (module_find(pc, state->text, &object) != 0)
		return entry_without_module(pc);
	if (sys_closed() && known_module(pc) == WIRE_MODULE_NONE)
		/* The module was loaded after the list was made. */
		return entry_unknown();
	struct cfi_object cfi;
	module_cfi(&object, &cfi);
	uint32_t rule = cfi_rule(&cfi, pc);
	uint32_t module = module_index(&object, (uint32_t)(epoch >> 16), state->text);
	uint64_t offset = module == WIRE_MODULE_NONE ? pc : pc - object.bias;
	return rules_entry_of(intern_add(intern_sites(), wire_site(module, offset)),
			      rule);
}

bool rules_signal_code(uintptr_t ip)
{
	static const uint8_t code[] = MACHINE_SIGNAL_CODE;
	unsigned i = 0;
	if (!bounds_readable(ip & ~UINT64_C(7)) || !bounds_readable((ip + 8) & ~UINT64_C(7)))
		return false;
	while (i < sizeof(code) && ((const uint8_t *)ip)[i] == code[i])
		i++;
	return i == sizeof(code);
}

static uint64_t rules_make_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch)
{
	uint64_t entry = rules_entry_by_rules(state, pc, epoch);
	if (MACHINE_SIGNAL_HAS_RULES || sys_closed() || !rules_signal_code(pc + 1))
		return entry;
	return rules_entry_of(rules_site(entry), CFI_SIGNAL);
}

static void rules_answer(void *argument)
{
	struct cold *cold = argument;
	uintptr_t pc = cold->pc;
	uint64_t epoch = cold->epoch;
	uint64_t entry = rules_make_entry(cold->state, pc, epoch);
	if (rules_lasting(entry, epoch))
		answers_add(rules_key(pc, epoch), entry);
	cold->entry = entry;
}

__attribute__((noinline)) static uint64_t rules_ask(struct stack_state *state,
						    uintptr_t pc, uint64_t epoch)
{
	struct cold *cold = cold_begin(state);
	if (!cold)
		return rules_entry_of(WIRE_SITE_NONE, CFI_END);
	cold->pc = pc;
	cold->epoch = epoch;
	cold_run(cold, rules_answer, cold);
	uint64_t entry = cold->entry;
	cold_end(state, cold);
	return entry;
}

uint64_t rules_look_up(struct stack_state *state, uintptr_t pc, uint64_t epoch)
{
	uint64_t entry;
	if (!rules_unsettled(epoch) &&
	    answers_find(rules_key(pc, epoch), &state->answer, &entry))
		return entry;
	return rules_ask(state, pc, epoch);
}

static struct pc_line rules_line(uintptr_t pc, uint64_t entry)
{
	uint32_t rule = rules_rule(entry), how = 0;
	intptr_t cfa = cfi_offset(rule), below = -8;
	bool by_fp = cfi_kind(rule) == CFI_FP;
	bool simple = by_fp || (cfi_kind(rule) == CFI_SP && cfa > 0);

	if (by_fp)
		how |= FRAME_BP_READ;
	switch (cfi_fp(rule)) {
	case CFI_SAME:
		how |= FRAME_BP_KEPT;
		simple &= !by_fp;
		break;
	case CFI_AT_CFA:
		below = cfi_fp_offset(rule);
		break;
	case CFI_AT_FP:
		below = cfi_fp_offset(rule) - cfa;
		simple &= by_fp;
		break;
	case CFI_LOST:
		simple = false;
	}
	simple &= machine_line_is(rule, how & FRAME_BP_KEPT, &below);
	/* A saved register lies inside the frame that saved it. */
	simple &= below <= -8 && below >= -LINE_BELOW_MOST && (by_fp || below >= -cfa) &&
		  cfa >= 0 && cfa < LINE_CFA_MOST;
	if (!simple)
		return (struct pc_line){pc ^ LINE_OTHER, rule, rules_site(entry)};
	how |= how & FRAME_BP_KEPT ? 0 : FRAME_BP_SAVED;
	how |= (uint32_t)(-below / 8) << FRAME_SLOT_SHIFT;
	return (struct pc_line){pc, (uint32_t)(cfa / 8) << LINE_CFA_SHIFT | how, rules_site(entry)};
}

uint64_t rules_fill_line(struct stack_state *state, uintptr_t pc, struct pc_line *line)
{
	uint64_t entry = rules_look_up(state, pc, state->epoch);
	if (!line || !rules_lasting(entry, state->epoch))
		return entry;
	struct pc_line made = rules_line(pc, entry);
	/* The key is invalid while the line is written, because a signal handler may read
	 * it in between. */
	*(volatile uint64_t *)&line->key = pc ^ LINE_NONE;
	*(volatile uint32_t *)&line->rule = made.rule;
	*(volatile uint32_t *)&line->site = made.site;
	*(volatile uint64_t *)&line->key = made.key;
	return entry;
}

/* ---- code that has no rules ---- */

/* A frame that begins by saving the frame pointer and setting it to where that lies. */
#define RULE_FRAME_POINTER rules_make(CFI_FP, 16, CFI_AT_CFA, -16, -8)

static uint32_t rules_make(enum cfi_kind kind, int cfa, enum cfi_fp how, int fp, int ret)
{
	uint32_t rule;
	return machine_rule_make(&rule, kind, cfa, how, fp, ret, CFI_LOST) ? rule : CFI_IRREGULAR;
}

/* Reads the code, none of which may lie on a page that is not there. */
static uint32_t rule_by_epilogue(uintptr_t code)
{
	uint8_t bytes[MACHINE_EPILOGUE_BYTES];
	uintptr_t end = code + sizeof(bytes) - 1;
	struct machine_epilogue e;
	if (!bounds_readable(code & ~UINT64_C(7)) ||
	    (code / PAGE != end / PAGE && !bounds_readable(end & ~UINT64_C(7))))
		return 0;
	memcpy(bytes, (const void *)code, sizeof(bytes));
	if (!machine_epilogue(bytes, &e))
		return 0;
	return rules_make(CFI_SP, e.cfa, e.saves_fp ? CFI_AT_CFA : CFI_SAME,
			  e.saves_fp ? e.fp - e.cfa : 0, e.ret - e.cfa);
}

/* Whether a call instruction stands before `code`: then it may be a return address. */
static bool is_after_call(uintptr_t code)
{
	return code >= PAGE && bounds_readable((code - 8) & ~UINT64_C(7)) &&
	       bounds_readable(code & ~UINT64_C(7)) &&
	       machine_after_call((const uint8_t *)code - 8);
}

uint32_t rules_of_made(struct stack_state *state, struct cursor *c, uint32_t rule, bool among)
{
	bool made = cfi_kind(rule) == CFI_NO_MODULE;
	uint32_t epilogue = made ? rule_by_epilogue(c->pc + 1) : 0;
	if (epilogue)
		return epilogue;
	if (c->bp == STATE_BP_LOST || c->bp < c->sp || c->bp % 8 || !step_readable(c, c->bp + 8))
		return rule;
	if (!made && !among) {
		uintptr_t ret = machine_code(step_word(c->bp + 8));
		if (!is_after_call(ret))
			return rule;
		uint64_t older = rules_look_up(state, ret - 1, state->epoch);
		enum cfi_kind kind = cfi_kind(rules_rule(older));
		if (kind != CFI_NO_MODULE && kind != CFI_NONE)
			return rule;
	}
	return RULE_FRAME_POINTER;
}
