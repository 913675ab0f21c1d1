/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_CODE_H
#define TRACER_MACHINE_X86_64_CODE_H
/* What a few instructions say of a stack, where there are no unwind rules (Intel's
 * manual, volume 2). */
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_EPILOGUE_BYTES 24       /* of code that are looked at */
#define MACHINE_EPILOGUE_MOST 240       /* bytes of stack: rbp's offset has six bits */

/* What the end of a function undoes: bytes above sp of the CFA, of the saved frame
 * pointer and of the return address. */
struct machine_epilogue {
	int cfa, fp, ret;
	bool saves_fp;
};

/* One instruction of an epilogue at `code`: how long it is, how far it moves rsp, and
 * whether it pops rbp.  0 bytes: it is none. */
static inline unsigned machine_epilogue_step(const uint8_t *code, int *moves, bool *pops_rbp)
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

/* What the code at `code`, a return address, does before it returns itself; false: it
 * is not the end of a function.  Python's perf trampolines are such code. */
static inline bool machine_epilogue(const uint8_t code[MACHINE_EPILOGUE_BYTES],
				    struct machine_epilogue *e)
{
	unsigned at = 0;
	*e = (struct machine_epilogue){0};
	while (at + 4 < MACHINE_EPILOGUE_BYTES && e->ret < MACHINE_EPILOGUE_MOST) {
		int moves;
		bool pops_rbp;
		e->cfa = e->ret + 8;
		if (code[at] == 0xc3)           /* ret */
			return true;
		unsigned bytes = machine_epilogue_step(code + at, &moves, &pops_rbp);
		if (bytes == 0 || moves % 8)
			return false;
		if (pops_rbp) {
			e->fp = e->ret;
			e->saves_fp = true;
		}
		e->ret += moves;
		at += bytes;
	}
	return false;
}

/* How long `call *r/m` is whose ModRM and SIB bytes these are, without a prefix
 * (2.1.5); 0: it is another instruction. */
static inline unsigned machine_call_bytes(uint8_t modrm, uint8_t sib)
{
	unsigned mode = modrm >> 6, rm = modrm & 7;
	if ((modrm >> 3 & 7) != 2)
		return 0;
	if (mode == 3)
		return 2;
	bool wide = mode == 2 || (mode == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5)));
	return 2u + (rm == 4) + (wide ? 4u : mode == 1);
}

/* Whether the last of these 8 bytes end a call instruction. */
static inline bool machine_after_call(const uint8_t before[8])
{
	if (before[3] == 0xe8)
		return true;
	for (unsigned bytes = 2; bytes <= 7; bytes++)
		if (before[8 - bytes] == 0xff &&
		    machine_call_bytes(before[9 - bytes], bytes > 2 ? before[10 - bytes] : 0) ==
			    bytes)
			return true;
	return false;
}

#endif
