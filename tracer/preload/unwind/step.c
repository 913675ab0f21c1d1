/* SPDX-License-Identifier: MIT */
/* The rare steps: over a signal frame, from the frame that the signal interrupted, and
 * through code that was made at run time. */
#include "tracer/preload/unwind/step.h"

#include <string.h>

#include "tracer/preload/unwind/rules.h"

/* Steps to the interrupted frame, which may be on another stack.  Its pc is no return
 * address. */
enum step step_signal(struct cursor *c, struct bounds *bounds)
{
	if (!step_readable(c, c->sp + CFI_SIGNAL_RIP))
		return STEP_STUCK;
	uintptr_t sp = step_word(c->sp + CFI_SIGNAL_RSP);
	c->pc = step_word(c->sp + CFI_SIGNAL_RIP);
	c->bp = step_word(c->sp + CFI_SIGNAL_RBP);
	c->sp = sp;
	if (sp % 8 || !bounds_readable(sp))
		return STEP_STUCK;
	c->limit = bounds_limit(bounds, sp);
	return STEP_SIGNAL;
}

/* The size of the red zone: the kernel leaves so many bytes below sp alone (System V ABI,
 * x86-64, 3.2.2). */
#define RED_ZONE 128u

bool step_red_zone(uintptr_t sp, uintptr_t at)
{
	return at < sp && at >= sp - RED_ZONE && at % 8 == 0 && bounds_readable(at);
}

/* push %rbp; mov %rsp,%rbp: CFA = rbp + 16, and the caller's rbp at CFA - 16. */
#define RULE_FRAME_POINTER step_make_rule(CFI_RBP, 16, CFI_AT_CFA, -16)

static uint32_t step_make_rule(enum cfi_kind kind, int cfa, enum cfi_rbp how, int rbp)
{
	return (uint32_t)kind | (uint32_t)how << CFI_RBP_SHIFT |
	       ((uint32_t)(rbp / 8) & 63) << CFI_RBP_OFFSET_SHIFT |
	       (uint32_t)(cfa / 8) << CFI_OFFSET_SHIFT;
}

#define EPILOGUE_BYTES 24
#define EPILOGUE_MOST 240               /* bytes of stack: rbp's offset has six bits */

/* One instruction of an epilogue at `code`: how long it is, how far it moves rsp, and
 * whether it pops rbp.  0 bytes: it is none. */
static unsigned epilogue_step(const uint8_t *code, int *moves, bool *pops_rbp)
{
	*moves = 8;
	*pops_rbp = code[0] == 0x5d;
	if (code[0] >= 0x58 && code[0] <= 0x5f && code[0] != 0x5c)
		return 1;               /* pop %r64 */
	if (code[0] == 0x41 && code[1] >= 0x58 && code[1] <= 0x5f)
		return 2;               /* pop %r8 to %r15 */
	*moves = (int8_t)code[3];
	if (code[0] == 0x48 && code[1] == 0x83 && code[2] == 0xc4 && *moves > 0)
		return 4;               /* add $imm8,%rsp */
	return 0;
}

/* What the code at `code`, a return address, does before it returns itself, as a rule;
 * 0: it is not the end of a function.  Python's perf trampolines are such code. */
static uint32_t epilogue_rule(const uint8_t *code)
{
	int depth = 0, rbp = -1;
	unsigned at = 0;
	while (at + 4 < EPILOGUE_BYTES && depth < EPILOGUE_MOST) {
		int moves;
		bool pops_rbp;
		if (code[at] == 0xc3) {         /* ret */
			int cfa = depth + 8;
			return rbp < 0 ? step_make_rule(CFI_RSP, cfa, CFI_SAME, 0) :
					 step_make_rule(CFI_RSP, cfa, CFI_AT_CFA, rbp - cfa);
		}
		unsigned bytes = epilogue_step(code + at, &moves, &pops_rbp);
		if (bytes == 0 || moves % 8)
			return 0;
		if (pops_rbp)
			rbp = depth;
		depth += moves;
		at += bytes;
	}
	return 0;
}

/* How long `call *r/m` is whose ModRM and SIB bytes these are, without a prefix (Intel's
 * manual, volume 2, 2.1.5); 0: it is another instruction. */
static unsigned call_bytes(uint8_t modrm, uint8_t sib)
{
	unsigned mode = modrm >> 6, rm = modrm & 7;
	if ((modrm >> 3 & 7) != 2)
		return 0;
	if (mode == 3)
		return 2;
	bool wide = mode == 2 || (mode == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5)));
	return 2 + (rm == 4) + (wide ? 4 : mode == 1);
}

/* Whether a call instruction stands before `code`: then it may be a return address. */
static bool is_after_call(uintptr_t code)
{
	if (code < BOUNDS_PAGE || !bounds_readable((code - 8) & ~UINT64_C(7)) ||
	    !bounds_readable(code & ~UINT64_C(7)))
		return false;
	const uint8_t *before = (const uint8_t *)code - 8;
	if (before[3] == 0xe8)
		return true;
	for (unsigned bytes = 2; bytes <= 7; bytes++)
		if (before[8 - bytes] == 0xff &&
		    call_bytes(before[9 - bytes], bytes > 2 ? before[10 - bytes] : 0) == bytes)
			return true;
	return false;
}

/* Reads the code, none of which may lie on a page that is not there. */
static uint32_t rule_by_epilogue(uintptr_t code)
{
	uint8_t bytes[EPILOGUE_BYTES];
	uintptr_t end = code + sizeof(bytes) - 1;
	if (!bounds_readable(code & ~UINT64_C(7)) ||
	    (code / BOUNDS_PAGE != end / BOUNDS_PAGE && !bounds_readable(end & ~UINT64_C(7))))
		return 0;
	memcpy(bytes, (const void *)code, sizeof(bytes));
	return epilogue_rule(bytes);
}

uint32_t step_rule_of_made(struct stack_state *state, struct cursor *c, uint32_t rule, bool among)
{
	bool made = cfi_kind(rule) == CFI_NO_MODULE;
	uint32_t epilogue = made ? rule_by_epilogue(c->pc + 1) : 0;
	if (epilogue)
		return epilogue;
	if (c->bp == STATE_BP_LOST || c->bp < c->sp || c->bp % 8 || !step_readable(c, c->bp + 8))
		return rule;
	if (!made && !among) {
		if (!is_after_call(step_word(c->bp + 8)))
			return rule;
		uint64_t older = rules_look_up(state, step_word(c->bp + 8) - 1, state->epoch);
		enum cfi_kind kind = cfi_kind(rules_rule(older));
		if (kind != CFI_NO_MODULE && kind != CFI_NONE)
			return rule;
	}
	return RULE_FRAME_POINTER;
}
